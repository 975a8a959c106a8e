import { expect, test } from 'vitest';
import { Patience } from './patience.ts';

const mebibyte = 1024 * 1024;
const partBytes = 16 * mebibyte;

test('on a line that nothing is known of, or that is fast, 20 s of silence are a stall', () => {
  const patience = new Patience();
  expect([patience.forSlice(), patience.forAnswer(partBytes, 1000)]).toEqual([20_000, 20_000]);
  patience.arrived(partBytes, 10_000);
  expect([patience.forSlice(), patience.forAnswer(partBytes, 1000)]).toEqual([20_000, 20_000]);
});

test('after the last byte, the store has at least as long as the part took to be taken', () => {
  expect(new Patience().forAnswer(partBytes, 120_000)).toBe(120_000);
});

test('a slow part teaches how long the system’s buffers take to drain, also the next attempt', () => {
  const patience = new Patience();
  // 0.5 Mbit/s
  patience.arrived(partBytes, 268_000);
  expect(patience.forSlice()).toBe(134_000);
  expect(patience.forAnswer(mebibyte, 10)).toBeCloseTo(33_500);
});

test('a small part teaches nothing: most of its time is the way there and back', () => {
  const patience = new Patience();
  patience.arrived(1, 5000);
  expect(patience.forSlice()).toBe(20_000);
});

test('a long silence that ends well teaches before anything is given up', () => {
  const patience = new Patience();
  patience.waited(1000);
  expect(patience.forSlice()).toBe(20_000);
  patience.waited(18_000);
  expect(patience.forSlice()).toBe(72_000);
});

test('each stall makes it four times as long, up to five minutes; parts that stall together count once', () => {
  const patience = new Patience();
  const seen = Array.from({ length: 4 }, () => {
    const before = patience.forSlice();
    patience.stalled(before);
    patience.stalled(before);
    return patience.forSlice() / 1000;
  });
  expect(seen).toEqual([80, 300, 300, 300]);
});

test('a part that arrives slowly keeps it, one that arrives quickly ends it', () => {
  const patience = new Patience();
  patience.stalled(patience.forSlice());
  patience.arrived(partBytes, 200_000);
  expect(patience.forSlice()).toBeGreaterThanOrEqual(80_000);
  patience.arrived(partBytes, 2000);
  expect(patience.forSlice()).toBe(20_000);
});
