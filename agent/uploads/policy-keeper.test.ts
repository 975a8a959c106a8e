import { beforeEach, expect, test } from 'vitest';
import { TestClock } from '../clock-fixture.ts';
import { Bandwidth } from './bandwidth.ts';
import { PolicyKeeper, type PolicyPorts } from './policy-keeper.ts';

const M = 1_000_000;
let clock: TestClock;
let bandwidth: Bandwidth;
let state: { onAir: boolean; speed: number | null; settings: ReturnType<PolicyPorts['settings']> };
let changes: number;
let lostFrames: (dropped: boolean) => void;
let keeper: PolicyKeeper;
beforeEach(() => {
  clock = new TestClock();
  bandwidth = new Bandwidth(clock);
  state = { onAir: false, speed: null, settings: { bandwidthLimit: null, whileOnAir: 'full', whileOnAirLimit: 5 * M } };
  changes = 0;
  keeper = new PolicyKeeper({
    bandwidth,
    clock,
    settings: () => state.settings,
    onAir: {
      get now() {
        return state.onAir;
      },
      onChange() {},
      onLostFrames: (listener) => {
        lostFrames = listener;
      },
    },
    throughput: { needed: () => 0, speed: () => state.speed },
  });
  keeper.onChange(() => {
    changes += 1;
  });
  keeper.refresh();
});

test('a changed limit applies at once, and is told once', () => {
  state.settings = { ...state.settings, bandwidthLimit: 20 * M };
  keeper.refresh();
  keeper.refresh();
  expect(bandwidth.pace).toBe(20 * M);
  expect(changes).toBe(1);
});

test('with “wait”, nothing starts or goes on while OBS is on air', () => {
  state.settings = { ...state.settings, whileOnAir: 'wait' };
  state.onAir = true;
  keeper.refresh();
  expect(keeper).toMatchObject({ mayStart: false, notice: { code: 'held_on_air' } });
  expect(bandwidth.pace).toBe(0);
  state.onAir = false;
  keeper.refresh();
  expect(keeper).toMatchObject({ mayStart: true, notice: null });
  expect(bandwidth.pace).toBeNull();
});

test('lost frames halve the pace, which comes back in steps of 30 s', () => {
  state.onAir = true;
  state.speed = 40 * M;
  lostFrames(false);
  expect(bandwidth.pace).toBe(20 * M);
  expect(keeper.notice).toMatchObject({ code: 'slowed_for_obs', params: { mbit: 20 } });
  clock.advance(6000);
  lostFrames(false);
  expect(bandwidth.pace).toBe(10 * M);
  clock.advance(30_000);
  expect(bandwidth.pace).toBe(20 * M);
  clock.advance(30_000);
  expect(bandwidth.pace).toBeNull();
  expect(clock.waits()).toEqual([]);
  expect(changes).toBe(4);
});

test('the end of the stream ends the back-off', () => {
  state.onAir = true;
  state.speed = 40 * M;
  lostFrames(false);
  state.onAir = false;
  keeper.refresh();
  expect(bandwidth.pace).toBeNull();
  expect(clock.waits()).toEqual([]);
});

test('a pace that is limited already is halved from there', () => {
  state.settings = { ...state.settings, bandwidthLimit: 8 * M };
  state.onAir = true;
  keeper.refresh();
  state.speed = 9 * M;
  lostFrames(false);
  expect(bandwidth.pace).toBe(4 * M);
});
