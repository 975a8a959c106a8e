/** How far one attempt is, and how fast it goes: the destination tells it, the clients hear of it. */
import type { UploadProgress } from '../../shared/live.ts';
import type { Clock } from '../clock.ts';
import type { FollowedNow, ProgressDetail } from './destinations/destination.ts';
import { SpeedMeter } from './speed-meter.ts';
import type { Rates } from './throughput.ts';
import type { UploadRecord } from './upload-store.ts';
import { lessThanAll, type ProgressNow } from './upload-view.ts';

/** At most four progress events a second per upload. */
const announceEveryMs = 250;

export class AttemptProgress implements Rates {
  readonly #clock: Clock;
  readonly #speed = new SpeedMeter();
  readonly #fileGrowth = new SpeedMeter();
  #bytesSent = 0;
  #detail: ProgressDetail | null = null;
  #ask: (() => FollowedNow) | null = null;
  #timer: unknown;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get now(): ProgressNow {
    return {
      bytesSent: this.#bytesSent,
      bytesTotal: this.#detail?.bytesTotal ?? null,
      bytesPerSecond: this.bytesPerSecond,
      parts: this.#detail?.parts ?? null,
      phase: this.#detail?.phase ?? null,
      behindMs: this.#detail?.behindMs ?? null,
    };
  }

  get bytesPerSecond(): number | null {
    return this.#speed.bytesPerSecond();
  }

  /** As `Rates.growth`: only of a file that is followed. */
  get growth(): number {
    return this.#ask === null ? 0 : Math.max(0, this.#fileGrowth.bytesPerSecond() ?? 0);
  }

  /** As `SendJob.onProgress`. */
  note(bytesSent: number, detail: ProgressDetail | null = null): void {
    this.#bytesSent = Math.max(this.#bytesSent, bytesSent);
    this.#detail = detail;
  }

  /** From now on `ask` tells the progress, and is called before each announcement; null: `note` tells it again. */
  askWith(ask: (() => FollowedNow) | null): void {
    this.#ask = ask;
    this.#look();
  }

  /** Publishes progress whenever it has changed, until `end`; also that the speed of a stalled upload sinks. */
  announce(record: UploadRecord, publish: (progress: UploadProgress) => void): void {
    const { id: uploadId, recordingId, sessionId, bytesTotal } = record;
    let last = '';
    this.#clock.clearTimeout(this.#timer);
    const tick = (): void => {
      this.#look();
      this.#speed.add(this.#clock.monotonic(), this.#bytesSent);
      this.#fileGrowth.add(this.#clock.monotonic(), this.#detail?.bytesTotal ?? 0);
      const { now } = this;
      const total = now.bytesTotal ?? bytesTotal;
      const bytesSent = lessThanAll(now.bytesSent, total);
      const progress = { uploadId, recordingId, sessionId, ...now, bytesSent, bytesTotal: total };
      const text = JSON.stringify(now);
      if (text !== last) publish(progress);
      last = text;
      this.#timer = this.#clock.setTimeout(tick, announceEveryMs);
    };
    tick();
  }

  /** Ends what `announce` began. */
  end(): void {
    this.#clock.clearTimeout(this.#timer);
  }

  #look(): void {
    if (this.#ask === null) return;
    const { bytesSent, detail } = this.#ask();
    this.note(bytesSent, detail);
  }
}
