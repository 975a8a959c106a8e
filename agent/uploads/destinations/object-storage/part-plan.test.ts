import { expect, test } from 'vitest';
import { mostParts, partBytesFor, partCount, partRange } from './part-plan.ts';

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
