import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { FileWork } from './file-work.ts';

const away = { code: 'file_away' };
/** An operation that returns when it is told to. */
function stuck<T>() {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { work: () => promise, resolve };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what is done in time is what it was', async () => {
  const subject = new FileWork();
  expect(await subject.do('/disk/a.mkv', async () => 7)).toBe(7);
  await expect(subject.do('/disk/a.mkv', () => Promise.reject(new Error('EIO')))).rejects.toThrow('EIO');
  expect(subject.late).toBe(0);
});

test('a folder that does not answer is given up, and nothing more begins there until it has answered', async () => {
  const subject = new FileWork({ answerMs: 5 });
  const first = stuck<string>();
  const late: string[] = [];
  await expect(subject.do('/dead/a.mkv', first.work, (result) => late.push(result))).rejects.toMatchObject(away);
  let begun = false;
  const second = async (): Promise<void> => {
    begun = true;
  };
  await expect(subject.do('/dead/b.mkv', second)).rejects.toMatchObject(away);
  expect([begun, subject.late]).toEqual([false, 1]);
  expect(await subject.do('/alive/a.mkv', async () => 'answers')).toBe('answers');
  first.resolve('after all');
  await turn();
  expect([late, subject.late]).toEqual([['after all'], 0]);
  await subject.do('/dead/b.mkv', second);
  expect(begun).toBe(true);
});

test.skipIf(process.platform !== 'linux').each([
  ['none has been needed', '', 4],
  ['four have been needed', `await readFile('/proc/version');`, 2],
])(
  'where %s before the process says that it wants sixteen, a folder has half of those that there are',
  (_, first, most) => {
    const script = `
    import { readFile } from 'node:fs/promises';
    ${first}
    process.env.UV_THREADPOOL_SIZE = '16';
    const { FileWork } = await import(${JSON.stringify(new URL('./file-work.ts', import.meta.url).href)});
    const work = new FileWork();
    let begun = 0;
    for (let count = 0; count < 6; count++)
      void work.do('/dead/a.mkv', () => new Promise(() => { begun += 1; })).catch(() => {});
    setImmediate(() => { console.log(begun); process.exit(); });`;
    const env = { ...process.env, UV_THREADPOOL_SIZE: undefined };
    // A script of --eval reads no file to begin with.
    const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
    expect(stderr).toBe('');
    expect(Number(stdout)).toBe(most);
  },
);

test('a folder has a few threads at once, and all of them together leave some over', async () => {
  const subject = new FileWork({ answerMs: 60_000, inFolder: 2, inAll: 3 });
  const running: string[] = [];
  const ends = new Map<string, () => void>();
  const begin = (file: string): Promise<void> =>
    subject.do(file, async () => {
      running.push(file);
      const { work, resolve } = stuck<void>();
      ends.set(file, () => resolve(undefined));
      await work();
      running.splice(running.indexOf(file), 1);
    });
  const files = ['/a/1', '/a/2', '/a/3', '/b/1', '/b/2'];
  const all = files.map(begin);
  await turn();
  expect(running).toEqual(['/a/1', '/a/2', '/b/1']);
  ends.get('/b/1')?.();
  await turn();
  expect(running).toEqual(['/a/1', '/a/2', '/b/2']);
  ends.get('/a/1')?.();
  await turn();
  expect(running).toEqual(['/a/2', '/b/2', '/a/3']);
  for (const file of files) ends.get(file)?.();
  await Promise.all(all);
});

test('who waits for a turn in a folder that has died does not wait longer', async () => {
  const subject = new FileWork({ answerMs: 20, inFolder: 1 });
  const { work } = stuck<void>();
  const results = await Promise.allSettled([subject.do('/dead/a', work), subject.do('/dead/b', async () => {})]);
  expect(results).toMatchObject([{ reason: away }, { reason: away }]);
  expect(subject.late).toBe(1);
});

test('at the end everything is given up at once', async () => {
  const subject = new FileWork({ answerMs: 60_000 });
  const { work } = stuck<void>();
  const waiting = subject.do('/dead/a', work);
  await turn();
  subject.end();
  await expect(waiting).rejects.toMatchObject(away);
  await expect(subject.do('/alive/a', async () => {})).rejects.toMatchObject(away);
});
