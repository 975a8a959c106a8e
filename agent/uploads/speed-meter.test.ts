import { expect, test } from 'vitest';
import { SpeedMeter } from './speed-meter.ts';

test('the speed is that of the last ten seconds', () => {
  const meter = new SpeedMeter();
  expect(meter.bytesPerSecond()).toBeNull();
  meter.add(0, 0);
  expect(meter.bytesPerSecond()).toBeNull();
  for (let second = 1; second <= 30; second++) meter.add(second * 1000, second * 100);
  expect(meter.bytesPerSecond()).toBe(100);
  for (let second = 31; second <= 41; second++) meter.add(second * 1000, 3000 + (second - 30) * 5000);
  expect(meter.bytesPerSecond()).toBe(5000);
});

test('a stall brings it down to nothing', () => {
  const meter = new SpeedMeter();
  meter.add(0, 0);
  meter.add(1000, 1_000_000);
  for (let second = 2; second <= 12; second++) meter.add(second * 1000, 1_000_000);
  expect(meter.bytesPerSecond()).toBe(0);
});
