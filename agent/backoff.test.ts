import { expect, test } from 'vitest';
import { backoffDelay, parseRetryAfter } from './backoff.ts';

test.each([
  [1, 1000],
  [2, 2000],
  [3, 4000],
  [8, 128_000],
  [9, 256_000],
  [10, 300_000],
  [5000, 300_000],
])('after %i failed attempts the wait is %i ms without jitter', (attempts, ms) => {
  expect(backoffDelay(attempts, 0.5)).toBe(ms);
});

test('jitter spreads the wait by a fifth to both sides', () => {
  expect(backoffDelay(4, 0)).toBe(6400);
  expect(backoffDelay(4, 1)).toBe(9600);
});

test('Retry-After replaces the backoff, between a second and an hour', () => {
  expect(backoffDelay(1, 0.5, 20_000)).toBe(20_000);
  expect(backoffDelay(9, 0.5, 20_000)).toBe(20_000);
  expect(backoffDelay(1, 0.5, 0)).toBe(1000);
  expect(backoffDelay(1, 0.5, 9e9)).toBe(3_600_000);
});

const now = Date.UTC(2026, 10, 22, 12, 0, 0);
test.each([
  ['120', 120_000],
  [' 7 ', 7000],
  ['0', 0],
  ['99999999', 3_600_000],
  ['Sun, 22 Nov 2026 12:00:30 GMT', 30_000],
  ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
  ['Sun, 22 Nov 2036 12:00:30 GMT', 3_600_000],
  ['-5', null],
  ['1.5', null],
  ['soon', null],
  ['2026-11-22', null],
  ['', null],
  [null, null],
  [undefined, null],
])('Retry-After %j means %j ms', (header, ms) => {
  expect(parseRetryAfter(header, now)).toBe(ms);
});
