import { describe, expect, test } from 'vitest';
import { bytesPerMs, frameMs, loudSpans, pieces, readLevels } from './levels.ts';

/** Frames of so many ms at so many dB, one after the other. */
const levels = (...parts: readonly (readonly [ms: number, db: number])[]) => ({
  frames: Int8Array.from(parts.flatMap(([ms, db]) => Array.from({ length: Math.round(ms / frameMs) }, () => db))),
});

/** A tone's samples, in chunks of an odd length. */
async function* tone(ms: number, amplitude: number, chunk: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.alloc(ms * bytesPerMs);
  for (let at = 0; at < bytes.length; at += 2) bytes.writeInt16LE(at % 8 < 4 ? amplitude : -amplitude, at);
  for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
}

describe('levels of a sound', () => {
  test.each([1, 333, 960, 1_000_000])('are the same in chunks of %i bytes', async (chunk) => {
    const { frames } = await readLevels(tone(300, 3277, chunk));
    expect([...frames]).toEqual(Array.from({ length: 10 }, () => -20));
  });

  test('of nothing is nothing', async () => {
    expect([...(await readLevels(tone(60, 0, 64))).frames]).toEqual([-96, -96]);
    expect([...(await readLevels(tone(0, 0, 64))).frames]).toEqual([]);
  });
});

describe('where it is loud', () => {
  test.each([
    ['nothing at all', levels([60_000, -96]), []],
    ['no frames', levels(), []],
    ['the hum of an input that nothing is plugged into', levels([60_000, -70]), []],
    ['speech in silence', levels([3000, -96], [1500, -20], [3000, -96]), [[3000, 4500]]],
    ['speech over a noisy room', levels([3000, -50], [1500, -20], [3000, -50]), [[3000, 4500]]],
    ['a quiet microphone', levels([3000, -90], [1500, -52], [3000, -90]), [[3000, 4500]]],
    ['music throughout', levels([6000, -38]), [[0, 6000]]],
    ['pauses within a sentence', levels([900, -96], [600, -20], [300, -96], [600, -20], [900, -96]), [[900, 2400]]],
    ['a click', levels([3000, -96], [30, -10], [3000, -96]), []],
  ] as const)('%s', (_, sound, expected) => {
    expect(loudSpans(sound).map(({ startMs, endMs }) => [startMs, endMs])).toEqual(expected);
  });
});

describe('pieces', () => {
  const cut = (sound: ReturnType<typeof levels>, maxMs: number) =>
    pieces(loudSpans(sound), sound, maxMs).map(({ startMs, endMs }) => [startMs, endMs]);

  test('have a little silence around them, and none of the silence between', () => {
    const sound = levels([3000, -96], [1500, -20], [60_000, -96], [1500, -20], [90, -96]);
    expect(cut(sound, 10_000)).toEqual([
      [2850, 4650],
      [64_350, 66_090],
    ]);
  });

  test('hold sentences together that follow each other closely, up to the most', () => {
    const sound = levels([900, -96], [3000, -20], [600, -96], [3000, -20], [600, -96], [3000, -20], [900, -96]);
    expect(cut(sound, 10_000)).toEqual([
      [750, 7650],
      [7950, 11_250],
    ]);
  });

  test('cut speech without a pause where it is quietest', () => {
    const sound = levels([8100, -20], [90, -30], [8100, -20], [300, -96]);
    expect(cut(sound, 10_000)).toEqual([
      [0, 8265],
      [8265, 16_440],
    ]);
  });

  test('are never longer than the most, and lose nothing that is loud', () => {
    const sound = levels([61_230, -20], [300, -96], [12_000, -25]);
    const made = cut(sound, 10_000);
    for (const [from = 0, to = 0] of made) expect(to - from).toBeLessThanOrEqual(10_000);
    const missing = loudSpans(sound).filter(({ startMs, endMs }) => {
      for (let at = startMs; at < endMs; at += frameMs) {
        if (!made.some(([from = 0, to = 0]) => from <= at && at < to)) return true;
      }
      return false;
    });
    expect(missing).toEqual([]);
  });
});
