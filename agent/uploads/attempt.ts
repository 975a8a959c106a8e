/** One attempt at one upload: what is known of it while it runs, and its progress for the clients. */
import type { UploadProgress } from '../../shared/live.ts';
import type { Clock } from './clock.ts';
import type { ProgressDetail } from './destinations/destination.ts';
import { SpeedMeter } from './speed-meter.ts';
import type { AttemptProgress, UploadRecord } from './upload-store.ts';

/** At most four progress events a second per upload. */
const progressEveryMs = 250;

export class Attempt {
  readonly uploadId: string;
  /** Resolves when nothing of the attempt is left: no open file, no socket. */
  readonly ended: Promise<void>;
  readonly #abort = new AbortController();
  readonly #clock: Clock;
  readonly #speed = new SpeedMeter();
  readonly #resolveEnded: () => void;
  #bytesSent = 0;
  #detail: ProgressDetail | null = null;
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
      bytesPerSecond: this.#speed.bytesPerSecond(),
      parts: this.#detail?.parts ?? null,
      phase: this.#detail?.phase ?? null,
      behindMs: this.#detail?.behindMs ?? null,
    };
  }

  abort(): void {
    this.#abort.abort();
  }

  /** @param bytesSent bytes of the file, as `SendJob.onProgress` tells them */
  note(bytesSent: number, detail: ProgressDetail | null = null): void {
    this.#bytesSent = Math.max(this.#bytesSent, bytesSent);
    this.#detail = detail;
  }

  /** Announces progress while it changes, until the attempt ends. A stalled upload's speed goes down too. */
  announce(record: UploadRecord, publish: (progress: UploadProgress) => void): void {
    const { id: uploadId, recordingId, sessionId, bytesTotal } = record;
    let last = '';
    const tick = (): void => {
      this.#speed.add(this.#clock.now(), this.#bytesSent);
      const progress = { uploadId, recordingId, sessionId, bytesTotal, ...this.progress };
      const text = JSON.stringify(this.progress);
      if (text !== last) publish(progress);
      last = text;
      this.#timer = this.#clock.setTimeout(tick, progressEveryMs);
    };
    tick();
  }

  end(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#resolveEnded();
  }
}
