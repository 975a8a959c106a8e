import { describe, expect, test } from 'vitest';
import { growing, mostParts, partBytesFor, partCount, partRange } from './part-plan.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

test.each([
  ['1 B', 1, 16 * MiB, 1],
  ['exactly one part', 16 * MiB, 16 * MiB, 1],
  ['one byte more', 16 * MiB + 1, 16 * MiB, 2],
  ['80 GiB', 80 * GiB, 16 * MiB, 5120],
  ['the most that 16 MiB parts reach', 6000 * 16 * MiB, 16 * MiB, 6000],
  ['one byte more than that', 6000 * 16 * MiB + 1, 17 * MiB, 5648],
  ['1 TiB', 1024 * GiB, 175 * MiB, 5992],
  ['S3’s largest object', 5 * 1024 * GiB, 874 * MiB, 5999],
])('%s: parts of %i bytes', (_, bytes, partBytes, count) => {
  expect(partBytesFor(bytes)).toBe(partBytes);
  expect(partCount(bytes, partBytes)).toBe(count);
  expect(count).toBeLessThanOrEqual(mostParts);
});

test('parts follow each other without a gap, the last one ends with the file', () => {
  const bytes = 5 * MiB + 1;
  const ranges = [1, 2, 3].map((number) => partRange(number, bytes, 2 * MiB));
  expect(ranges).toEqual([
    { number: 1, start: 0, bytes: 2 * MiB },
    { number: 2, start: 2 * MiB, bytes: 2 * MiB },
    { number: 3, start: 4 * MiB, bytes: MiB + 1 },
  ]);
});

describe('the schedule of a file that grows', () => {
  test.each([
    ['nothing', 0, 0],
    ['1 B', 1, 1],
    ['5 MiB', 5 * MiB, 1],
    ['5 MiB + 1', 5 * MiB + 1, 2],
    ['the last of the small parts', 2000 * 5 * MiB, 2000],
    ['one byte more', 2000 * 5 * MiB + 1, 2001],
    ['100 GB', 100e9, 3759],
    ['a day at 60 Mbit/s', (86_400 * 60e6) / 8, 4879],
    ['3.9 TiB', 4_102_000 * MiB, 6000],
  ])('%s: %i bytes are %i parts', (_, bytes, count) => {
    expect(partCount(bytes, growing)).toBe(count);
  });

  test('parts follow each other without a gap, none below 5 MiB or above 5 GiB, whatever the length', () => {
    const bytes = 4_000_000 * MiB;
    const count = partCount(bytes, growing);
    expect(count).toBeLessThanOrEqual(mostParts);
    let end = 0;
    for (let number = 1; number <= count; number += 1) {
      const range = partRange(number, bytes, growing);
      expect(range.start).toBe(end);
      expect(range.bytes).toBeLessThanOrEqual(5 * GiB);
      if (number < count) expect(range.bytes).toBeGreaterThanOrEqual(5 * MiB);
      end += range.bytes;
    }
    expect(end).toBe(bytes);
  });

  test('a part stays where it is while the file grows', () => {
    for (const number of [1, 2, 1999, 2000, 2001, 2400, 2401, 5999]) {
      const { start, bytes } = partRange(number, Number.MAX_SAFE_INTEGER, growing);
      expect(partRange(number, start + bytes, growing)).toEqual({ number, start, bytes });
      expect(partCount(start + bytes, growing)).toBe(number);
    }
  });
});
