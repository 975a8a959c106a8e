import { describe, expect, test } from 'vitest';
import { cpuMs, longestTurnMs } from '../../../../cpu-fixture.ts';
import { parseJson } from './json.ts';

test('a whole number that a double cannot hold stays what it was; others are numbers', () => {
  expect(parseJson('{"id": 12345678901234567890, "size": 9007199254740991, "rate": 0.12345678901234566}')).toEqual({
    ...{ id: '12345678901234567890', size: 9_007_199_254_740_991, rate: 0.12345678901234566 },
  });
});

const most = 512 * 1024;
describe('the longest answer that is read is understood, or not, in no time', () => {
  test.each([
    ['small numbers', (length: number) => `[${'1,'.repeat(length / 2 - 2)}1]`],
    ['small objects', (length: number) => `[${'{"a":1},'.repeat(length / 8 - 1)}1]`],
    ['lists within lists', (length: number) => '['.repeat(length / 2) + ']'.repeat(length / 2)],
    ['lists without an end', (length: number) => '['.repeat(length)],
    ['long numbers', (length: number) => `[${'12345678901234567890,'.repeat(length / 21 - 1)}1]`],
    ['a long number and many small ones', (length: number) => `[12345678901234567890${',1'.repeat(length / 2 - 12)}]`],
  ])('%s', async (_, text) => {
    for (const length of [60 * 1024, most]) {
      const long = text(length);
      expect(await cpuMs(() => parseJson(long))).toBeLessThan(longestTurnMs);
    }
  });
});
