import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

test.each([
  [0, 0, 500],
  [0, 1, 400],
  [1, 0, 1000],
  [3, 0, 4000],
  [4, 0, 5000],
  [4, 1, 4000],
  [100_000, 0, 5000],
])('attempt %i with jitter %d waits %i ms', (attempt, random, ms) => {
  expect(backoffMs(attempt, () => random)).toBe(ms);
});
