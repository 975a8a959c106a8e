import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchForJumps } from './jump-watch.ts';

const jumped = vi.fn();
beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  jumped.mockClear();
});
afterEach(() => void vi.useRealTimers());

/** As when the machine sleeps: the wall clock goes on, timers do not. */
const sleep = (ms: number): void => void vi.setSystemTime(Date.now() + ms);

test('hours awake are no jump', () => {
  const stop = watchForJumps(jumped);
  vi.advanceTimersByTime(3 * 3_600_000);
  expect(jumped).not.toHaveBeenCalled();
  stop();
});

test.each([60_000, -3_600_000])('the clock moved by %i ms while timers stood still: once', (ms) => {
  const stop = watchForJumps(jumped);
  sleep(ms);
  vi.advanceTimersByTime(10_000);
  expect(jumped).toHaveBeenCalledTimes(1);
  stop();
});

test('a busy machine, or a clock that is set by some seconds, is no jump', () => {
  const stop = watchForJumps(jumped);
  sleep(5000);
  vi.advanceTimersByTime(10_000);
  expect(jumped).not.toHaveBeenCalled();
  stop();
});

test('nobody is told once it has ended', () => {
  watchForJumps(jumped)();
  sleep(60_000);
  vi.advanceTimersByTime(10_000);
  expect(jumped).not.toHaveBeenCalled();
});
