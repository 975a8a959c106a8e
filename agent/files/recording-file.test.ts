import { mkdir, mkdtemp, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type ClosedFile, fileFailure, inodeOf, isAway, measureFile, modifiedAtOf } from './recording-file.ts';

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

/** A file of ten bytes that OBS closed a while ago. */
async function closedFile(): Promise<{ file: string; closed: ClosedFile; longAgo: Date }> {
  const file = path.join(await newFolder(), 'a.mkv');
  const longAgo = new Date(Date.now() - 60_000);
  await writeFile(file, '0123456789');
  await utimes(file, longAgo, longAgo);
  const stats = await stat(file, { bigint: true });
  return { file, closed: { bytes: 10, modifiedAt: modifiedAtOf(stats), inode: inodeOf(stats) }, longAgo };
}

test('a file that somebody is writing over is looked at again, and is that file once it has its length', async () => {
  const { file, closed } = await closedFile();
  await writeFile(file, '987');
  await expect(measureFile(file, closed)).rejects.toMatchObject({ code: 'file_changing' });
  await writeFile(file, '9876543210');
  expect(await measureFile(file, closed)).toMatchObject({ bytes: 10 });
});

test('one that stays of another length is another one, as is one that was put in its place', async () => {
  const { file, closed, longAgo } = await closedFile();
  await writeFile(file, '987');
  await utimes(file, longAgo, longAgo);
  await expect(measureFile(file, closed)).rejects.toMatchObject({ code: 'file_changed' });
  await writeFile(`${file}.new`, '9876543210');
  await rename(`${file}.new`, file);
  await expect(measureFile(file, closed)).rejects.toMatchObject({ code: 'file_changed' });
});
