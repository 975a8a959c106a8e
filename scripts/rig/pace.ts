import { setTimeout as delay } from 'node:timers/promises';

/** After an idle time, as many bytes may leave at once as the rate allows in this time: timers come a few ms late. */
export const burstMs = 20;

/** Lets bytes through at a rate, in the order in which they were asked for (a token bucket). */
export class Pace {
  #bytesPerSecond: number | null = null;
  /** When all that was let through so far would have passed at the rate. */
  #busyUntil = 0;
  #changed = Promise.withResolvers<void>();
  #queue: Promise<void> = Promise.resolve();

  /** null: everything at once. Holds from now on, also for what is waiting. */
  setRate(bytesPerSecond: number | null): void {
    this.#bytesPerSecond = bytesPerSecond;
    this.#busyUntil = 0;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Resolves when that many bytes may leave. */
  take(bytes: number): Promise<void> {
    this.#queue = this.#queue.then(() => this.#take(bytes));
    return this.#queue;
  }

  async #take(bytes: number): Promise<void> {
    while (this.#bytesPerSecond !== null) {
      const now = performance.now();
      if (this.#busyUntil <= now) {
        this.#busyUntil = Math.max(this.#busyUntil, now - burstMs) + (bytes / this.#bytesPerSecond) * 1000;
        return;
      }
      await Promise.race([delay(this.#busyUntil - now), this.#changed.promise]);
    }
  }
}
