import { beforeEach, expect, test } from 'vitest';
import { TestClock } from '../clock-fixture.ts';
import { Bandwidth } from './bandwidth.ts';
import { PolicyKeeper, type PolicyPorts } from './policy-keeper.ts';

const M = 1_000_000;
let clock: TestClock;
let bandwidth: Bandwidth;
let state: { live: boolean; speed: number | null; settings: ReturnType<PolicyPorts['settings']> };
let changes: number;
let keeper: PolicyKeeper;
beforeEach(() => {
  clock = new TestClock();
  bandwidth = new Bandwidth(clock);
  state = { live: false, speed: null, settings: { bandwidthLimit: null, whileLive: 'full', whileLiveLimit: 5 * M } };
  changes = 0;
  keeper = new PolicyKeeper({
    bandwidth,
    clock,
    settings: () => state.settings,
    live: () => state.live,
    needed: () => 0,
    speed: () => state.speed,
    onChange: () => {
      changes += 1;
    },
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

test('with “wait”, nothing starts or goes on while OBS is live', () => {
  state.settings = { ...state.settings, whileLive: 'wait' };
  state.live = true;
  keeper.refresh();
  expect(keeper).toMatchObject({ mayStart: false, notice: { code: 'held_while_live' } });
  expect(bandwidth.pace).toBe(0);
  state.live = false;
  keeper.refresh();
  expect(keeper).toMatchObject({ mayStart: true, notice: null });
  expect(bandwidth.pace).toBeNull();
});

test('lost frames halve the pace, which comes back in steps of 30 s', () => {
  state.live = true;
  state.speed = 40 * M;
  keeper.lostFrames(false);
  expect(bandwidth.pace).toBe(20 * M);
  expect(keeper.notice).toMatchObject({ code: 'slowed_for_obs', params: { mbit: 20 } });
  clock.advance(6000);
  keeper.lostFrames(false);
  expect(bandwidth.pace).toBe(10 * M);
  clock.advance(30_000);
  expect(bandwidth.pace).toBe(20 * M);
  clock.advance(30_000);
  expect(bandwidth.pace).toBeNull();
  expect(clock.waits()).toEqual([]);
  expect(changes).toBe(4);
});

test('the end of the stream ends the back-off', () => {
  state.live = true;
  state.speed = 40 * M;
  keeper.lostFrames(false);
  state.live = false;
  keeper.refresh();
  expect(bandwidth.pace).toBeNull();
  expect(clock.waits()).toEqual([]);
});

test('a pace that is limited already is halved from there', () => {
  state.settings = { ...state.settings, bandwidthLimit: 8 * M };
  state.live = true;
  keeper.refresh();
  state.speed = 9 * M;
  keeper.lostFrames(false);
  expect(bandwidth.pace).toBe(4 * M);
});
