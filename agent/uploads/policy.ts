/** How fast uploads may go, and why, as pure functions: the limit, what is wished while OBS is live, and OBS's lost frames. */
import { type ErrorInfo, errorInfo } from '../../shared/errors.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Pace } from './bandwidth.ts';

/** OBS loses frames: the pace is halved for so long, then stepped back up (ms). */
export const backOffMs = 30_000;
/** Frames that are lost so soon after a step were lost before it could help (ms). */
const settleMs = 5000;
/** Slower would not help OBS any more, bits per second. */
export const slowestBackOff = 256_000;

/** A back-off under way. */
export interface BackOff {
  /** Where it started, bits per second. */
  readonly base: number;
  readonly halvings: number;
  readonly steppedAt: number;
  /** When it steps back up, if no frame is lost until then (ms since 1970). */
  readonly until: number;
}

export type BackOffEvent =
  /** `bitsPerSecond`: how fast uploads go now; null: not known, or nothing is sent. */
  | { readonly type: 'lost_frames'; readonly at: number; readonly bitsPerSecond: number | null }
  | { readonly type: 'time'; readonly at: number }
  /** OBS is not live any more. */
  | { readonly type: 'over' };

/** @returns the back-off after the event; null: none */
export function nextBackOff(backOff: BackOff | null, event: BackOffEvent): BackOff | null {
  if (event.type === 'over') return null;
  const { at } = event;
  if (event.type === 'lost_frames') {
    const until = at + backOffMs;
    if (backOff === null) {
      const base = event.bitsPerSecond;
      return base === null || base <= slowestBackOff ? null : { base, halvings: 1, steppedAt: at, until };
    }
    if (at - backOff.steppedAt < settleMs || backOffPace(backOff) <= slowestBackOff) return { ...backOff, until };
    return { ...backOff, halvings: backOff.halvings + 1, steppedAt: at, until };
  }
  if (backOff === null || at < backOff.until) return backOff;
  const halvings = backOff.halvings - 1;
  return halvings === 0 ? null : { ...backOff, halvings, steppedAt: at, until: at + backOffMs };
}

function backOffPace({ base, halvings }: BackOff): number {
  return Math.max(Math.round(base / 2 ** halvings), slowestBackOff);
}

export interface PolicyState extends Pick<Settings, 'bandwidthLimit' | 'whileLive' | 'whileLiveLimit'> {
  /** OBS streams or records. */
  readonly live: boolean;
  readonly backOff: BackOff | null;
}

export interface Policy {
  readonly pace: Pace;
  /** What holds uploads back beyond the limit that a person set for always. */
  readonly reason: 'held_while_live' | 'limited_while_live' | 'slowed_for_obs' | null;
}

export function policy({ bandwidthLimit, whileLive, whileLiveLimit, live, backOff }: PolicyState): Policy {
  if (live && whileLive === 'wait') return { pace: 0, reason: 'held_while_live' };
  let found: Policy = { pace: bandwidthLimit, reason: null };
  const lower = (pace: number, reason: Policy['reason']): void => {
    if (found.pace === null || pace < found.pace) found = { pace, reason };
  };
  if (live && whileLive === 'limit') lower(whileLiveLimit, 'limited_while_live');
  if (live && backOff !== null) lower(backOffPace(backOff), 'slowed_for_obs');
  return found;
}

/** The policy's reason in words; null where nothing is held back. */
export function policyNotice({ pace, reason }: Policy): ErrorInfo | null {
  if (reason === null) return null;
  return reason === 'held_while_live'
    ? errorInfo(reason)
    : errorInfo(reason, { mbit: Math.round((pace ?? 0) / 10_000) / 100 });
}
