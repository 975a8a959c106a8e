import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { snapshotOf } from './configurations-fixture.ts';
import { type FileEdit, readIfThere, removeFolders, replaceFiles } from './files.ts';

let folder: string;
let edits: FileEdit[];
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'streamai-files-'));
  const at = (name: string): string => path.join(folder, name);
  await writeFile(at('a'), 'old a');
  await writeFile(at('b'), 'old b');
  edits = ['a', 'b'].map((name) => ({
    file: at(name),
    before: Buffer.from(`old ${name}`),
    after: Buffer.from(`new ${name}`),
  }));
  return () => rm(folder, { recursive: true, force: true });
});
/** What is ready to be put in its place. */
const temporaries = async (): Promise<string[]> => (await readdir(folder)).filter((name) => name.startsWith('.'));

test('replaces all of them, and leaves nothing else', async () => {
  expect(await replaceFiles(edits)).toEqual([]);
  expect((await readdir(folder)).toSorted()).toEqual(['a', 'b']);
  expect(await readFile(path.join(folder, 'b'), 'utf8')).toBe('new b');
});

test('one that fails when the first has been replaced: all are as before', async () => {
  const before = await snapshotOf(folder);
  const failing = replaceFiles(edits, async () => {
    const [name = ''] = (await temporaries()).filter((entry) => entry.startsWith('.b-'));
    await rm(path.join(folder, name));
  });
  await expect(failing).rejects.toMatchObject({ code: 'setup_file_read_only' });
  expect(await snapshotOf(folder)).toEqual(before);
});

test('one that was changed meanwhile: none is replaced', async () => {
  const failing = replaceFiles(edits, () => writeFile(path.join(folder, 'b'), 'by OBS'));
  await expect(failing).rejects.toMatchObject({ code: 'setup_file_changed' });
  expect(await readFile(path.join(folder, 'a'), 'utf8')).toBe('old a');
  expect(await readFile(path.join(folder, 'b'), 'utf8')).toBe('by OBS');
  expect(await temporaries()).toEqual([]);
});

test('what `check` throws stops everything', async () => {
  const before = await snapshotOf(folder);
  await expect(replaceFiles(edits, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await snapshotOf(folder)).toEqual(before);
});

test('keeps the rights of a file, and a link', async () => {
  await mkdir(path.join(folder, 'real'));
  await writeFile(path.join(folder, 'real', 'c'), 'old c');
  await chmod(path.join(folder, 'real', 'c'), 0o640);
  const file = path.join(folder, 'c');
  await symlink(path.join(folder, 'real', 'c'), file);
  await replaceFiles([{ file, before: Buffer.from('old c'), after: Buffer.from('new c') }]);
  expect(await readFile(path.join(folder, 'real', 'c'), 'utf8')).toBe('new c');
  expect((await stat(path.join(folder, 'real', 'c'))).mode & 0o777).toBe(0o640);
  expect((await snapshotOf(folder)).get('c')).toMatch(/^link/);
});

test('makes folders, for its user alone what is new in them, and takes them away again', async () => {
  const file = path.join(folder, 'x', 'y', 'd');
  const made = await replaceFiles([{ file, before: null, after: Buffer.from('d') }]);
  expect(made).toEqual([path.join(folder, 'x'), path.join(folder, 'x', 'y')]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await replaceFiles([{ file, before: Buffer.from('d'), after: null }]);
  await removeFolders(made);
  expect((await readdir(folder)).toSorted()).toEqual(['a', 'b']);
});

test('a folder in a file’s place cannot be read; what is not there is nothing', async () => {
  await expect(readIfThere(folder)).rejects.toMatchObject({ code: 'setup_file_unreadable' });
  expect(await readIfThere(path.join(folder, 'none'))).toBeNull();
  expect(await readIfThere(path.join(folder, 'a', 'none'))).toBeNull();
});
