import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { defaultDataDir, folderProblem, prepareDataDir, prepareFolder } from './data-dir.ts';
import { accessListCommands, type Command, makePrivate, makePrivateOnWindows } from './private-folder.ts';

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

describe.skipIf(process.platform === 'win32')('a data folder that is there', () => {
  let folder: string;
  let elsewhere: string;
  beforeEach(async () => {
    const root = await mkdtemp(path.join(tmpdir(), 'streamai-data-'));
    onTestFinished(() => rm(root, { recursive: true, force: true }));
    [folder, elsewhere] = [path.join(root, 'data'), path.join(root, 'elsewhere')];
    await mkdir(folder);
    await mkdir(elsewhere);
  });
  const mode = async (file: string): Promise<number> => (await stat(file)).mode & 0o777;
  const names = ['streamai.db', 'streamai.db-wal', 'streamai.db-shm', 'token', 'agent.log', 'agent.log.1'];

  test('loses the wide modes of an earlier time, with its files', async () => {
    await chmod(folder, 0o777);
    for (const name of names) {
      await writeFile(path.join(folder, name), name);
      await chmod(path.join(folder, name), 0o666);
    }
    await mkdir(path.join(folder, 'received'));
    prepareDataDir(folder);
    expect(await mode(folder)).toBe(0o700);
    expect(await mode(path.join(folder, 'received'))).toBe(0o700);
    for (const name of names) {
      expect(await mode(path.join(folder, name))).toBe(0o600);
      expect(await readFile(path.join(folder, name), 'utf8')).toBe(name);
    }
  });

  test.each([...names, 'received'])(
    'in which %s is a link is refused, and what it leads to is left alone',
    async (name) => {
      const target = path.join(elsewhere, 'theirs');
      await writeFile(target, 'theirs');
      await chmod(target, 0o644);
      await symlink(name === 'received' ? elsewhere : target, path.join(folder, name));
      expect(() => prepareDataDir(folder)).toThrow(
        expect.objectContaining({
          code: 'folder_unreadable',
          params: { folder: path.join(folder, name), reason: expect.stringContaining('link') },
        }),
      );
      expect(await mode(target)).toBe(0o644);
      expect(await readFile(target, 'utf8')).toBe('theirs');
    },
  );

  test('is refused where it is itself a link', async () => {
    await rm(folder, { recursive: true });
    await symlink(elsewhere, folder);
    expect(() => prepareDataDir(folder)).toThrow(expect.objectContaining({ code: 'folder_unreadable' }));
  });

  test.each(['', 'streamai.db'])('is refused where another user owns %j of it', async (name) => {
    await writeFile(path.join(folder, 'streamai.db'), '');
    const stats = await stat(folder);
    expect(() => makePrivate(folder, stats.uid + 1)).toThrow(expect.objectContaining({ code: 'ANOTHERS' }));
    if (process.getuid?.() !== 0) return;
    await chown(path.join(folder, name), 12_345, 12_345);
    expect(() => prepareDataDir(folder)).toThrow(
      expect.objectContaining({ params: { folder: path.join(folder, name), reason: 'it belongs to another user' } }),
    );
  });

  test('is probed under a name that nobody can have prepared', async () => {
    const target = path.join(elsewhere, 'theirs');
    await writeFile(target, 'theirs');
    await symlink(target, path.join(folder, `.probe-${process.pid}`));
    prepareFolder(folder);
    expect(await readFile(target, 'utf8')).toBe('theirs');
  });
});

describe('the access list of a data folder on Windows', () => {
  const home = 'C:\\Users\\Zoé';
  const env = { SystemRoot: 'C:\\WINDOWS', USERDOMAIN: 'STUDIO', USERNAME: 'Zoé' };
  const icacls = 'C:\\WINDOWS\\System32\\icacls.exe';
  const own = (folder: string) => ({
    file: icacls,
    args: [folder, '/inheritance:r', '/grant:r', 'STUDIO\\Zoé:(OI)(CI)F', '/Q'],
  });

  test.each(['C:\\Users\\Zoé\\AppData\\Local\\StreamAI', 'c:\\users\\zoé\\StreamAI'])(
    '%s is the user’s already',
    (folder) => {
      expect(accessListCommands(folder, { home, env, isEmpty: false })).toEqual([]);
    },
  );

  test.each([
    'D:\\StreamAI',
    'C:\\StreamAI',
    'C:\\Users\\Zoé2\\StreamAI',
    'C:\\Users\\Public',
    '\\\\nas\\share\\StreamAI',
  ])('%s becomes the user’s alone, with what is in it', (folder) => {
    expect(accessListCommands(folder, { home, env, isEmpty: true })).toEqual([own(folder)]);
    expect(accessListCommands(folder, { home, env, isEmpty: false })).toEqual([
      own(folder),
      { file: icacls, args: [`${folder}\\*`, '/reset', '/T', '/Q'] },
    ]);
  });

  test('is set before anything is written there, and a folder whose list cannot be set is refused', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'streamai-data-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const called: Command[] = [];
    makePrivateOnWindows(folder, { home, env }, (command) => called.push(command));
    expect(called).toEqual([own(folder)]);
    const refuse = (): never => {
      throw new Error('Access is denied');
    };
    expect(() => makePrivateOnWindows(folder, { home, env }, refuse)).toThrow(
      expect.objectContaining({ code: 'OPEN_TO_OTHERS' }),
    );
  });
});
