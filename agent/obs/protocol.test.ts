import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { isAddress, placeOf, responses, sceneChangedSchema } from './protocol.ts';

describe('where OBS says that it records', () => {
  const here = path.resolve('videos/a.mkv');
  test.each([
    [here, { path: here, elsewhere: null }],
    [`${path.dirname(here)}/../videos/a.mkv`, { path: here, elsewhere: null }],
    ['videos/a.mkv', { path: null, elsewhere: 'videos/a.mkv' }],
    ['udp://127.0.0.1:9000', { path: null, elsewhere: 'udp://127.0.0.1:9000' }],
    ['rtmp://user:pass@live.example/app/stream-key', { path: null, elsewhere: 'rtmp://live.example' }],
    ['srt://host:1?passphrase=secret', { path: null, elsewhere: 'srt://host:1' }],
    ['D:/Vide\u0000os', { path: null, elsewhere: 'D:/Vide os' }],
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

describe('numbers that OBS cannot mean', () => {
  const impossible = [9.1e15, 1e300, Number.POSITIVE_INFINITY, -1, -1e300, Number.NEGATIVE_INFINITY];
  const status = { outputActive: true, outputPaused: false, outputTimecode: '00:00:01.000' };
  test.each(impossible)('%d is no time and no size: the rest of the answer counts', (value) => {
    const read = responses.GetRecordStatus.parse({ ...status, outputDuration: value, outputBytes: value });
    expect(read).toEqual({ ...status, outputDuration: 0, outputBytes: 0 });
  });

  test('fractions are rounded', () => {
    const read = responses.GetRecordStatus.parse({ ...status, outputDuration: 1234.5, outputBytes: 0.4 });
    expect(read).toMatchObject({ outputDuration: 1235, outputBytes: 0 });
  });

  test.each(impossible)('%d leaves frames and pictures within what can be stored and shown', (value) => {
    const counted = { renderTotalFrames: value, renderSkippedFrames: value, outputSkippedFrames: value };
    const stats = responses.GetStats.parse({ ...counted, availableDiskSpace: value });
    const video = responses.GetVideoSettings.parse({
      ...{ outputWidth: value, outputHeight: value, fpsNumerator: value, fpsDenominator: value },
    });
    for (const number of [...Object.values(stats), ...Object.values(video)]) {
      expect(number).toBeGreaterThanOrEqual(0);
      expect(number).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER);
    }
    expect(video.outputWidth).toBeGreaterThanOrEqual(1);
  });

  test('what is no number is refused', () => {
    for (const outputDuration of ['1', null, true, [], Number.NaN]) {
      expect(responses.GetRecordStatus.safeParse({ ...status, outputDuration, outputBytes: 0 }).success).toBe(false);
    }
  });
});

test('what OBS says for people is made plain; what it may be told again is not touched', () => {
  const said = 'a\u001b[31m\u202eb';
  const versions = { obsVersion: said, obsWebSocketVersion: said, availableRequests: [] };
  expect(responses.GetVersion.parse(versions).obsVersion).toBe('a [31mb');
  expect(sceneChangedSchema.parse({ sceneName: '👩‍👩‍👧‍👦 مقابلة' })).toEqual({ sceneName: '👩‍👩‍👧‍👦 مقابلة' });
  const parameter = { parameterValue: said, defaultParameterValue: null };
  expect(responses.GetProfileParameter.parse(parameter)).toEqual(parameter);
});
