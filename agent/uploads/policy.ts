/** How fast uploads may go, and why, as pure functions: the limit, what is wished while OBS is on air, and OBS's lost frames. */
import { type ErrorInfo, errorInfo } from '../../shared/errors.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Pace } from './bandwidth.ts';

/** OBS loses frames: the pace is halved for so long, then stepped back up (ms). */
export const backOffMs = 30_000;
/** Frames that are lost so soon after a step were lost before it could help (ms). */
const settleMs = 5000;
/** Slower would not help OBS any more, bits per second. */
export const slowestBackOff = 256_000;
/** A recording that is sent while it grows keeps up at its own rate, and at this much more it catches up (times). */
const keepsUp = 1.5;

/** A back-off under way. */
export interface BackOff {
  /** Where it started, bits per second. */
  readonly base: number;
  /** Not slower than this, bits per second. */
  readonly least: number;
  readonly halvings: number;
  readonly steppedAt: number;
  /** When it steps back up, if no frame is lost until then (ms since 1970). */
  readonly until: number;
}

export type BackOffEvent =
  | {
      readonly type: 'lost_frames';
      readonly at: number;
      /** How fast uploads go now, bits per second; null: not known, or nothing is sent. */
      readonly bitsPerSecond: number | null;
      /** What recordings that are sent while they grow need to keep up, bits per second. */
      readonly needed: number;
      /** Whether the line dropped them, and not the encoder: then only less traffic helps. */
      readonly dropped: boolean;
    }
  | { readonly type: 'time'; readonly at: number }
  /** OBS is not on air any more. */
  | { readonly type: 'over' };

/** @returns the back-off after the event; null: none */
export function nextBackOff(backOff: BackOff | null, event: BackOffEvent): BackOff | null {
  if (event.type === 'over') return null;
  const { at } = event;
  if (event.type === 'lost_frames') {
    const until = at + backOffMs;
    // An encoder that is late has other causes than a few megabits: not so slow that the recording falls behind.
    const least = event.dropped ? slowestBackOff : Math.max(slowestBackOff, Math.round(event.needed * keepsUp));
    if (backOff === null) {
      const { bitsPerSecond } = event;
      if (bitsPerSecond === null || bitsPerSecond <= slowestBackOff) return null;
      // Between two parts of a growing file the line rests: what it needs on average says nothing of how fast it goes.
      const base = Math.max(bitsPerSecond, 2 * event.needed * keepsUp);
      return { base, least, halvings: 1, steppedAt: at, until };
    }
    const next = { ...backOff, least, until };
    if (at - backOff.steppedAt < settleMs || backOffPace(next) <= least) return next;
    return { ...next, halvings: backOff.halvings + 1, steppedAt: at };
  }
  if (backOff === null || at < backOff.until) return backOff;
  const halvings = backOff.halvings - 1;
  return halvings === 0 ? null : { ...backOff, halvings, steppedAt: at, until: at + backOffMs };
}

function backOffPace({ base, least, halvings }: BackOff): number {
  return Math.max(Math.round(base / 2 ** halvings), least);
}

export interface PolicyState extends Pick<Settings, 'bandwidthLimit' | 'whileOnAir' | 'whileOnAirLimit'> {
  /** OBS streams or records. */
  readonly onAir: boolean;
  readonly backOff: BackOff | null;
}

export interface Policy {
  readonly pace: Pace;
  /** What holds uploads back beyond the limit that a person set for always. */
  readonly reason: 'held_on_air' | 'limited_on_air' | 'slowed_for_obs' | null;
}

export function policy({ bandwidthLimit, whileOnAir, whileOnAirLimit, onAir, backOff }: PolicyState): Policy {
  if (onAir && whileOnAir === 'wait') return { pace: 0, reason: 'held_on_air' };
  let found: Policy = { pace: bandwidthLimit, reason: null };
  const lower = (pace: number, reason: Policy['reason']): void => {
    if (found.pace === null || pace < found.pace) found = { pace, reason };
  };
  if (onAir && whileOnAir === 'limit') lower(whileOnAirLimit, 'limited_on_air');
  if (onAir && backOff !== null) lower(backOffPace(backOff), 'slowed_for_obs');
  return found;
}

/** The policy's reason in words; null where nothing is held back. */
export function policyNotice({ pace, reason }: Policy): ErrorInfo | null {
  if (reason === null) return null;
  return reason === 'held_on_air'
    ? errorInfo(reason)
    : errorInfo(reason, { mbit: Math.round((pace ?? 0) / 10_000) / 100 });
}
