import { describe, expect, test } from 'vitest';
import { cacheFolder } from './cache-folder.mjs';

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
