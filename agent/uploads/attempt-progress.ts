/** One attempt at one upload: what is known of it while it runs, and its progress for the clients. */
import type { UploadProgress } from '../../shared/live.ts';
import type { Clock } from '../clock.ts';
import type { FollowedNow, ProgressDetail } from './destinations/destination.ts';
import { SpeedMeter } from './speed-meter.ts';
import { type AttemptProgress, type UploadRecord, unproven } from './upload-store.ts';

/** At most four progress events a second per upload. */
const progressEveryMs = 250;

export class Attempt {
  readonly uploadId: string;
  /** Resolves when nothing of the attempt is left: no open file, no socket. */
  readonly ended: Promise<void>;
  readonly #abort = new AbortController();
  readonly #clock: Clock;
  readonly #speed = new SpeedMeter();
  readonly #growth = new SpeedMeter();
  readonly #resolveEnded: () => void;
  #bytesSent = 0;
  #detail: ProgressDetail | null = null;
  #watched: (() => FollowedNow) | null = null;
  #timer: unknown;

  constructor(uploadId: string, clock: Clock) {
    const ended = Promise.withResolvers<void>();
    this.uploadId = uploadId;
    this.ended = ended.promise;
    this.#resolveEnded = ended.resolve;
    this.#clock = clock;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get progress(): AttemptProgress {
    return {
      bytesSent: this.#bytesSent,
      bytesTotal: this.#detail?.bytesTotal ?? null,
      bytesPerSecond: this.#speed.bytesPerSecond(),
      parts: this.#detail?.parts ?? null,
      phase: this.#detail?.phase ?? null,
      behindMs: this.#detail?.behindMs ?? null,
    };
  }

  /** Bytes per second that the file becomes longer by; 0: it is not followed. */
  get growth(): number {
    return this.#watched === null ? 0 : Math.max(0, this.#growth.bytesPerSecond() ?? 0);
  }

  abort(): void {
    this.#abort.abort();
  }

  /** @param bytesSent bytes of the file, as `SendJob.onProgress` tells them */
  note(bytesSent: number, detail: ProgressDetail | null = null): void {
    this.#bytesSent = Math.max(this.#bytesSent, bytesSent);
    this.#detail = detail;
  }

  /** Progress is asked for from now on, not told; null: told again. */
  watch(now: (() => FollowedNow) | null): void {
    this.#watched = now;
    this.#look();
  }

  /** Announces progress while it changes, until the attempt ends. A stalled upload's speed goes down too. */
  announce(record: UploadRecord, publish: (progress: UploadProgress) => void): void {
    const { id: uploadId, recordingId, sessionId, bytesTotal } = record;
    let last = '';
    this.#clock.clearTimeout(this.#timer);
    const tick = (): void => {
      this.#look();
      this.#speed.add(this.#clock.now(), this.#bytesSent);
      this.#growth.add(this.#clock.now(), this.#detail?.bytesTotal ?? 0);
      const { progress: now } = this;
      const total = now.bytesTotal ?? bytesTotal;
      const bytesSent = unproven(now.bytesSent, total);
      const progress = { uploadId, recordingId, sessionId, ...now, bytesSent, bytesTotal: total };
      const text = JSON.stringify(now);
      if (text !== last) publish(progress);
      last = text;
      this.#timer = this.#clock.setTimeout(tick, progressEveryMs);
    };
    tick();
  }

  #look(): void {
    if (this.#watched === null) return;
    const { bytesSent, detail } = this.#watched();
    this.note(bytesSent, detail);
  }

  end(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#resolveEnded();
  }
}
