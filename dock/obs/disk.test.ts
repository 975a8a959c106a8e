import { describe, expect, test } from 'vitest';
import { diskLeftMs, diskWarning, growth, type Reading, withReading } from './disk.ts';

const read = (...readings: [ms: number, bytes: number][]): readonly Reading[] =>
  readings.reduce<readonly Reading[]>((all, [ms, bytes]) => withReading(all, { ms, bytes }), []);

describe('the rate', () => {
  test.each<[string, readonly Reading[], number | null]>([
    ['is not known at first', read([0, 0]), null],
    ['is not known after a second', read([0, 0], [1000, 900]), null],
    ['is bytes per recorded second', read([0, 0], [2000, 1_000_000], [4000, 3_000_000]), 750_000],
    ['forgets what is older than 20 s', read([0, 0], [10_000, 9_000_000], [30_001, 9_000_000]), null],
    ['forgets the recording before', read([0, 0], [9000, 9_000_000], [100, 10], [2100, 2010]), 1000],
    ['does not count a pause', read([0, 0], [4000, 4000], [4000, 4000], [8000, 8000]), 1000],
  ])('%s', (_, readings, rate) => {
    expect(growth(readings)).toBe(rate);
  });
});

describe('the disk', () => {
  const minutes = (count: number): number => count * 60_000;
  test.each([
    [null, 5, null],
    [5, null, null],
    [5, 0, null],
    [60_000, 1000, minutes(1)],
  ])('%s bytes free at %s bytes/s', (free, rate, left) => {
    expect(diskLeftMs(free, rate)).toBe(left);
  });
  test.each([
    [null, null],
    [minutes(31), null],
    [minutes(30), 'low'],
    [minutes(10.1), 'low'],
    [minutes(10), 'critical'],
    [0, 'critical'],
  ])('%s ms left warns: %s', (left, warning) => {
    expect(diskWarning(left)).toBe(warning);
  });
});
