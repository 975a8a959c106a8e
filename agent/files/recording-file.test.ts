import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fileFailure, inodeOf, isAway } from './recording-file.ts';

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-away-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
const otherDisk = { bytes: 1, modifiedAt: 1, inode: '123456789:1' };

test('a missing file is away when its folder is missing too', async () => {
  const folder = await newFolder();
  expect(await isAway(path.join(folder, 'drive', 'a.mkv'), null)).toBe(true);
  expect(await isAway(path.join(folder, 'a.mkv'), null)).toBe(false);
});

test('a missing file is away when its folder is the empty one that its drive is mounted on', async () => {
  const folder = await newFolder();
  const file = path.join(folder, 'a.mkv');
  expect(await isAway(file, otherDisk)).toBe(true);
  const here = inodeOf(await stat(folder, { bigint: true }));
  expect(await isAway(file, { ...otherDisk, inode: here })).toBe(false);
  await mkdir(path.join(folder, 'something'));
  expect(await isAway(file, otherDisk)).toBe(false);
});

test.each([
  ['ENOENT', 'file_missing'],
  ['ENOTDIR', 'file_missing'],
  ['EACCES', 'file_unreadable'],
  ['EIO', 'file_away'],
  ['ESTALE', 'file_away'],
  ['ENODEV', 'file_away'],
])('%s is %s', (code, expected) => {
  const error = Object.assign(new Error(code), { code, syscall: 'open' });
  expect(fileFailure(error, '/disk/a.mkv')).toMatchObject({ code: expected, params: { file: 'a.mkv' } });
});

test('a file under what is no folder is missing for good', async () => {
  const folder = await newFolder();
  const parent = path.join(folder, 'plain');
  await writeFile(parent, 'x');
  expect(await isAway(path.join(parent, 'a.mkv'), null)).toBe(false);
});
