import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { disk, realFolder } from './disk.ts';

const failing = (code: string) => async (): Promise<string> => {
  throw Object.assign(new Error(code), { code });
};
const stepped = async (folder: string): Promise<string> => `${folder} step by step`;

test.each(['EISDIR', 'EINVAL', 'ENOSYS', 'UNKNOWN'])(
  'a drive of which Windows says %s has its folders all the same',
  async (code) => {
    expect(await realFolder('R:\\rec', 'win32', failing(code), stepped)).toBe('R:\\rec step by step');
    await expect(realFolder('/rec', 'linux', failing(code), stepped)).rejects.toMatchObject({ code });
  },
);

test.each(['ENOENT', 'EPERM', 'EBUSY'])('%s is an answer on Windows too', async (code) => {
  await expect(realFolder('R:\\rec', 'win32', failing(code), stepped)).rejects.toMatchObject({ code });
});

test('a folder of this system is where it is, either way', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-disk-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const real = await realpath(folder);
  expect(await disk.realpath(folder)).toBe(real);
  expect(await realFolder(folder, 'win32', failing('EISDIR'))).toBe(real);
});
