import { expect, test } from 'vitest';
import { Patience } from './patience.ts';

test('20 s of silence are a stall; after the last byte a slow line gets as long as the part took', () => {
  const patience = new Patience();
  expect(patience.forSlice()).toBe(20_000);
  expect(patience.forAnswer(1000)).toBe(20_000);
  expect(patience.forAnswer(120_000)).toBe(120_000);
});

test('each stall doubles it, up to five minutes; parts that stall together count once', () => {
  const patience = new Patience();
  const seen = Array.from({ length: 6 }, () => {
    const { level } = patience;
    patience.stalled(level);
    patience.stalled(level);
    return patience.forSlice() / 1000;
  });
  expect(seen).toEqual([40, 80, 160, 300, 300, 300]);
});

test('a part that arrives slowly keeps it, one that arrives quickly ends it', () => {
  const patience = new Patience();
  patience.stalled(patience.level);
  patience.arrived(90_000);
  expect(patience.forSlice()).toBe(40_000);
  patience.arrived(2000);
  expect(patience.forSlice()).toBe(20_000);
});
