import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { renameHeld } from './rename-held.mjs';

/** A system on which a rename fails so often with this code before it works. */
function system(platform: string, code: string, times: number) {
  const done = { renames: 0, waitedMs: 0 };
  return {
    ...{ done, platform },
    rename: async (): Promise<void> => {
      done.renames += 1;
      if (done.renames <= times) throw Object.assign(new Error(code), { code });
    },
    wait: async (ms: number): Promise<void> => {
      done.waitedMs += ms;
    },
  };
}

test.each(['EPERM', 'EACCES', 'EBUSY'])(
  'on Windows, what a scanner holds (%s) is renamed once it is let go',
  async (code) => {
    const held = system('win32', code, 20);
    await renameHeld('a', 'b', held);
    expect(held.done).toEqual({ renames: 21, waitedMs: 2000 });
  },
);

test('what stays held is given up after ten seconds, with what the system says', async () => {
  const held = system('win32', 'EBUSY', 1e6);
  await expect(renameHeld('a', 'b', held)).rejects.toMatchObject({ code: 'EBUSY' });
  expect(held.done.waitedMs).toBe(10_000);
});

test.each([
  ['linux', 'EPERM'],
  ['darwin', 'EBUSY'],
  ['win32', 'ENOENT'],
  ['win32', 'ENOSPC'],
])('on %s, %s is no matter of waiting', async (platform, code) => {
  const failing = system(platform, code, 1);
  await expect(renameHeld('a', 'b', failing)).rejects.toMatchObject({ code });
  expect(failing.done.renames).toBe(1);
});

test('a real file has its new name', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-rename-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(path.join(folder, 'a'), 'x');
  await renameHeld(path.join(folder, 'a'), path.join(folder, 'b'));
  expect(await readFile(path.join(folder, 'b'), 'utf8')).toBe('x');
});
