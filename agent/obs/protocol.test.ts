import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { isAddress, placeOf } from './protocol.ts';

describe('where OBS says that it records', () => {
  const here = path.resolve('videos/a.mkv');
  test.each([
    [here, { path: here, elsewhere: null }],
    [`${path.dirname(here)}/../videos/a.mkv`, { path: here, elsewhere: null }],
    ['videos/a.mkv', { path: null, elsewhere: 'videos/a.mkv' }],
    ['udp://127.0.0.1:9000', { path: null, elsewhere: 'udp://127.0.0.1:9000' }],
    ['rtmp://user:pass@live.example/app/stream-key', { path: null, elsewhere: 'rtmp://live.example' }],
    ['srt://host:1?passphrase=secret', { path: null, elsewhere: 'srt://host:1' }],
    ['D:/Vide\u0000os', { path: null, elsewhere: 'D:/Videos' }],
    ['\n', { path: null, elsewhere: null }],
    ['', { path: null, elsewhere: null }],
    ['x'.repeat(4097), { path: null, elsewhere: null }],
    [null, { path: null, elsewhere: null }],
    [undefined, { path: null, elsewhere: null }],
    [7, { path: null, elsewhere: null }],
  ])('%j', (told, place) => expect(placeOf(told)).toEqual(place));

  const foreign =
    process.platform === 'win32' ? ['/home/a.mkv'] : ['D:/Videos/a.mkv', 'D:\\Videos\\a.mkv', '\\\\nas\\a.mkv'];
  test.each(foreign)('a path of another system: %s', (told) => {
    expect(placeOf(told)).toEqual({ path: null, elsewhere: told });
    expect(isAddress(told)).toBe(false);
  });
});
