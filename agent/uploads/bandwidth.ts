/**
 * One bandwidth limit over all uploads: a token bucket from which all of them take in turn. A busy machine's timers fire late,
 * so the bucket holds enough to catch up. Catching up is bounded by what left in the last second: no second exceeds the limit
 * by more than 3 %.
 */
import { type Clock, systemClock } from '../clock.ts';
import { largestSliceBytes, type Pacer } from './destinations/pacer.ts';

/** What may be caught up after a pause of the machine, as time at full pace (ms). */
const caughtUpMs = 400;
/** What may be saved up while nobody takes anything, as time at full pace (ms). */
const savedMs = 40;
/** What may leave in any one second, as a multiple of the pace: room to catch up. */
const mostInSecond = 1.03;
/** Into so many slices a second's bytes are cut. */
const slicesPerSecond = 100;
const smallestSliceBytes = 1024;
/** A timer of less than this would fire late anyway (ms). */
const shortestWaitMs = 2;
/** How finely the last second is remembered (ms). */
const memoryMs = 10;

const granted = Promise.resolve();

/** Bits per second; null: unlimited; 0: nothing may leave. */
export type Pace = number | null;

interface Taker {
  /** Bytes that it still waits for. */
  wanted: number;
  resolve(): void;
}

export class Bandwidth implements Pacer {
  readonly #clock: Clock;
  readonly #takers: Taker[] = [];
  #pace: Pace = null;
  /** Bytes that may leave now. */
  #saved = 0;
  /** When `#saved` was last added to, ms. */
  #filledAt: number;
  /** When something last left, ms. */
  #takenAt = Number.NEGATIVE_INFINITY;
  /** What left in the last second, oldest first. */
  readonly #recent: { readonly at: number; bytes: number }[] = [];
  #recentBytes = 0;
  #timer: unknown = null;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
    this.#filledAt = clock.now();
  }

  get pace(): Pace {
    return this.#pace;
  }

  /** Takes effect at once, also for those who wait already. */
  set pace(pace: Pace) {
    if (pace === this.#pace) return;
    this.#fill();
    this.#pace = pace;
    this.#saved = Math.min(this.#saved, this.#worth(savedMs));
    // What left at the old pace says nothing about the new one.
    this.#forget(Number.POSITIVE_INFINITY);
    this.#serve();
  }

  get sliceBytes(): number {
    if (this.#pace === null) return largestSliceBytes;
    const wanted = Math.floor(this.#pace / 8 / slicesPerSecond);
    return Math.min(Math.max(wanted, smallestSliceBytes), largestSliceBytes);
  }

  take(bytes: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    if (this.#pace === null) return granted;
    this.#fill();
    if (this.#takers.length === 0) {
      const idle = this.#filledAt - this.#takenAt > caughtUpMs;
      if (idle) this.#saved = Math.min(this.#saved, this.#worth(savedMs));
      if (this.#waitFor(bytes) === 0) {
        this.#spend(bytes);
        return granted;
      }
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => {
      this.#takers.splice(this.#takers.indexOf(taker), 1);
      reject(signal.reason as Error);
      this.#serve();
    };
    const taker: Taker = {
      wanted: bytes,
      resolve: () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      },
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#takers.push(taker);
    this.#serve();
    return promise;
  }

  /** Adds what may leave for the time that has passed. A clock that is set forward or back gives next to nothing. */
  #fill(): void {
    const now = this.#clock.now();
    const passed = Math.max(0, now - this.#filledAt);
    this.#saved = Math.min(this.#saved + this.#worth(passed), this.#worth(caughtUpMs));
    this.#forget(now < this.#filledAt ? Number.POSITIVE_INFINITY : now - 1000);
    this.#filledAt = now;
  }

  /** Bytes that leave in so many ms at full pace. */
  #worth(ms: number): number {
    return ((this.#pace ?? 0) / 8000) * ms;
  }

  /** Drops what left until then (ms) from the memory of the last second. */
  #forget(until: number): void {
    for (let oldest = this.#recent[0]; oldest !== undefined && oldest.at <= until; oldest = this.#recent[0]) {
      this.#recentBytes -= oldest.bytes;
      this.#recent.shift();
    }
  }

  /** How long until so many bytes may leave, ms. */
  #waitFor(bytes: number): number {
    if (this.#pace === null) return 0;
    const byRate = this.#saved >= bytes ? 0 : ((bytes - this.#saved) * 8000) / this.#pace;
    const [oldest] = this.#recent;
    const full = oldest !== undefined && this.#recentBytes + bytes > this.#worth(1000) * mostInSecond;
    return Math.max(byRate, full ? oldest.at + 1000 - this.#filledAt : 0);
  }

  #spend(bytes: number): void {
    if (this.#pace === null) return;
    this.#saved -= bytes;
    this.#takenAt = this.#filledAt;
    this.#recentBytes += bytes;
    const newest = this.#recent.at(-1);
    if (newest !== undefined && this.#filledAt - newest.at < memoryMs) newest.bytes += bytes;
    else this.#recent.push({ at: this.#filledAt, bytes });
  }

  /** Hands out what there is, a slice at a time and in turn, so that a large taker does not starve a small one. */
  #serve(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#fill();
    for (let taker = this.#takers[0]; taker !== undefined; taker = this.#takers[0]) {
      const share = this.#pace === null ? taker.wanted : Math.min(taker.wanted, this.sliceBytes);
      const wait = this.#waitFor(share);
      if (wait > 0) {
        this.#serveIn(wait);
        return;
      }
      this.#spend(share);
      taker.wanted -= share;
      this.#takers.shift();
      if (taker.wanted > 0) this.#takers.push(taker);
      else taker.resolve();
    }
  }

  #serveIn(ms: number): void {
    if (this.#pace === 0) return;
    this.#timer = this.#clock.setTimeout(() => this.#serve(), Math.max(Math.ceil(ms), shortestWaitMs));
  }
}
