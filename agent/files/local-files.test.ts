import { link, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { type FileFacts, localFiles, newAside } from './local-files.ts';
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

async function known(): Promise<FileFacts> {
  const facts = await localFiles.facts(file);
  if (facts === null || facts === 'away') throw new Error('it is there');
  return facts;
}
const content = async (): Promise<Record<string, string>> =>
  Object.fromEntries(
    await Promise.all(
      (await readdir(folder)).map(async (name) => [name, await readFile(path.join(folder, name), 'utf8')]),
    ),
  );

test('a file is deleted, and nothing of it stays', async () => {
  await localFiles.delete(file, await known(), newAside(file));
  expect(await content()).toEqual({});
});

test.each<[how: string, change: () => Promise<void>]>([
  ['of another content', () => writeFile(file, 'abcd')],
  [
    'of the same size, another file',
    async () => {
      await rename(file, `${file}.old`);
      await writeFile(file, 'xyz');
    },
  ],
])('what lies under the path by now, %s, stays', async (_, change) => {
  const facts = await known();
  await change();
  const before = await content();
  await expect(localFiles.delete(file, facts, newAside(file))).rejects.toMatchObject({ code: 'file_changed' });
  expect(await content()).toEqual(before);
});

test('whenever another file takes its place while it is deleted, that one is there afterwards', async () => {
  for (let round = 0; round < 200; round += 1) {
    await writeFile(file, 'old');
    await writeFile(`${file}.new`, 'new');
    const deleting = localFiles.delete(file, await known(), newAside(file)).catch(() => {});
    // Some later each time: the steps of the deletion take a millisecond.
    for (let turn = 0; turn < round % 20; turn += 1) await setImmediate();
    await Promise.all([rename(`${file}.new`, file), deleting]);
    expect(await content()).toEqual({ 'a.mkv': 'new' });
  }
});

test('a kill between the two steps of putting back leaves no second name', async () => {
  const aside = newAside(file);
  await rename(file, aside);
  await link(aside, file);
  expect(await localFiles.putBack(file, aside)).toBe(true);
  expect(await content()).toEqual({ 'a.mkv': 'abc' });
  expect((await stat(file)).nlink).toBe(1);
});

test('what lies aside stays in sight where another file has its name, with other names or without', async () => {
  const aside = newAside(file);
  await rename(file, aside);
  await link(aside, path.join(folder, 'b.mkv'));
  await writeFile(file, 'new');
  expect(await localFiles.putBack(file, aside)).toBe(false);
  expect(await content()).toEqual({ 'a.mkv': 'new', 'b.mkv': 'abc', [path.basename(aside)]: 'abc' });
});

test.each(['x'.repeat(255), `x${'\u{1f3a5}'.repeat(63)}`])(
  'a file with the longest name is deleted: %s',
  async (name) => {
    file = path.join(folder, name);
    await rename(path.join(folder, 'a.mkv'), file);
    await localFiles.delete(file, await known(), newAside(file));
    expect(await content()).toEqual({});
  },
);
