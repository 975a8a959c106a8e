import { expect, test } from 'vitest';
import { LaneCount, mostLanes } from './lane-count.ts';

/** Lets parts arrive for `seconds` at the rate that the line gives to that many lanes (bytes/s). */
function run(lanes: LaneCount, rate: (lanes: number) => number, seconds: number, from = 0): number {
  const part = 100;
  let now = from;
  while (now < from + seconds * 1000) {
    now += (part / rate(lanes.lanes)) * 1000;
    lanes.arrived(part, now);
  }
  return now;
}

test('a line that takes the first part in a moment gets all lanes', () => {
  const lanes = new LaneCount(0);
  expect(lanes.lanes).toBe(2);
  lanes.arrived(100, 999);
  expect(lanes.lanes).toBe(mostLanes);
});

test('on a slow line lanes are added while each one makes it faster', () => {
  const lanes = new LaneCount(0);
  lanes.arrived(100, 1000);
  expect(lanes.lanes).toBe(2);
  run(lanes, (count) => count * 50, 20, 1000);
  expect(lanes.lanes).toBe(mostLanes);
});

test('a lane that brings nothing goes again, and is not tried again at once', () => {
  const lanes = new LaneCount(0);
  const seen: number[] = [];
  run(
    lanes,
    (count) => {
      seen.push(count);
      return 80;
    },
    40,
  );
  expect(lanes.lanes).toBe(2);
  expect(Math.max(...seen)).toBe(3);
});

test('trouble halves the lanes, down to one, and later they come back', () => {
  const lanes = new LaneCount(0);
  let now = run(lanes, (count) => count * 500, 20);
  lanes.troubled(now);
  expect(lanes.lanes).toBe(2);
  lanes.troubled(now);
  lanes.troubled(now);
  expect(lanes.lanes).toBe(1);
  now = run(lanes, (count) => count * 500, 20, now);
  expect(lanes.lanes).toBe(1);
  run(lanes, (count) => count * 500, 30, now);
  expect(lanes.lanes).toBeGreaterThan(1);
});
