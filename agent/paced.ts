/**
 * Calls that may come in any number are passed on at a bounded pace: the first at once, those that follow too soon together, once
 * their time has come. What is passed on is then looked up afresh, so that nothing older than the last call is ever told.
 */
import { type Clock, systemClock } from './clock.ts';

interface Turn {
  /** When it was passed on last, on the monotonic clock, ms. */
  passedAt: number;
  timer: unknown;
  dueAt: number;
}

/** So many keys are kept in mind before those whose time is over are forgotten. */
const mostKeys = 200;

export class Paced {
  readonly #pass: (key: string) => void;
  readonly #clock: Clock;
  readonly #turns = new Map<string, Turn>();
  #closed = false;

  /** @param pass called with a key whose turn it is */
  constructor(pass: (key: string) => void, clock: Clock = systemClock) {
    this.#pass = pass;
    this.#clock = clock;
  }

  /** Passes on, but not within `everyMs` of the last time. */
  call(key: string, everyMs: number): void {
    if (this.#closed) return;
    const now = this.#clock.monotonic();
    const turn = this.#turns.get(key);
    if (turn === undefined || turn.passedAt + everyMs <= now) {
      this.#passNow(key);
      return;
    }
    const dueAt = turn.passedAt + everyMs;
    if (turn.timer !== null && turn.dueAt <= dueAt) return;
    this.#clock.clearTimeout(turn.timer);
    turn.dueAt = dueAt;
    turn.timer = this.#clock.setTimeout(() => this.#passNow(key), dueAt - now);
  }

  /** It has been told otherwise: what was waiting for its turn is in that. */
  passed(key: string): void {
    this.#clock.clearTimeout(this.#turns.get(key)?.timer);
    if (this.#turns.size >= mostKeys) this.#forgetIdle();
    this.#turns.set(key, { passedAt: this.#clock.monotonic(), timer: null, dueAt: 0 });
  }

  /** Nothing more is passed on. */
  close(): void {
    this.#closed = true;
    for (const { timer } of this.#turns.values()) this.#clock.clearTimeout(timer);
    this.#turns.clear();
  }

  #passNow(key: string): void {
    this.passed(key);
    this.#pass(key);
  }

  #forgetIdle(): void {
    for (const [key, { timer }] of this.#turns) if (timer === null) this.#turns.delete(key);
  }
}
