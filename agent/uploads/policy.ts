/** How fast uploads may go, and why: the limit, the settings for while OBS is on air, and frames that OBS loses. Pure. */
import { type ErrorInfo, errorInfo } from '../../shared/errors.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Pace } from './bandwidth.ts';

/** When OBS loses frames, the pace is halved; after so long without another lost frame it is doubled again (ms). */
export const backOffMs = 30_000;
/** Frames that are lost so soon after a step were lost before it could help (ms). */
const takesEffectMs = 5000;
/** Going slower than this would not help OBS any more, bits per second. */
export const slowestBackOff = 256_000;
/** A followed recording keeps up at the rate at which it grows; at so many times that rate it also catches up. */
const keepsUp = 1.5;

/** A back-off under way. */
export interface BackOff {
  /** The pace that is halved, bits per second. */
  readonly base: number;
  /** Not slower than this, bits per second. */
  readonly least: number;
  /** How often `base` is halved now; at least once. */
  readonly halvings: number;
  /** When `halvings` last changed, ms of `Clock.monotonic`. */
  readonly steppedAt: number;
  /** When there is one halving less, if no frame is lost until then; as `steppedAt`. */
  readonly until: number;
}

export type BackOffEvent =
  | {
      readonly type: 'lost_frames';
      /** As `BackOff.steppedAt`. */
      readonly at: number;
      /** How fast uploads go now, bits per second; null: not known, or nothing is sent. */
      readonly bitsPerSecond: number | null;
      /** What followed recordings need to keep up, bits per second. */
      readonly needed: number;
      /** The stream's line dropped them, not a late encoder: only less traffic helps. */
      readonly dropped: boolean;
    }
  | { readonly type: 'time'; readonly at: number }
  /** OBS is off the air. */
  | { readonly type: 'over' };

/** @returns the back-off after the event; null: none */
export function nextBackOff(backOff: BackOff | null, event: BackOffEvent): BackOff | null {
  if (event.type === 'over') return null;
  const { at } = event;
  if (event.type === 'lost_frames') {
    const until = at + backOffMs;
    // A late encoder has other causes than a few megabits: for its sake no recording is to fall behind.
    const least = event.dropped ? slowestBackOff : Math.max(slowestBackOff, Math.round(event.needed * keepsUp));
    if (backOff === null) {
      const { bitsPerSecond } = event;
      if (bitsPerSecond === null || bitsPerSecond <= slowestBackOff) return null;
      // A followed file is sent in bursts, with pauses between: the speed just now can be far below what it needs on average.
      const base = Math.max(bitsPerSecond, 2 * event.needed * keepsUp);
      return { base, least, halvings: 1, steppedAt: at, until };
    }
    const next = { ...backOff, least, until };
    if (at - backOff.steppedAt < takesEffectMs || backOffPace(next) <= least) return next;
    return { ...next, halvings: backOff.halvings + 1, steppedAt: at };
  }
  if (backOff === null || at < backOff.until) return backOff;
  const halvings = backOff.halvings - 1;
  return halvings === 0 ? null : { ...backOff, halvings, steppedAt: at, until: at + backOffMs };
}

/** Bits per second. */
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
  /** What holds uploads back further than the limit that always applies; null: nothing. */
  readonly reason: 'held_on_air' | 'limited_on_air' | 'slowed_for_obs' | null;
}

/** What uploads may do: the lowest of the paces that apply. */
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

/** The policy's reason in words; null where there is none. */
export function policyNotice({ pace, reason }: Policy): ErrorInfo | null {
  if (reason === null) return null;
  return reason === 'held_on_air'
    ? errorInfo(reason)
    : errorInfo(reason, { mbit: Math.round((pace ?? 0) / 10_000) / 100 });
}
