import { mkdir, mkdtemp, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { localFiles } from './local-files.ts';
import { inodeOf } from './recording-file.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  const parent = await mkdtemp(path.join(tmpdir(), 'streamai-local-'));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  folder = path.join(parent, 'drive');
  file = path.join(folder, 'a.mkv');
  await mkdir(folder);
  await writeFile(file, 'abc');
});

test('of a file that is there its size, its time and which one it is are told', async () => {
  const { size, mtimeNs, ...ids } = await stat(file, { bigint: true });
  expect(size).toBe(3n);
  expect(await localFiles.facts(file)).toEqual({ bytes: 3, modifiedAt: mtimeNs, inode: inodeOf(ids) });
});

test('one that was deleted is not there; nor is a folder, nor a link', async () => {
  await rm(file);
  expect(await localFiles.facts(file)).toBeNull();
  expect(await localFiles.facts(folder)).toBeNull();
  if (process.platform === 'win32') return;
  await symlink(folder, file);
  expect(await localFiles.facts(file)).toBeNull();
});

test('while its folder is not there, nothing is said about the file', async () => {
  await rename(folder, `${folder} unplugged`);
  expect(await localFiles.facts(file)).toBe('away');
});

test('while its folder is the empty one that its drive is mounted on, nothing is said about the file', async () => {
  const { ino } = await stat(file, { bigint: true });
  await rm(file);
  expect(await localFiles.facts(file, inodeOf({ dev: 123_456_789n, ino }))).toBe('away');
  await writeFile(path.join(folder, 'b.mkv'), '');
  expect(await localFiles.facts(file, inodeOf({ dev: 123_456_789n, ino }))).toBeNull();
});
