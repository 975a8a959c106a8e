/** Real calls on a real drive that hangs: a FUSE file system whose server falls silent. */
import { mkdir, mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { canMountDrives, type HangingDrive, mountHangingDrive } from '../../scripts/rig/hanging-drive.ts';
import { until } from '../../scripts/rig/until.ts';
import { FileWork } from './file-work.ts';

async function drive(): Promise<HangingDrive & { readonly file: string; readonly folder: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-hanging-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  await writeFile(path.join(folder, 'a.mkv'), 'recording');
  const mounted = await mountHangingDrive(folder);
  onTestFinished(() => mounted.end());
  return { ...mounted, folder, file: path.join(mounted.mountPoint, 'a.mkv') };
}

test.skipIf(!canMountDrives)(
  'looks, openings and reads on it end, other drives go on, and it goes on when it answers',
  async () => {
    const { hang, answer, end, file, folder } = await drive();
    const work = new FileWork({ answerMs: 300, inFolder: 2, inAll: 3 });
    const handle = await open(file);
    onTestFinished(async () => {
      await end();
      await handle.close().catch(() => {});
    });
    const read = (): Promise<string> =>
      work.do(file, async () => (await handle.read(Buffer.alloc(9), 0, 9, 0)).buffer.toString());
    expect(await read()).toBe('recording');
    await hang();
    const asked = [
      read,
      read,
      () => work.do(file, () => stat(file)),
      () => work.do(file, () => readFile(file)),
      read,
      read,
    ];
    const before = performance.now();
    const results = await Promise.allSettled(asked.map((ask) => ask()));
    expect(results.map((each) => each.status === 'rejected' && each.reason.code)).toEqual(asked.map(() => 'file_away'));
    expect(performance.now() - before).toBeLessThan(5000);
    expect(work.late).toBe(2);
    expect(await work.do(path.join(folder, 'a.mkv'), () => readFile(path.join(folder, 'a.mkv'), 'utf8'))).toBe(
      'recording',
    );
    await answer();
    await until('what was late has returned', () => work.late === 0);
    expect(await read()).toBe('recording');
  },
);

test.skipIf(!canMountDrives)(
  'a folder for each day: the first that is asked about is late, the others are given up at once, and take no threads',
  async () => {
    const { hang, answer, mountPoint, folder } = await drive();
    const days = Array.from({ length: 20 }, (_, day) => path.join(mountPoint, `day ${day}`));
    for (const day of days) await mkdir(path.join(folder, path.basename(day)));
    const work = new FileWork({ answerMs: 300, inFolder: 2, inAll: 3 });
    await hang();
    const before = performance.now();
    for (const day of days) await expect(work.doIn(day, () => stat(day))).rejects.toMatchObject({ code: 'file_away' });
    expect(performance.now() - before).toBeLessThan(3000);
    expect(work.late).toBe(1);
    const beside = path.join(folder, 'a.mkv');
    expect(await work.do(beside, () => readFile(beside, 'utf8'))).toBe('recording');
    await answer();
    await until('what was late has returned', () => work.late === 0);
    for (const day of days) expect((await work.doIn(day, () => stat(day))).isDirectory()).toBe(true);
  },
);
