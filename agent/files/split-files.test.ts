import { mkdir, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findSplitFiles } from './split-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'streamai-splits-'));
});
afterEach(() => rm(folder, { recursive: true }));

const write = async (name: string): Promise<string> => {
  const file = path.join(folder, name);
  await writeFile(file, 'x');
  return file;
};

test('finds what was written beside the first file since the session began, in order', async () => {
  const old = await write('old.mkv');
  const past = Date.now() / 1000 - 3600;
  await utimes(old, past, past);
  const from = Date.now();
  const first = await write('a.mkv');
  const second = await write('z.MKV');
  const third = await write('b.mkv');
  await write('a.mp4');
  await write('notes.txt');
  await mkdir(path.join(folder, 'folder.mkv'));
  const known = await write('known.mkv');
  const found = await findSplitFiles({ first, from, to: Date.now(), isKnown: (file) => file === known });
  expect(found.sort()).toEqual([third, second].sort());
});

test('what OBS began by now is another recording, with all that is younger', async () => {
  const first = await write('a.mkv');
  const split = await write('b.mkv');
  // Birth times have a grain of milliseconds.
  await vi.waitFor(async () =>
    expect((await stat(await write('c.mkv'))).mtimeMs).toBeGreaterThan((await stat(split)).mtimeMs),
  );
  await rm(path.join(folder, 'c.mkv'));
  const next = await write('d.mkv');
  await write('e.mkv');
  const search = { first, from: 0, to: Date.now(), isKnown: () => false };
  expect(await findSplitFiles({ ...search, next })).toEqual([split]);
  expect(await findSplitFiles({ ...search, next: path.join(folder, 'not-there-yet.mkv') })).toHaveLength(3);
});

test('a folder that cannot be read has none', async () => {
  expect(
    await findSplitFiles({ first: path.join(folder, 'gone', 'a.mkv'), from: 0, to: 1, isKnown: () => false }),
  ).toEqual([]);
});
