import { beforeEach, describe, expect, test } from 'vitest';
import { TestClock } from '../clock-fixture.ts';
import { RecordedClock } from './recorded-clock.ts';
import { firstMoment, type Moment } from './session-state.ts';

let clock: TestClock;
let recorded: RecordedClock;
let start: Moment;

beforeEach(() => {
  clock = new TestClock();
  recorded = new RecordedClock(clock);
  start = firstMoment(clock.now());
  recorded.begin('s', start, recorded.now());
});

const moment = (): Moment => recorded.moment('s', start);
/** OBS counts so much; its encoder holds frames back. */
const look = (durationMs: number, paused = false): void => recorded.look({ durationMs, paused }, recorded.now());
const takeUp = (asOf: Moment, durationMs: number, paused = false): void =>
  recorded.takeUp('s', asOf, { durationMs, paused }, recorded.now());

describe('while OBS records', () => {
  test('time runs from the start, and OBS’s count, a little behind it, does not set it back', () => {
    for (const [passed, counted] of [
      [1000, 550],
      [1000, 1540],
      [1000, 2560],
    ] as const) {
      clock.advance(passed);
      const before = moment().recordedMs;
      look(counted);
      expect(moment().recordedMs).toBe(before);
    }
    expect(moment()).toMatchObject({ recordedMs: 3000, elapsedMs: 3000 });
  });

  test('what OBS has counted has been recorded, however little time passed here', () => {
    clock.advance(1000);
    look(5000);
    clock.advance(100);
    expect(moment()).toMatchObject({ recordedMs: 5100, elapsedMs: 1100 });
  });

  test('a count far behind means that OBS did not record all the time; what its encoder holds back stays', () => {
    clock.advance(2000);
    look(1600);
    clock.advance(20_000);
    look(11_600);
    expect(moment()).toMatchObject({ recordedMs: 12_000, elapsedMs: 22_000 });
  });

  test.each([3_600_000, -3_600_000])('the time of day set by %i ms changes the date alone', (setBy) => {
    clock.advance(2000);
    look(1600);
    clock.setBack(-setBy);
    clock.advance(2000);
    look(3600);
    recorded.hold(recorded.now());
    clock.setBack(setBy);
    clock.advance(1000);
    recorded.resume(recorded.now());
    clock.setBack(-2 * setBy);
    clock.advance(1000);
    expect(moment()).toEqual({ date: clock.now(), recordedMs: 5000, elapsedMs: 6000, behindMs: 400 });
  });
});

test('while it is paused recorded time stands still, from when that was heard', () => {
  clock.advance(1000);
  const heard = recorded.now();
  clock.advance(30);
  recorded.hold(heard);
  clock.advance(5000);
  expect(moment()).toMatchObject({ recordedMs: 1000, elapsedMs: 6030 });
  recorded.resume(recorded.now());
  clock.advance(10);
  expect(moment().recordedMs).toBe(1010);
  // Told twice.
  recorded.resume(recorded.now());
  expect(moment().recordedMs).toBe(1010);
});

describe('after a time in which events may have been missed', () => {
  test('OBS’s count is right, and what its encoder holds back is added', () => {
    clock.advance(2000);
    look(1600);
    // Paused for a second while nobody looked: less than an encoder may hold back.
    clock.advance(5000);
    takeUp(moment(), 5600);
    expect(moment()).toMatchObject({ recordedMs: 6000, elapsedMs: 7000 });
  });

  test('another run of the agent goes on from OBS’s count, and from the time of day for what passed in all', () => {
    clock.advance(4000);
    const known = moment();
    const next = new RecordedClock(clock);
    clock.advance(16_000);
    next.takeUp('s', known, { durationMs: 10_000, paused: false }, next.now());
    expect(next.moment('s', known)).toMatchObject({ recordedMs: 10_000, elapsedMs: 20_000 });
    clock.advance(1000);
    expect(next.moment('s', known)).toMatchObject({ recordedMs: 11_000, elapsedMs: 21_000 });
  });

  test('another run of the agent knows what OBS’s encoder holds back', () => {
    clock.advance(4000);
    look(3600);
    const next = new RecordedClock(clock);
    clock.advance(16_000);
    next.takeUp('s', moment(), { durationMs: 10_000, paused: false }, next.now());
    expect(next.moment('s', start)).toMatchObject({ recordedMs: 10_400, behindMs: 400 });
  });

  test('the time of day set back meanwhile: at least what OBS counted has passed', () => {
    clock.advance(4000);
    const known = moment();
    const next = new RecordedClock(clock);
    clock.setBack(3_600_000);
    clock.advance(16_000);
    next.takeUp('s', known, { durationMs: 14_000, paused: true }, next.now());
    clock.advance(500);
    expect(next.moment('s', known)).toMatchObject({ recordedMs: 14_000, elapsedMs: 14_500 });
  });
});

test('what OBS itself counts is known between two looks: there it splits', () => {
  expect(recorded.countedMs(clock.monotonic())).toBeNull();
  clock.advance(1000);
  look(550);
  clock.advance(300);
  expect(recorded.countedMs(clock.monotonic())).toBe(850);
  look(800, true);
  clock.advance(300);
  expect(recorded.countedMs(clock.monotonic())).toBe(800);
});

test('a session that is not recorded has got no further than what is stored of it', () => {
  const known = { date: 1, recordedMs: 7000, elapsedMs: 9000 };
  clock.advance(1000);
  expect(recorded.moment('other', known)).toEqual({ ...known, date: clock.now() });
  recorded.end();
  expect(recorded.moment('s', known)).toEqual({ ...known, date: clock.now() });
});
