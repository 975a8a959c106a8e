/**
 * The recorded time of the session that OBS records, between one word of OBS and the next.
 *
 * OBS counts the frames that have come out of its encoder (GetRecordStatus, outputDuration): right over every pause, whoever was
 * away, and a little behind, since the encoder holds frames back. So the time runs on from OBS's STARTED, on a clock that nobody
 * sets: that is what the file holds in the end (OBS 29 and 32: within 0.1 s, while OBS's count was 0.5 s behind it). OBS's count
 * corrects it wherever the two differ by more than an encoder holds back, and after every time without a connection.
 */
import { type Clock, systemClock } from '../clock.ts';
import type { Moment } from './session-state.ts';

/** When something was heard, on both clocks, ms. */
export interface Heard {
  readonly date: number;
  readonly monotonicMs: number;
}

/** What OBS said of its recording. */
export interface Counted {
  readonly durationMs: number;
  readonly paused: boolean;
}

/** The most that an encoder which looks far ahead holds back (ms); the dock's clock allows the same (dock/obs/record-state.ts). */
export const encoderMs = 2000;

/** A time that may run: `ms` at `at`. */
interface Running {
  readonly ms: number;
  readonly at: number;
  readonly runs: boolean;
}
const still: Running = { ms: 0, at: 0, runs: false };
const at = ({ ms, at: since, runs }: Running, monotonicMs: number): number => (runs ? ms + monotonicMs - since : ms);

export class RecordedClock {
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  #sessionId: string | null = null;
  #recorded = still;
  #elapsed = still;
  #counted: Running | null = null;
  /** How far OBS's count was behind at the last look, ms. */
  #behindMs = 0;

  constructor(clock: Pick<Clock, 'now' | 'monotonic'> = systemClock) {
    this.#clock = clock;
  }

  now(): Heard {
    return { date: this.#clock.now(), monotonicMs: this.#clock.monotonic() };
  }

  /** A session is recorded from this moment on, which was when `heard` was. */
  begin(sessionId: string, at: Moment, { monotonicMs }: Heard, paused = false): void {
    const { recordedMs, elapsedMs, behindMs = 0 } = at;
    this.#sessionId = sessionId;
    this.#recorded = { ms: recordedMs, at: monotonicMs, runs: !paused };
    this.#elapsed = { ms: elapsedMs, at: monotonicMs, runs: true };
    this.#counted = null;
    this.#behindMs = behindMs;
  }

  /**
   * OBS's word after a time in which events may have been missed.
   * @param asOf what was last known of the session
   */
  takeUp(sessionId: string, asOf: Moment, counted: Counted, heard: Heard): void {
    if (this.#sessionId !== sessionId) {
      // An earlier run of the agent knew it: only the time of day can tell how long ago.
      const since = Math.max(0, heard.date - asOf.date, counted.durationMs - asOf.recordedMs);
      this.begin(sessionId, { ...asOf, elapsedMs: asOf.elapsedMs + since }, heard);
    }
    this.#count(counted, heard);
    this.#recorded = { ms: counted.durationMs + this.#behindMs, at: heard.monotonicMs, runs: !counted.paused };
  }

  /** OBS's word while nothing was missed. */
  look(counted: Counted, heard: Heard): void {
    this.#count(counted, heard);
    const ahead = at(this.#recorded, heard.monotonicMs) - counted.durationMs;
    if (ahead >= 0 && ahead <= encoderMs) {
      this.#behindMs = ahead;
      return;
    }
    if (ahead < 0) this.#behindMs = 0;
    this.#recorded = { ...this.#recorded, ms: counted.durationMs + this.#behindMs, at: heard.monotonicMs };
  }

  /** Recorded time stands still from now on: a pause, or the stop. */
  hold({ monotonicMs }: Heard): void {
    this.#recorded = { ms: at(this.#recorded, monotonicMs), at: monotonicMs, runs: false };
  }

  resume({ monotonicMs }: Heard): void {
    if (!this.#recorded.runs) this.#recorded = { ...this.#recorded, at: monotonicMs, runs: true };
    if (this.#counted?.runs === false) this.#counted = { ...this.#counted, at: monotonicMs, runs: true };
  }

  /** Nothing is recorded any more. */
  end(): void {
    this.#sessionId = null;
  }

  /**
   * A session's moment.
   * @param asOf what is stored of it: one that is not recorded now has got no further
   */
  moment(sessionId: string, asOf: Moment, heard: Heard = this.now()): Moment {
    if (sessionId !== this.#sessionId) return { ...asOf, date: heard.date };
    const recordedMs = Math.max(0, Math.round(at(this.#recorded, heard.monotonicMs)));
    const elapsedMs = Math.max(0, Math.round(at(this.#elapsed, heard.monotonicMs)));
    const behindMs = Math.round(this.#behindMs);
    return { date: heard.date, recordedMs, elapsedMs, ...(behindMs === 0 ? {} : { behindMs }) };
  }

  /** The recorded time by now of the session that is recorded; null: none is. */
  current(): { readonly sessionId: string; readonly recordedMs: number } | null {
    if (this.#sessionId === null) return null;
    return {
      sessionId: this.#sessionId,
      recordedMs: Math.max(0, Math.round(at(this.#recorded, this.#clock.monotonic()))),
    };
  }

  /** What OBS itself counts at that time, ms: where it splits. Null before its first word. */
  countedMs(monotonicMs: number): number | null {
    return this.#counted === null ? null : Math.max(0, Math.round(at(this.#counted, monotonicMs)));
  }

  /** When OBS last said that it records, on the monotonic clock; null: it never did. */
  get countedAt(): number | null {
    return this.#counted?.at ?? null;
  }

  #count({ durationMs, paused }: Counted, { monotonicMs }: Heard): void {
    this.#counted = { ms: durationMs, at: monotonicMs, runs: !paused };
  }
}
