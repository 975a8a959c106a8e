import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { prepareRecordingsDir } from './recordings-dir.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'streamai-recordings-dir-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

test('a folder that is missing is made, and nothing is left in it', async () => {
  const wanted = path.join(folder, 'a', 'b');
  expect(await prepareRecordingsDir(wanted)).toBe(true);
  expect(await prepareRecordingsDir(wanted)).toBe(true);
  expect(await readdir(wanted)).toEqual([]);
});

test('what cannot be a folder is said, in words', async () => {
  const file = path.join(folder, 'file');
  await writeFile(file, '');
  const failure = prepareRecordingsDir(path.join(file, 'below'), 'fr');
  await expect(failure).rejects.toMatchObject({
    code: 'folder_unreadable',
    params: { reason: 'ce n’est pas un dossier' },
  });
});
