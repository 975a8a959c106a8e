import { describe, expect, test } from 'vitest';
import { cpuMs, longestTurnMs } from '../cpu-fixture.ts';
import { namePatterns } from './name-pattern.ts';

const fits = (format: string, file: string, extension = 'mkv'): boolean => {
  const levels = namePatterns(format, extension);
  const names = file.split('/');
  return levels.length === names.length && levels.every((level, index) => level.test(names[index] ?? ''));
};

describe('a file that OBS’s record output can have named so', () => {
  test.each([
    ['%CCYY-%MM-%DD %hh-%mm-%ss', '2026-11-28 18-00-01.mkv'],
    ['%CCYY-%MM-%DD %hh-%mm-%ss', '2026-11-28 18-00-01 (2).mkv'],
    ['%CCYY-%MM-%DD %hh-%mm-%ss', '2026-11-28_18-00-01_2.MKV'],
    ['%CCYY-%MM-%DD/%hh-%mm-%ss/part', '2026-11-28/18-00-01/part.mkv'],
    ['%CCYY\\%MM/%A', '2026/11/samedi.mkv'],
    ['Q&A (100%%) [%CRES+%FPS]', 'Q&A (100%) [1920x1080+59.94].mkv'],
    ['a:b*%hh', 'a_b_18.mkv'],
    ['Leçon', 'Lec\u0327on.mkv'.normalize('NFC')],
    ['%', '.mkv'],
    ['🎬 %A', '🎬 samedi.mkv'],
  ])('%s: %s', (format, file) => expect(fits(format, file)).toBe(true));
});

describe('a file that it cannot have named so', () => {
  test.each([
    ['%CCYY-%MM-%DD %hh-%mm-%ss', 'Replay 2026-11-28 18-00-01.mkv'],
    ['%CCYY-%MM-%DD %hh-%mm-%ss', '2026-11-28 18-00-01.remuxed.mkv'],
    ['%CCYY-%MM-%DD %hh-%mm-%ss', '2026-11-28 18-00-01.mp4'],
    ['%CCYY-%MM-%DD %hh-%mm-%ss', 'Camera 2026-11-28 18-00-01.mkv'],
    ['%CCYY-%MM-%DD/%hh-%mm-%ss/part', '2026-11-28/part.mkv'],
    ['Lesson 1', 'Lesson 10.mkv'],
    ['a.b', 'axb.mkv'],
  ])('%s: %s', (format, file) => expect(fits(format, file)).toBe(false));
});

test.each([
  ['%a-'.repeat(300), '-'.repeat(250)],
  ['%a'.repeat(500), 'a'.repeat(250)],
  ['%FPS'.repeat(250), '1'.repeat(250)],
  ['%s%CRES'.repeat(120), '1'.repeat(250)],
])('a format of a thousand characters that fits nowhere is found out at once', async (format, name) => {
  const [pattern] = namePatterns(format, 'mkv');
  expect(await cpuMs(() => expect(pattern?.test(`${name}.mp4`)).toBe(false))).toBeLessThan(longestTurnMs);
});
