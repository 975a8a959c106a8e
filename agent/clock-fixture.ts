/** A clock for tests that moves only when it is told to. */
import type { Clock } from './clock.ts';

export class TestClock implements Clock {
  #now: number;
  #passed = 0;
  #count = 0;
  readonly #timers = new Map<number, { at: number; callback: () => void }>();

  constructor(now = Date.UTC(2026, 10, 22, 12)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#passed;
  }

  /** Somebody sets the machine's clock: timers do not hear of it. */
  setBack(ms: number): void {
    this.#now -= ms;
  }

  setTimeout(callback: () => void, ms: number): number {
    this.#count += 1;
    this.#timers.set(this.#count, { at: this.#passed + ms, callback });
    return this.#count;
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle as number);
  }

  /** ms until the timers that are set, soonest first. */
  waits(): number[] {
    return [...this.#timers.values()].map((timer) => timer.at - this.#passed).sort((a, b) => a - b);
  }

  /** Moves time on; every timer on the way fires at its time. */
  advance(ms: number): void {
    const end = this.#passed + ms;
    for (;;) {
      const next = [...this.#timers].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (next === undefined) break;
      this.#timers.delete(next[0]);
      this.#pass(Math.max(next[1].at - this.#passed, 0));
      next[1].callback();
    }
    this.#pass(end - this.#passed);
  }

  #pass(ms: number): void {
    this.#passed += ms;
    this.#now += ms;
  }
}
