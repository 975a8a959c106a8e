import { describe, expect, test } from 'vitest';
import { type BackOff, type BackOffEvent, nextBackOff, type PolicyState, policy, policyNotice } from './policy.ts';

const M = 1_000_000;
const base: PolicyState = {
  bandwidthLimit: null,
  whileOnAir: 'full',
  whileOnAirLimit: 5 * M,
  onAir: false,
  backOff: null,
};
const backOff: BackOff = { base: 40 * M, least: 256_000, halvings: 2, steppedAt: 0, until: 30_000 };

describe('what uploads may do', () => {
  test.each<[string, Partial<PolicyState>, number | null, string | null]>([
    ['nothing set', {}, null, null],
    ['a limit', { bandwidthLimit: 20 * M }, 20 * M, null],
    ['live, full', { onAir: true }, null, null],
    ['live, full, a limit', { onAir: true, bandwidthLimit: 20 * M }, 20 * M, null],
    ['live, limited', { onAir: true, whileOnAir: 'limit' }, 5 * M, 'limited_on_air'],
    ['not on air, limited while on air', { whileOnAir: 'limit' }, null, null],
    ['live, a lower limit for always', { onAir: true, whileOnAir: 'limit', bandwidthLimit: 2 * M }, 2 * M, null],
    ['live, the same limit for always', { onAir: true, whileOnAir: 'limit', bandwidthLimit: 5 * M }, 5 * M, null],
    ['live, waiting', { onAir: true, whileOnAir: 'wait', bandwidthLimit: 2 * M, backOff }, 0, 'held_on_air'],
    ['not on air, waiting while on air', { whileOnAir: 'wait' }, null, null],
    ['live, backing off', { onAir: true, backOff }, 10 * M, 'slowed_for_obs'],
    ['live, backing off above the limit', { onAir: true, bandwidthLimit: 8 * M, backOff }, 8 * M, null],
    [
      'live, limited, backing off further',
      { onAir: true, whileOnAir: 'limit', backOff: { ...backOff, halvings: 4 } },
      2.5 * M,
      'slowed_for_obs',
    ],
    [
      'live, backing off as far as it goes',
      { onAir: true, backOff: { ...backOff, halvings: 30 } },
      256_000,
      'slowed_for_obs',
    ],
    ['not on air any more', { backOff }, null, null],
  ])('%s', (_name, change, pace, reason) => {
    expect(policy({ ...base, ...change })).toEqual({ pace, reason });
  });
});

describe('backing off', () => {
  const lost = (at: number, bitsPerSecond: number | null = 40 * M): BackOffEvent => ({
    ...{ type: 'lost_frames', at, bitsPerSecond, needed: 0, dropped: false },
  });
  const lostWhileFollowing = (at: number, dropped: boolean): BackOffEvent => ({
    ...{ type: 'lost_frames', at, bitsPerSecond: 20 * M, needed: 20 * M, dropped },
  });
  const time = (at: number): BackOffEvent => ({ type: 'time', at });
  test.each<[string, BackOffEvent[], Partial<BackOff> | null]>([
    ['begins at half of the speed there is', [lost(1000)], { base: 40 * M, halvings: 1, until: 31_000 }],
    ['does not begin where nothing is sent', [lost(0, null)], null],
    ['does not begin where it could not help', [lost(0, 200_000)], null],
    [
      'halves again when frames are lost all the same',
      [lost(0), lost(6000, 20 * M)],
      { base: 40 * M, halvings: 2, until: 36_000 },
    ],
    ['gives each step time to help', [lost(0), lost(2000), lost(4000)], { halvings: 1, until: 34_000 }],
    ['stops halving at 256 kbit/s', Array.from({ length: 40 }, (_, n) => lost(n * 6000)), { halvings: 8 }],
    ['stays for 30 s', [lost(0), time(29_999)], { halvings: 1 }],
    ['ends after 30 s without loss', [lost(0), time(30_000)], null],
    ['steps back up one at a time', [lost(0), lost(6000), time(36_000)], { halvings: 1, until: 66_000 }],
    ['is over once all steps are', [lost(0), lost(6000), time(36_000), time(66_000)], null],
    ['is over when OBS is not on air any more', [lost(0), { type: 'over' }], null],
    ['has nothing to do with time alone', [time(0)], null],
    [
      'never lets a growing recording fall behind because the encoder is late',
      Array.from({ length: 40 }, (_, n) => lostWhileFollowing(n * 6000, false)),
      { base: 60 * M, least: 30 * M, halvings: 1 },
    ],
    [
      'goes as far as it can where the stream’s line drops frames',
      Array.from({ length: 40 }, (_, n) => lostWhileFollowing(n * 6000, true)),
      { least: 256_000, halvings: 8 },
    ],
  ])('%s', (_name, events, found) => {
    const state = events.reduce<BackOff | null>(nextBackOff, null);
    if (found === null) expect(state).toBeNull();
    else expect(state).toMatchObject(found);
  });
});

test('the reason is told in words, with the speed', () => {
  expect(policyNotice({ pace: null, reason: null })).toBeNull();
  expect(policyNotice({ pace: 0, reason: 'held_on_air' })).toMatchObject({ code: 'held_on_air' });
  expect(policyNotice({ pace: 2.5 * M, reason: 'slowed_for_obs' })?.message).toBe(
    'Slowed to 2.5 Mbit/s: OBS loses frames.',
  );
});
