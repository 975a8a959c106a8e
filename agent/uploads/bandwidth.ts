/**
 * One bandwidth limit over all uploads: a token bucket that all of them drink from in turn. A busy machine's timers fire
 * late, so the bucket holds enough to catch up; what left in the last second bounds that, so no second exceeds the limit.
 */
import { type Clock, systemClock } from '../clock.ts';
import { largestSliceBytes, type Pacer } from './destinations/pacer.ts';

/** What may be caught up after a pause of the machine, as time at full pace (ms). */
const caughtUpMs = 400;
/** What may be saved up while nobody takes, as time at full pace (ms). */
const savedMs = 40;
/** Of the pace, what may leave in any one second: room to catch up. */
const mostInSecond = 1.03;
/** A slice is at most this part of a second's bytes: 1 %. */
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
  left: number;
  resolve(): void;
}

export class Bandwidth implements Pacer {
  readonly #clock: Clock;
  readonly #takers: Taker[] = [];
  #pace: Pace = null;
  /** Bytes that may leave now. */
  #saved = 0;
  #filledAt: number;
  #takenAt: number;
  /** What left in the last second, oldest first. */
  readonly #left: { at: number; bytes: number }[] = [];
  #leftBytes = 0;
  #timer: unknown = null;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
    this.#filledAt = clock.now();
    this.#takenAt = this.#filledAt;
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
      if (this.#missing(bytes) === 0) {
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
      left: bytes,
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

  /** Adds what has come together since the last look. A clock that is set back or forward gives nothing, or little. */
  #fill(): void {
    const now = this.#clock.now();
    const passed = Math.max(0, now - this.#filledAt);
    this.#saved = Math.min(this.#saved + this.#worth(passed), this.#worth(caughtUpMs));
    this.#forget(now < this.#filledAt ? Number.POSITIVE_INFINITY : now - 1000);
    this.#filledAt = now;
  }

  /** Bytes that leave in so many ms. */
  #worth(ms: number): number {
    return ((this.#pace ?? 0) / 8000) * ms;
  }

  /** Drops what left until then from the memory of the last second. */
  #forget(until: number): void {
    for (let oldest = this.#left[0]; oldest !== undefined && oldest.at <= until; oldest = this.#left[0]) {
      this.#leftBytes -= oldest.bytes;
      this.#left.shift();
    }
  }

  /** How long until so many bytes may leave, ms. */
  #missing(bytes: number): number {
    if (this.#pace === null) return 0;
    const byRate = this.#saved >= bytes ? 0 : ((bytes - this.#saved) * 8000) / this.#pace;
    const [oldest] = this.#left;
    const full = oldest !== undefined && this.#leftBytes + bytes > this.#worth(1000) * mostInSecond;
    return Math.max(byRate, full ? oldest.at + 1000 - this.#filledAt : 0);
  }

  #spend(bytes: number): void {
    if (this.#pace === null) return;
    this.#saved -= bytes;
    this.#takenAt = this.#filledAt;
    this.#leftBytes += bytes;
    const newest = this.#left.at(-1);
    if (newest !== undefined && this.#filledAt - newest.at < memoryMs) newest.bytes += bytes;
    else this.#left.push({ at: this.#filledAt, bytes });
  }

  /** Hands out what there is, a slice at a time and in turn, so that a large taker does not starve a small one. */
  #serve(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#fill();
    for (let taker = this.#takers[0]; taker !== undefined; taker = this.#takers[0]) {
      const share = this.#pace === null ? taker.left : Math.min(taker.left, this.sliceBytes);
      const wait = this.#missing(share);
      if (wait > 0) {
        this.#serveIn(wait);
        return;
      }
      this.#spend(share);
      taker.left -= share;
      this.#takers.shift();
      if (taker.left > 0) this.#takers.push(taker);
      else taker.resolve();
    }
  }

  #serveIn(ms: number): void {
    if (this.#pace === 0) return;
    this.#timer = this.#clock.setTimeout(() => this.#serve(), Math.max(Math.ceil(ms), shortestWaitMs));
  }
}
