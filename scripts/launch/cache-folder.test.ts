import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cacheFolder, keepCachePrivate } from './cache-folder.mjs';

describe('cacheFolder', () => {
  test.each([
    ['linux', {}, '/home/ada', '/home/ada/.cache/streamai'],
    ['linux', { XDG_CACHE_HOME: '/var/cache/ada' }, '/home/ada', '/var/cache/ada/streamai'],
    ['linux', { XDG_CACHE_HOME: 'relative' }, '/home/ada', '/home/ada/.cache/streamai'],
    ['linux', { XDG_CACHE_HOME: '' }, '/home/ada', '/home/ada/.cache/streamai'],
    ['darwin', { XDG_CACHE_HOME: '/elsewhere' }, '/Users/ada', '/Users/ada/Library/Caches/streamai'],
    [
      'win32',
      { LOCALAPPDATA: 'C:\\Users\\Ada Lovelace\\AppData\\Local' },
      'C:\\Users\\Ada Lovelace',
      'C:\\Users\\Ada Lovelace\\AppData\\Local\\StreamAI\\Cache',
    ],
    ['win32', {}, 'D:\\Zoé', 'D:\\Zoé\\AppData\\Local\\StreamAI\\Cache'],
  ] as const)('on %s with %j', (platform, env, home, expected) => {
    expect(cacheFolder(platform, env, home)).toBe(expected);
  });
});

describe.skipIf(process.platform === 'win32')('programs in the cache', () => {
  const cacheOf = async (mode: number): Promise<string> => {
    const folder = path.join(await mkdtemp(path.join(tmpdir(), 'streamai-cache-')), 'cache');
    onTestFinished(() => rm(path.dirname(folder), { recursive: true, force: true }));
    await mkdir(folder);
    await chmod(folder, mode);
    return folder;
  };

  test.each([
    [0o777, 0o755],
    [0o775, 0o755],
    [0o755, 0o755],
    [0o700, 0o700],
  ])('can be put there by nobody else: %i becomes %i', async (before, after) => {
    const folder = await cacheOf(before);
    await keepCachePrivate(folder);
    expect((await stat(folder)).mode & 0o777).toBe(after);
  });

  test('of another user are not run', async () => {
    const folder = await cacheOf(0o755);
    const { uid } = await stat(folder);
    await expect(keepCachePrivate(folder, uid + 1)).rejects.toMatchObject({ code: 'cacheNotOurs' });
  });

  test('are none where there is no cache yet', () => keepCachePrivate('/nowhere/at/all'));
});
