/**
 * Whether what OBS's events told of its recording is what OBS answers when it is asked. A dialog of OBS can hold events back for as
 * long as nobody clicks it: after a write error OBS 32 has stopped, and says so only then. Pure.
 */
import type { RecordingNow } from '../obs/read-back.ts';
import type { Run } from './session-state.ts';

/**
 * `over`: nothing is recorded any more. `begun`: something is recorded. `another`: another recording has taken the place of the one
 * that we know. `paused`, `resumed`: it is the one, and paused or not.
 */
export type Disagreement = 'over' | 'begun' | 'another' | 'paused' | 'resumed';

/** An event may be on its way: OBS has to say the same so many times. */
export const looksToBelieve = 3;

/** OBS's count never goes back by so much in one recording (ms). */
const backMs = 500;

/**
 * @param run of the session that is recorded as far as we know
 * @param countedMs what OBS should count by now; null: it never told
 */
export function disagreement(
  recording: RecordingNow,
  run: Run | undefined,
  countedMs: number | null,
): Disagreement | null {
  if (run === undefined) return recording.active ? 'begun' : null;
  if (!recording.active) return 'over';
  if (!isSame(recording, run, countedMs)) return 'another';
  if (recording.paused) return run.state === 'recording' ? 'paused' : null;
  return run.state === 'paused' ? 'resumed' : null;
}

/** Whether OBS may be recording this run: its first file is the same, or OBS's count goes on from what it was. */
function isSame({ path, durationMs }: RecordingNow, { files }: Run, countedMs: number | null): boolean {
  return path === null || files.length === 0 || path === files[0]?.path || goesOn(durationMs, countedMs);
}

/** Whether a count of OBS can go on from what it was. */
export function goesOn(durationMs: number, countedMs: number | null): boolean {
  return durationMs + backMs >= (countedMs ?? 0);
}

/** Counts how often in a row OBS has said the same against what we believe. */
export class Doubt {
  #what: Disagreement | null = null;
  #looks = 0;

  get any(): boolean {
    return this.#what !== null;
  }

  /** @returns what to believe from now on, once OBS has said it often enough */
  look(what: Disagreement | null): Disagreement | null {
    this.#looks = what === this.#what ? this.#looks + 1 : 1;
    this.#what = what;
    return what !== null && this.#looks >= looksToBelieve ? what : null;
  }
}
