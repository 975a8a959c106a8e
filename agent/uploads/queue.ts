/**
 * The persistent queue over all destinations: which upload runs when, and what happens after each attempt.
 *
 * Every change is in SQLite before it is acted on or announced. An answer and its task are written in one transaction; an
 * upload whose task is in the journal is never sent again. One window is left: killed after the server's answer left it
 * and before that transaction, the upload is sent again on the next start. It carries the same Idempotency-Key, so a
 * server that honours the key answers with the task it already has; a server that ignores it gets the file, and makes its
 * task, a second time. HTTP offers nothing that closes this window.
 */
import type { Container, Destination, Upload } from '../../shared/domain.ts';
import { type ErrorInfo, StreamAIError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import { measureFile } from '../files/recording-file.ts';
import type { LiveBus } from '../live-events.ts';
import { type Database, transaction } from '../storage/database.ts';
import { Attempt } from './attempt-progress.ts';
import type { DestinationDriver, SendJob, SendResult } from './destinations/destination.ts';
import { DestinationError } from './destinations/failures.ts';
import type { TaskStore } from './destinations/processing/tasks/task-store.ts';
import type { Log } from './log.ts';
import { uploadNotice } from './notice.ts';
import { nextUpload, type UploadEvent } from './upload-state.ts';
import { toUpload, type UploadRecord, type UploadStore } from './upload-store.ts';

/** Looks at open uploads and at a destination that they wait for, at most this often. */
const lookEveryMs = 60_000;

/** A server that cannot fetch the file after so many attempts is sent it. */
const mostSourceAttempts = 3;

const isOpen = (state: UploadRecord['state']): boolean =>
  state === 'queued' || state === 'uploading' || state === 'waiting' || state === 'paused';

export interface RecordingFile {
  readonly path: string;
  readonly fileName: string;
  readonly container: Container | null;
}

export interface QueuePorts {
  readonly database: Database;
  readonly uploads: UploadStore;
  readonly tasks: TaskStore;
  readonly live: LiveBus;
  readonly drivers: readonly DestinationDriver[];
  readonly clock: Clock;
  readonly log: Log;
  /** Where a recording's file is now; null when the recording is not known. */
  recordingFile(recordingId: string): RecordingFile | null;
  /** Recordings whose files OBS still writes or closes. */
  writing(): readonly string[];
  random(): number;
  /** What may be done now, and the reason in words where that is not everything. */
  readonly policy: { readonly mayStart: boolean; readonly notice: ErrorInfo | null };
  /** A link to the object of a completed upload; null: there is nobody who makes one. */
  readonly presign: ((uploadId: string) => Promise<string>) | null;
}

export class UploadQueue {
  readonly #ports: QueuePorts;
  /** One upload at a time per destination, and beside it one for each recording that is being made. */
  readonly #running = new Map<string, Attempt>();
  /** Aborted when OBS does not write the recording any more. */
  readonly #written = new Map<string, AbortController>();
  readonly #settledListeners = new Set<(record: UploadRecord) => void>();
  #timer: unknown;
  #lastLookAt = Number.NEGATIVE_INFINITY;
  /** The journal could not be written at an attempt's end: it may say of uploads that they are on their way, and nobody is at them. */
  #broken = false;
  #state: 'new' | 'running' | 'closed' = 'new';

  constructor(ports: QueuePorts) {
    this.#ports = ports;
  }

  /** Takes up what the last run of the agent left. */
  start(): void {
    for (const record of this.#ports.uploads.open()) {
      if (record.state === 'uploading') this.apply(record.id, { type: 'interrupt' });
    }
    this.#state = 'running';
    this.#lastLookAt = this.#ports.clock.now();
    for (const driver of this.#ports.drivers) {
      driver.start?.();
      void driver.checkHealth().then(() => this.wake());
    }
    this.wake();
  }

  /** Ends running attempts; their uploads go on with the next start. Resolves when their sockets are closed. */
  async close(): Promise<void> {
    this.#state = 'closed';
    this.#ports.clock.clearTimeout(this.#timer);
    const attempts = [...this.#running.values()];
    for (const attempt of attempts) attempt.abort();
    await Promise.all(attempts.map((attempt) => attempt.ended));
    await Promise.all(this.#ports.drivers.map((driver) => driver.close()));
  }

  /** Called with uploads that are completed, failed or cancelled, after that was announced. @returns ends it */
  onSettled(listener: (record: UploadRecord) => void): () => void {
    this.#settledListeners.add(listener);
    return () => this.#settledListeners.delete(listener);
  }

  add(record: UploadRecord): void {
    this.#ports.uploads.insert(record);
    this.#announce(record);
    this.wake();
  }

  /** Other choices for a session's uploads, where it is not too late. */
  choose(sessionId: string, choices: Pick<Upload, 'subtitleModel' | 'priority'>): void {
    const { uploads, live } = this.#ports;
    for (const id of uploads.choose(sessionId, choices)) {
      const record = uploads.get(id);
      if (record !== undefined) live.publish('upload_updated', this.shown(record));
    }
    this.wake();
  }

  /** An upload as clients see it, with its running attempt's progress or what the destination has of it. */
  shown(record: UploadRecord): Upload {
    const stored = this.#driver(record.destination)?.stored?.(record.id);
    const notice = uploadNotice(record, { policy: this.#ports.policy.notice, follows: this.#waitsForOther(record) });
    return toUpload(record, this.#attemptAt(record.id)?.progress, stored, notice);
  }

  /** Bits per second that leave now, all attempts together; null: nothing is sent, or it is too early to tell. */
  speed(): number | null {
    const speeds = [...this.#running.values()].map(({ progress }) => progress.bytesPerSecond);
    const known = speeds.filter((speed) => speed !== null);
    return known.length === 0 ? null : 8 * known.reduce((sum, speed) => sum + speed, 0);
  }

  /** How fast the files grow that are followed, bits per second, all together. */
  needed(): number {
    return 8 * [...this.#running.values()].reduce((sum, { growth }) => sum + growth, 0);
  }

  /** What uploads may do changed: starts what may start now, and tells of those that it concerns. */
  policyChanged(): void {
    for (const record of this.#ports.uploads.open()) {
      if (record.state !== 'paused') this.#ports.live.publish('upload_updated', this.shown(record));
    }
    this.wake();
  }

  /**
   * Brings an upload to its next state, journals and announces it.
   * @returns the upload after it, or null when the event means nothing in its state
   * @throws StreamAIError upload_not_found
   */
  apply(id: string, event: UploadEvent, result?: SendResult): UploadRecord | null {
    const { database, uploads, tasks, clock } = this.#ports;
    const before = uploads.get(id);
    if (before === undefined) throw new StreamAIError('upload_not_found');
    const fields = nextUpload(before, event);
    if (fields === null) return null;
    transaction(database, () => {
      const sentAs = event.type === 'complete' ? (result?.sentAs ?? before.sentAs ?? 'file') : before.sentAs;
      uploads.update({ ...before, ...fields, sentAs });
      if (event.type === 'retry') tasks.delete(id);
      if (event.type === 'cancel') this.#driver(before.destination)?.cancelled?.(id);
      const task = result?.task ?? null;
      if (task !== null) {
        tasks.insert({ uploadId: id, ...task, results: {}, error: null, updatedAt: clock.now(), endedAt: null });
      }
    });
    const after = uploads.get(id) ?? { ...before, ...fields };
    if (event.type === 'pause' || event.type === 'cancel') this.#attemptAt(id)?.abort();
    this.#announce(after);
    this.wake();
    return after;
  }

  /** Starts what can start, and sets the timer for what cannot yet. */
  wake(): void {
    if (this.#state !== 'running') return;
    if (!this.#mended()) {
      this.#lookIn(lookEveryMs);
      return;
    }
    const { clock, drivers, uploads, policy } = this.#ports;
    const now = clock.now();
    const writing = this.#ports.writing();
    let lookIn = lookEveryMs;
    for (const driver of drivers) {
      const mayStart = driver.configured() && policy.mayStart;
      if (mayStart && !this.#running.has(driver.id)) {
        this.#begin(driver, uploads.next(driver.id, now, this.#waitsFor(driver), writing), driver.id);
      }
      for (const recordingId of mayStart && driver.follow !== undefined ? writing : []) {
        const slot = `${driver.id} ${recordingId}`;
        if (!this.#running.has(slot)) this.#begin(driver, uploads.nextOf(recordingId, driver.id, now), slot);
      }
      // What is due and has not begun waits for an attempt's end, not for a timer.
      const due = uploads.nextDue(driver.id, now);
      if (due !== null) lookIn = Math.min(lookIn, due - now);
    }
    clock.clearTimeout(this.#timer);
    const { queued, uploading, waiting } = uploads.counts();
    if (queued + uploading + waiting === 0) return;
    this.#lookIn(lookIn);
  }

  #lookIn(ms: number): void {
    if (this.#state !== 'running') return;
    const { clock } = this.#ports;
    clock.clearTimeout(this.#timer);
    this.#timer = clock.setTimeout(() => this.#look(), ms);
  }

  #look(): void {
    const { clock, drivers } = this.#ports;
    if (clock.now() - this.#lastLookAt >= lookEveryMs) {
      this.#lastLookAt = clock.now();
      for (const driver of drivers) if (driver.configured()) void driver.checkHealth().then(() => this.wake());
    }
    this.wake();
  }

  /** OBS does not write this recording any more, as `QueuePorts.writing` says too. */
  written(recordingId: string): void {
    this.#written.get(recordingId)?.abort();
    this.#written.delete(recordingId);
    this.wake();
  }

  /** Calls an upload off as if it had never been asked for. */
  withdraw(id: string): void {
    if (this.apply(id, { type: 'cancel' }) !== null) this.#ports.uploads.delete(id);
  }

  /** @returns false: the journal still cannot be written */
  #mended(): boolean {
    if (!this.#broken) return true;
    const { log, uploads } = this.#ports;
    this.#broken = false;
    try {
      for (const { id, state } of uploads.open()) {
        if (state === 'uploading' && this.#attemptAt(id) === undefined) this.apply(id, { type: 'interrupt' });
      }
    } catch (error) {
      this.#broken = true;
      log.error({ err: error }, 'the journal cannot be written');
    }
    return !this.#broken;
  }

  /** Nothing, while an earlier attempt at it has not ended: that was paused or called off, and is about to. */
  #begin(driver: DestinationDriver, record: UploadRecord | undefined, slot: string): void {
    if (record === undefined || this.#attemptAt(record.id) !== undefined) return;
    const attempt = new Attempt(record.id, this.#ports.clock);
    this.#running.set(slot, attempt);
    const end = (): void => {
      this.#running.delete(slot);
      attempt.end();
    };
    this.#attempt(driver, record, attempt).then(
      () => {
        end();
        this.wake();
      },
      (error: unknown) => {
        this.#ports.log.error({ err: error, uploadId: record.id }, 'upload attempt broke');
        end();
        // The journal could not be written (a full disk?): not again at once.
        this.#broken = true;
        this.#lookIn(lookEveryMs);
      },
    );
  }

  async #attempt(driver: DestinationDriver, before: UploadRecord, attempt: Attempt): Promise<void> {
    const { log, live, clock } = this.#ports;
    const { id } = before;
    const { task } = before;
    if (task !== null) {
      // The journal already has its answer: it has arrived.
      this.apply(id, { type: 'complete', sha256: before.sha256, bytes: before.bytesTotal, at: clock.now() });
      return;
    }
    if (this.apply(id, { type: 'start' }) === null) return;
    try {
      const followed = await this.#follow(driver, before, attempt);
      if (attempt.signal.aborted) return;
      const file = this.#file(before);
      const content = await measureFile(file.path);
      if (attempt.signal.aborted) return;
      const record = this.apply(id, { type: 'measure', content });
      if (record === null) return;
      // Speed counts from what is there already.
      attempt.note(driver.stored?.(id)?.bytes ?? 0);
      attempt.announce(record, (progress) => live.publish('upload_progress', progress));
      const result = await driver.send({
        ...file,
        upload: toUpload(record),
        generation: record.generation,
        content,
        followed,
        source: this.#sourceOf(driver, record),
        brokenBefore: before.error?.code === 'destination_unreachable',
        signal: attempt.signal,
        onProgress: (bytesSent, detail) => attempt.note(bytesSent, detail),
      });
      this.#completed(id, result);
    } catch (error) {
      if (attempt.signal.aborted) return;
      log.warn({ err: error, uploadId: id }, 'upload attempt failed');
      this.#failed(id, error);
    }
  }

  /** Sends what there is of a file that OBS still writes, until it does not any more. @returns whether it was such a file */
  async #follow(driver: DestinationDriver, { id, recordingId }: UploadRecord, attempt: Attempt): Promise<boolean> {
    const { uploads, live } = this.#ports;
    const record = uploads.get(id);
    if (driver.follow === undefined || record === undefined || !this.#ports.writing().includes(recordingId)) {
      return false;
    }
    const written = this.#written.get(recordingId) ?? new AbortController();
    this.#written.set(recordingId, written);
    attempt.note(driver.stored?.(id)?.bytes ?? 0);
    attempt.announce(record, (progress) => live.publish('upload_progress', progress));
    const { path, fileName } = this.#file(record);
    try {
      await driver.follow({
        ...{ path, fileName, upload: toUpload(record), signal: attempt.signal, ended: written.signal },
        watch: (now) => attempt.watch(now),
      });
    } finally {
      attempt.watch(null);
    }
    return true;
  }

  /** @throws StreamAIError file_missing */
  #file({ recordingId }: UploadRecord): RecordingFile {
    const file = this.#ports.recordingFile(recordingId);
    if (file === null) throw new StreamAIError('file_missing', { file: recordingId });
    return file;
  }

  #completed(id: string, result: SendResult): void {
    const { clock, log, uploads } = this.#ports;
    // Its session may have been forgotten meanwhile.
    if (uploads.get(id) === undefined) return;
    const { sha256, bytes } = result;
    const done = this.apply(id, { type: 'complete', sha256, bytes, at: clock.now() }, result);
    if (done !== null) log.info({ uploadId: id, taskId: result.task?.id, bytes }, 'upload completed');
  }

  #failed(id: string, error: unknown): void {
    const { clock, random, uploads } = this.#ports;
    if (uploads.get(id) === undefined) return;
    const failure = error instanceof StreamAIError ? error : new StreamAIError('internal', {}, { cause: error });
    this.apply(id, {
      type: 'fail',
      code: failure.code,
      error: failure.info(),
      retryAfterMs: failure instanceof DestinationError ? failure.retryAfterMs : null,
      at: clock.now(),
      random: random(),
    });
  }

  /** Where the server can fetch the file: the object that the upload before it made, of the same content. */
  #sourceOf(driver: DestinationDriver, record: UploadRecord): SendJob['source'] {
    const { presign, uploads } = this.#ports;
    const first = record.afterUploadId === null ? undefined : uploads.get(record.afterUploadId);
    if (presign === null || first?.state !== 'completed' || driver.acceptsSource?.() !== true) return null;
    const same = first.bytesTotal === record.bytesTotal && first.fileModifiedAt === record.fileModifiedAt;
    return same && record.attempts <= mostSourceAttempts ? () => presign(first.id) : null;
  }

  #waitsForOther({ state, afterUploadId, destination }: UploadRecord): boolean {
    if (afterUploadId === null || (state !== 'queued' && state !== 'waiting')) return false;
    const driver = this.#driver(destination);
    const first = this.#ports.uploads.get(afterUploadId);
    if (driver === undefined || first === undefined) return false;
    return isOpen(first.state) && this.#waitsFor(driver).includes(first.destination);
  }

  /**
   * Where an upload may go before one that follows it and this driver sends: everywhere that is set up, if the server can then
   * fetch the file, or may be able to.
   */
  #waitsFor(driver: DestinationDriver): Destination[] {
    if (driver.acceptsSource === undefined || driver.acceptsSource() === false) return [];
    return this.#ports.drivers.filter((each) => each.configured()).map(({ id }) => id);
  }

  #driver(destination: Destination): DestinationDriver | undefined {
    return this.#ports.drivers.find(({ id }) => id === destination);
  }

  #attemptAt(uploadId: string): Attempt | undefined {
    return [...this.#running.values()].find((attempt) => attempt.uploadId === uploadId);
  }

  #announce(record: UploadRecord): void {
    const { live } = this.#ports;
    const upload = this.shown(record);
    live.publish('upload_updated', upload);
    if (record.state === 'completed') {
      live.publish('upload_completed', upload);
      if (record.manual) live.publish('manual_upload_completed', upload);
    }
    if (record.state === 'failed') live.publish('upload_failed', upload);
    if (record.state === 'completed' || record.state === 'failed' || record.state === 'cancelled') {
      for (const listener of this.#settledListeners) listener(record);
    }
  }
}
