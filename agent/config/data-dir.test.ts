import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defaultDataDir, folderProblem, prepareDataDir, prepareFolder } from './data-dir.ts';

describe('the platform’s place for data', () => {
  test.each<[NodeJS.Platform, Record<string, string>, string, string]>([
    ['win32', { LOCALAPPDATA: 'D:\\Profiles\\Zoé\\Local' }, 'C:\\Users\\Zoé', 'D:\\Profiles\\Zoé\\Local\\StreamAI'],
    ['win32', {}, 'C:\\Users\\Zoé', 'C:\\Users\\Zoé\\AppData\\Local\\StreamAI'],
    ['win32', { LOCALAPPDATA: '' }, '\\\\server\\homes\\zoé', '\\\\server\\homes\\zoé\\AppData\\Local\\StreamAI'],
    ['win32', { XDG_DATA_HOME: '/x' }, 'C:\\Users\\Zoé', 'C:\\Users\\Zoé\\AppData\\Local\\StreamAI'],
    ['darwin', {}, '/Users/zoé', '/Users/zoé/Library/Application Support/StreamAI'],
    ['darwin', { XDG_DATA_HOME: '/x' }, '/Users/zoé', '/Users/zoé/Library/Application Support/StreamAI'],
    ['linux', {}, '/home/zoé', '/home/zoé/.local/share/streamai'],
    ['linux', { XDG_DATA_HOME: '/data/zoé' }, '/home/zoé', '/data/zoé/streamai'],
    ['linux', { XDG_DATA_HOME: 'relative' }, '/home/zoé', '/home/zoé/.local/share/streamai'],
    ['linux', { XDG_DATA_HOME: '' }, '/home/zoé', '/home/zoé/.local/share/streamai'],
    ['freebsd', {}, '/home/zoé', '/home/zoé/.local/share/streamai'],
  ])('%s with %j', (platform, env, home, folder) => {
    expect(defaultDataDir({ platform, env, home })).toBe(folder);
  });
});

describe('the data folder', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'streamai-data-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  test('is made with what is missing above it, for its owner only, and left empty', async () => {
    const folder = path.join(root, 'a', 'b');
    prepareDataDir(folder);
    prepareDataDir(folder);
    expect(await readdir(folder)).toEqual([]);
    if (process.platform !== 'win32') expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  test('that is a file is said', async () => {
    const file = path.join(root, 'file');
    await writeFile(file, 'kept');
    for (const folder of [file, path.join(file, 'below')]) {
      expect(() => prepareDataDir(folder)).toThrow(
        expect.objectContaining({ code: 'folder_unreadable', params: { folder, reason: 'it is not a folder' } }),
      );
    }
  });

  test.each([
    ['EACCES', 'it may not be written'],
    ['EROFS', 'its disk is read-only'],
    ['ENOSPC', 'its disk is full'],
    ['EIO', 'EIO'],
  ])('that fails with %s: %s', (code, reason) => {
    const error = folderProblem('/data', Object.assign(new Error('x'), { code }));
    expect(error.params).toEqual({ folder: '/data', reason });
  });

  test('is said in French too', () => {
    const error = folderProblem('/data', Object.assign(new Error('x'), { code: 'ENOSPC' }), 'fr');
    expect(error.params).toEqual({ folder: '/data', reason: 'son disque est plein' });
  });

  test('says it in the language asked for', async () => {
    const file = path.join(root, 'file');
    await writeFile(file, '');
    expect(() => prepareFolder(file, 'fr')).toThrow(
      expect.objectContaining({ params: { folder: file, reason: 'ce n’est pas un dossier' } }),
    );
  });
});
