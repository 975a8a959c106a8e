import { signal } from '@preact/signals';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startTicker } from './ticker.ts';

function setUp() {
  const running = signal(false);
  const countingDown = signal(false);
  const visible = signal(true);
  const onRefresh = vi.fn();
  const began = Date.now();
  const tick = startTicker({ running, countingDown, visible, onRefresh, elapsed: () => Date.now() - began });
  return { running, countingDown, visible, onRefresh, tick };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('keeps no timer while nothing changes by the second', () => {
  setUp();
  expect(vi.getTimerCount()).toBe(0);
});

test('ticks on the whole seconds of the recorded time', async () => {
  const { running, tick } = setUp();
  await vi.advanceTimersByTimeAsync(700);
  running.value = true;
  await vi.advanceTimersByTimeAsync(299);
  expect(tick.value).toBe(0);
  await vi.advanceTimersByTimeAsync(10);
  expect(tick.value).toBe(1);
  await vi.advanceTimersByTimeAsync(3000);
  expect(tick.value).toBe(4);
});

test('refreshes every two seconds of a recording, and never for a countdown alone', async () => {
  const { running, countingDown, onRefresh } = setUp();
  countingDown.value = true;
  await vi.advanceTimersByTimeAsync(4100);
  expect(onRefresh).not.toHaveBeenCalled();
  running.value = true;
  await vi.advanceTimersByTimeAsync(4100);
  expect(onRefresh).toHaveBeenCalledTimes(2);
});

test('rests while the page is hidden and after the recording', async () => {
  const { running, visible } = setUp();
  running.value = true;
  expect(vi.getTimerCount()).toBe(1);
  visible.value = false;
  expect(vi.getTimerCount()).toBe(0);
  visible.value = true;
  expect(vi.getTimerCount()).toBe(1);
  running.value = false;
  expect(vi.getTimerCount()).toBe(0);
});
