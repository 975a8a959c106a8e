import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withInstallLock } from './install-lock.mjs';

const timing = { heartbeatMs: 50, staleMs: 60_000, pollMs: 5 };
let cache: string;
const said: string[] = [];
const say = (line: string): void => void said.push(line);

beforeEach(async () => {
  said.length = 0;
  cache = await mkdtemp(path.join(tmpdir(), 'streamai-lock-'));
});
afterEach(() => rm(cache, { recursive: true, force: true }));

const module = new URL('./install-lock.mjs', import.meta.url).href;
/** What a launcher that was killed while it held lock `number` leaves. */
async function leaveBehind(number: number): Promise<void> {
  const lock = path.join(cache, `install.lock.${number}`);
  await writeFile(lock, '');
  const longAgo = new Date(Date.now() - 2 * timing.staleMs);
  await utimes(lock, longAgo, longAgo);
}

test('lets one work at a time and says once that it waits', async () => {
  const events: string[] = [];
  const first = Promise.withResolvers<void>();
  const began = Promise.withResolvers<void>();
  const one = withInstallLock(
    cache,
    say,
    async () => {
      began.resolve();
      await first.promise;
      events.push('first ends');
    },
    timing,
  );
  await began.promise;
  const waiting = Promise.withResolvers<void>();
  const hear = (line: string): void => {
    say(line);
    waiting.resolve();
  };
  const two = withInstallLock(cache, hear, async () => void events.push('second begins'), timing);
  await waiting.promise;
  first.resolve();
  await Promise.all([one, two]);
  expect(events).toEqual(['first ends', 'second begins']);
  expect(said).toHaveLength(1);
});

test('is free again after a failure', async () => {
  const failing = withInstallLock(
    cache,
    say,
    async () => {
      throw new Error('broken');
    },
    timing,
  );
  await expect(failing).rejects.toThrow('broken');
  expect(await withInstallLock(cache, say, async () => 'done', timing)).toBe('done');
});

test('takes over from a launcher that was killed', async () => {
  await leaveBehind(3);
  let working = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    working += 1;
    most = Math.max(most, working);
    await new Promise(setImmediate);
    working -= 1;
  };
  await Promise.all(Array.from({ length: 8 }, () => withInstallLock(cache, say, work, timing)));
  expect(most).toBe(1);
  expect(await readdir(cache)).toEqual(['install.lock.11']);
});

test('processes that all find a killed launcher’s lock work one after the other', async () => {
  await leaveBehind(1);
  const log = path.join(cache, 'log');
  const code = `import { appendFileSync } from 'node:fs';
    import { withInstallLock } from ${JSON.stringify(module)};
    for (let round = 0; round < 20; round += 1)
      await withInstallLock(${JSON.stringify(cache)}, () => {}, async () => {
        appendFileSync(${JSON.stringify(log)}, 'begin\\n');
        await new Promise(setImmediate);
        appendFileSync(${JSON.stringify(log)}, 'end\\n');
      }, ${JSON.stringify(timing)});`;
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['--input-type=module', '--eval', code], { stdio: 'ignore' }),
  );
  try {
    expect(await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]))).toEqual([0, 0, 0, 0]);
  } finally {
    for (const child of children) child.kill('SIGKILL');
  }
  expect(await readFile(log, 'utf8')).toBe('begin\nend\n'.repeat(80));
});

test('a lock that was given back lets nobody wait', async () => {
  await withInstallLock(cache, say, async () => {}, timing);
  await withInstallLock(cache, say, async () => {}, timing);
  expect(said).toEqual([]);
});

test('names the folder when the cache cannot be written', async () => {
  const file = path.join(cache, 'file');
  await writeFile(file, '');
  await expect(withInstallLock(path.join(file, 'below'), say, async () => {}, timing)).rejects.toMatchObject({
    code: 'cannotWriteCache',
    message: expect.stringContaining(path.join(file, 'below')),
  });
});

test.skipIf(process.platform === 'win32')('told to end, ends once the work has, and frees the lock', async () => {
  const code = `import { withInstallLock } from ${JSON.stringify(module)};
    await withInstallLock(${JSON.stringify(cache)}, () => {}, async (interrupted) => {
      const alive = setInterval(() => {}, 1000);
      console.error('working');
      await new Promise((resolve) => interrupted.addEventListener('abort', resolve));
      clearInterval(alive);
      await new Promise(setImmediate);
      console.log('undone');
    });
    console.log('never reached');`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], { stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    await once(child.stderr, 'data');
    expect(await readdir(cache)).toEqual(['install.lock.1']);
    child.kill('SIGTERM');
    const [[exitCode], out] = await Promise.all([once(child, 'exit'), text(child.stdout)]);
    expect({ exitCode, out }).toEqual({ exitCode: 143, out: 'undone\n' });
    await withInstallLock(cache, say, async () => {}, timing);
    expect(said).toEqual([]);
  } finally {
    child.kill('SIGKILL');
  }
});
