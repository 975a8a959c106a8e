import { expect, test } from 'vitest';
import { moved, withinSound } from './heard.ts';

const word = (text: string, startMs: number, endMs: number) => ({ text, startMs, endMs });
const segment = (startMs: number, endMs: number, words = [word(' a', startMs, endMs)]) => ({ startMs, endMs, words });
const loud = [
  { startMs: 3000, endMs: 5000 },
  { startMs: 9000, endMs: 9500 },
];

test('what a piece says is moved to the piece\u2019s place', () => {
  expect(moved([segment(0, 500)], 2000)).toEqual([segment(2000, 2500)]);
});

test('what is heard in silence is not believed', () => {
  expect(withinSound([segment(0, 2000), segment(5400, 8600), segment(60_000, 62_000)], loud)).toEqual([]);
});

test('words begin and end with the sound', () => {
  const heard = segment(2000, 6000, [word(' one', 2000, 3500), word(' two', 3500, 6000)]);
  expect(withinSound([heard], loud)).toEqual([
    segment(3000, 5000, [word(' one', 3000, 3500), word(' two', 3500, 5000)]),
  ]);
});

test('a word that touches no sound, in a sentence that does, stays where it was heard', () => {
  const heard = segment(4000, 5500, [word(' one', 4000, 5000), word(' two', 5100, 5500)]);
  expect(withinSound([heard], loud)[0]?.words[1]).toEqual(word(' two', 5100, 5500));
});
