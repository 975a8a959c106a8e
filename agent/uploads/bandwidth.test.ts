import { beforeEach, describe, expect, test } from 'vitest';
import { TestClock } from '../clock-fixture.ts';
import { Bandwidth } from './bandwidth.ts';

const megabit = 1_000_000;
let clock: TestClock;
let bandwidth: Bandwidth;
beforeEach(() => {
  clock = new TestClock();
  bandwidth = new Bandwidth(clock);
});

const never = new AbortController().signal;
/** Runs what waits for promises that are resolved. */
const runResolved = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

/** Takes for ever; counts what it got. */
function taker(slice?: number): { got: number; readonly end: AbortController } {
  const state = { got: 0, end: new AbortController() };
  const run = async (): Promise<void> => {
    for (;;) {
      const bytes = slice ?? bandwidth.sliceBytes;
      await bandwidth.take(bytes, state.end.signal);
      state.got += bytes;
    }
  };
  run().catch(() => {});
  return state;
}

/** Lets time pass in steps, as timers that fire late do. @returns bytes of each whole second */
async function seconds(count: number, stepMs: number, read: () => number): Promise<number[]> {
  const sums: number[] = [];
  await runResolved();
  for (let second = 0; second < count; second++) {
    const before = read();
    for (let ms = 0; ms < 1000; ms += stepMs) {
      clock.advance(Math.min(stepMs, 1000 - ms));
      await runResolved();
    }
    sums.push(read() - before);
  }
  return sums;
}

describe('a limit', () => {
  test.each([
    [256_000, 1],
    [1 * megabit, 3],
    [20 * megabit, 7],
    [20 * megabit, 30],
    [500 * megabit, 20],
  ])('of %i bit/s is held within 5 %% in every second, with timers up to %i ms late', async (pace, stepMs) => {
    bandwidth.pace = pace;
    const one = taker();
    for (const bytes of await seconds(5, stepMs, () => one.got)) {
      expect(Math.abs(bytes / (pace / 8) - 1)).toBeLessThan(0.05);
    }
    one.end.abort();
  });

  test('is made good for when the machine pauses, without exceeding it in any second', async () => {
    bandwidth.pace = 20 * megabit;
    const one = taker();
    const got: number[] = [0];
    await runResolved();
    for (let at = 0; at < 5000; ) {
      // 200 ms of nothing in every second.
      const stepMs = at % 1000 === 500 ? 200 : 5;
      clock.advance(stepMs);
      await runResolved();
      for (let ms = 0; ms < stepMs; ms++) got[++at] = one.got;
    }
    const inSecondFrom = (at: number): number => (got[at + 1000] ?? 0) - (got[at] ?? 0);
    for (let at = 0; at < 4000; at++) expect(inSecondFrom(at)).toBeLessThan(2_500_000 * 1.05);
    for (let at = 0; at < 5000; at += 1000) expect(inSecondFrom(at)).toBeGreaterThan(2_500_000 * 0.95);
    one.end.abort();
  });

  test('saves up next to nothing while nobody takes', async () => {
    bandwidth.pace = 8 * megabit;
    clock.advance(60_000);
    const one = taker();
    const [first = 0] = await seconds(1, 5, () => one.got);
    expect(first).toBeLessThanOrEqual(1_050_000);
    one.end.abort();
  });

  test('saves up next to nothing before anybody takes for the first time', async () => {
    bandwidth.pace = 8 * megabit;
    clock.advance(300);
    const first = taker();
    await runResolved();
    // 40 ms at full pace.
    expect(first.got).toBeLessThanOrEqual(40_000);
    first.end.abort();
  });

  test('is one for all, and shared evenly, also with one who asks for a lot at once', async () => {
    bandwidth.pace = 8 * megabit;
    const all = [taker(10_000), taker(10_000), taker(500_000)];
    const sums = await seconds(4, 5, () => all.reduce((sum, one) => sum + one.got, 0));
    expect(sums.reduce((sum, bytes) => sum + bytes)).toBeLessThanOrEqual(4_050_000);
    for (const { got } of all) expect(got).toBeGreaterThan(900_000);
    for (const one of all) one.end.abort();
  });

  test('gives nothing extra when the clock is set forward or back', async () => {
    let offset = 0;
    const other = new Bandwidth({
      now: () => clock.now() + offset,
      monotonic: () => clock.monotonic(),
      setTimeout: (callback, ms) => clock.setTimeout(callback, ms),
      clearTimeout: (handle) => clock.clearTimeout(handle),
    });
    other.pace = 8 * megabit;
    let got = 0;
    const end = new AbortController();
    const run = async (): Promise<void> => {
      for (;;) {
        await other.take(10_000, end.signal);
        got += 10_000;
      }
    };
    run().catch(() => {});
    offset = 3_600_000;
    await seconds(1, 5, () => got);
    expect(got).toBeLessThan(1_100_000);
    offset = -3_600_000;
    const [bytes = 0] = await seconds(1, 5, () => got);
    expect(Math.abs(bytes / 1_000_000 - 1)).toBeLessThan(0.1);
    end.abort();
  });
});

describe('a change of the pace', () => {
  test('takes effect at once for those who wait', async () => {
    bandwidth.pace = 1000;
    const one = taker(1000);
    await seconds(1, 10, () => one.got);
    bandwidth.pace = 8 * megabit;
    const [bytes = 0] = await seconds(1, 5, () => one.got);
    expect(bytes).toBeGreaterThan(950_000);
    one.end.abort();
  });

  test('to nothing holds everybody, and to unlimited lets everybody go', async () => {
    bandwidth.pace = 0;
    let through = false;
    const waiting = bandwidth.take(5_000_000, never).then(() => {
      through = true;
    });
    clock.advance(3_600_000);
    await runResolved();
    expect(through).toBe(false);
    expect(clock.waits()).toEqual([]);
    bandwidth.pace = null;
    await waiting;
    expect(through).toBe(true);
  });
});

describe('a taker that gives up', () => {
  test('rejects with the reason, and those behind it go on', async () => {
    bandwidth.pace = 8 * megabit;
    const giveUp = new AbortController();
    const first = bandwidth.take(1_000_000, giveUp.signal);
    const second = bandwidth.take(1000, never);
    giveUp.abort(new Error('paused'));
    await expect(first).rejects.toThrow('paused');
    clock.advance(10);
    await second;
    await expect(bandwidth.take(1, giveUp.signal)).rejects.toThrow('paused');
  });
});

test('without a limit nothing waits and no timer runs', async () => {
  await bandwidth.take(1e9, never);
  expect(clock.waits()).toEqual([]);
});
