/**
 * The persistent queue over all destinations: which upload runs when, and what happens after each attempt.
 *
 * Every change is committed to SQLite before it is acted on or announced (`afterCommit`). An answer and its task are written in
 * one transaction; an upload whose task is in the journal is never sent again. One window is left: killed after the server's
 * answer left it and before that transaction, the upload is sent again on the next start. It carries the same Idempotency-Key,
 * so a server that honours the key answers with the task it already has; a server that ignores it gets the file, and makes its
 * task, a second time. HTTP offers nothing that closes this window.
 */
import type { Destination, Upload } from '../../shared/domain.ts';
import { type ErrorInfo, StreamAIError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { LiveEvents } from '../live-events.ts';
import type { Log } from '../log.ts';
import { afterCommit, type Database, transaction } from '../storage/database.ts';
import type { DestinationDriver, SendJob, SendResult } from './destinations/destination.ts';
import type { TaskStore } from './destinations/processing/tasks/task-store.ts';
import { uploadNotice } from './notice.ts';
import type { Recordings } from './recordings.ts';
import { Attempt } from './run-attempt.ts';
import type { Throughput } from './throughput.ts';
import { isOpen, isSettled, nextUpload, type UploadEvent } from './upload-state.ts';
import { toUpload, type UploadRecord, type UploadStore } from './upload-store.ts';

/** Looks at open uploads and at a destination that they wait for, at most this often. */
const lookEveryMs = 60_000;

/** A server that cannot fetch the file after so many attempts is sent it. */
const mostSourceAttempts = 3;

export interface QueuePorts {
  readonly database: Database;
  readonly uploads: UploadStore;
  readonly tasks: TaskStore;
  readonly live: LiveEvents;
  readonly drivers: readonly DestinationDriver[];
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  readonly recordings: Recordings;
  readonly throughput: Throughput;
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
  /** By recording that an attempt follows: aborted once OBS has closed its file. */
  readonly #closed = new Map<string, AbortController>();
  readonly #settledListeners = new Set<(record: UploadRecord) => void>();
  #timer: unknown;
  #lastLookAt = Number.NEGATIVE_INFINITY;
  /** The journal could not be written at an attempt's end: it may say of uploads that they are on their way, and nobody is at them. */
  #broken = false;
  #state: 'new' | 'running' | 'ended' = 'new';

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
    this.#state = 'ended';
    this.#ports.clock.clearTimeout(this.#timer);
    const attempts = [...this.#running.values()];
    for (const attempt of attempts) attempt.abort();
    await Promise.allSettled(attempts.map(({ ended }) => ended));
    await Promise.all(this.#ports.drivers.map((driver) => driver.close()));
  }

  /** Called with each upload that has settled, after that was announced. @returns ends it */
  onSettled(listener: (record: UploadRecord) => void): () => void {
    this.#settledListeners.add(listener);
    return () => this.#settledListeners.delete(listener);
  }

  add(record: UploadRecord): void {
    transaction(this.#ports.database, () => {
      this.#ports.uploads.insert(record);
      this.#announce(record);
      this.wake();
    });
  }

  /** Other choices for a session's uploads, where it is not too late. */
  choose(sessionId: string, choices: Pick<Upload, 'subtitleModel' | 'priority'>): void {
    const { database, uploads, live } = this.#ports;
    transaction(database, () => {
      for (const id of uploads.choose(sessionId, choices)) {
        const record = uploads.get(id);
        if (record !== undefined) live.publish('upload_updated', this.shown(record));
      }
      this.wake();
    });
  }

  /** An upload as clients see it, with its running attempt's progress or what the destination has of it. */
  shown(record: UploadRecord): Upload {
    const stored = this.#driver(record.destination)?.stored?.(record.id);
    const waitsForOther = this.#waitsForOther(record);
    const notice = uploadNotice(record, { policy: this.#ports.policy.notice, waitsForOther });
    return toUpload(record, this.#attemptAt(record.id)?.progress.now, stored, notice);
  }

  /** What uploads may do changed: starts what may start now, and tells of those that it concerns. */
  policyChanged(): void {
    for (const record of this.#ports.uploads.open()) {
      if (record.state !== 'paused') this.#ports.live.publish('upload_updated', this.shown(record));
    }
    this.wake();
  }

  /**
   * Brings an upload to its next state: writes it down, then announces it and acts on it.
   * @returns the upload after it, or null when the event means nothing in its state
   * @throws StreamAIError upload_not_found
   */
  apply(id: string, event: UploadEvent, result?: SendResult): UploadRecord | null {
    const { database, uploads, tasks, clock } = this.#ports;
    const before = uploads.get(id);
    if (before === undefined) throw new StreamAIError('upload_not_found');
    const fields = nextUpload(before, event);
    if (fields === null) return null;
    return transaction(database, () => {
      const sentAs = event.type === 'complete' ? (result?.sentAs ?? before.sentAs ?? 'file') : before.sentAs;
      uploads.update({ ...before, ...fields, sentAs });
      if (event.type === 'retry') tasks.delete(id);
      if (event.type === 'cancel') this.#driver(before.destination)?.cancelled?.(id);
      const task = result?.task ?? null;
      if (task !== null) {
        tasks.insert({ uploadId: id, ...task, results: {}, error: null, updatedAt: clock.now(), endedAt: null });
      }
      const after = uploads.get(id) ?? { ...before, ...fields };
      if (event.type === 'pause' || event.type === 'cancel') {
        afterCommit(database, () => this.#attemptAt(id)?.abort());
      }
      this.#announce(after);
      this.wake();
      return after;
    });
  }

  /** Calls an upload off as if it had never been asked for. */
  withdraw(id: string): void {
    transaction(this.#ports.database, () => {
      if (this.apply(id, { type: 'cancel' }) !== null) this.#ports.uploads.delete(id);
    });
  }

  /** OBS has closed the recording's file, as `Recordings.unclosed` says too. */
  fileClosed(recordingId: string): void {
    afterCommit(this.#ports.database, () => {
      this.#closed.get(recordingId)?.abort();
      this.#closed.delete(recordingId);
    });
    this.wake();
  }

  /** Starts what can start, and sets the timer for what cannot yet: at once, or when the transaction under way is committed. */
  wake(): void {
    afterCommit(this.#ports.database, () => this.#startDue());
  }

  #startDue(): void {
    if (this.#state !== 'running') return;
    if (!this.#mended()) {
      this.#lookIn(lookEveryMs);
      return;
    }
    const { clock, drivers, uploads, policy, recordings } = this.#ports;
    const now = clock.now();
    const unclosed = recordings.unclosed();
    let lookIn = lookEveryMs;
    for (const driver of drivers) {
      const mayStart = driver.configured() && policy.mayStart;
      if (mayStart && !this.#running.has(driver.id)) {
        this.#begin(driver, uploads.next(driver.id, now, this.#waitsFor(driver), unclosed), driver.id);
      }
      for (const recordingId of mayStart && driver.follow !== undefined ? unclosed : []) {
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
    const { throughput, log } = this.#ports;
    const attempt = new Attempt(this.#attemptPorts, driver, record);
    this.#running.set(slot, attempt);
    const endThroughput = throughput.add(attempt.progress);
    const end = (): void => {
      this.#running.delete(slot);
      endThroughput();
    };
    attempt.begin().then(
      () => {
        end();
        this.wake();
      },
      (error: unknown) => {
        log.error({ err: error, uploadId: record.id }, 'upload attempt broke');
        end();
        // The journal could not be written (a full disk?): not again at once.
        this.#broken = true;
        this.#lookIn(lookEveryMs);
      },
    );
  }

  get #attemptPorts() {
    const { uploads, recordings, live, clock, log, random } = this.#ports;
    return {
      ...{ uploads, recordings, live, clock, log, random },
      apply: (id: string, event: UploadEvent, result?: SendResult) => this.apply(id, event, result),
      closedSignal: (recordingId: string) => this.#closedSignal(recordingId),
      sourceOf: (driver: DestinationDriver, record: UploadRecord) => this.#sourceOf(driver, record),
    };
  }

  #closedSignal(recordingId: string): AbortSignal | null {
    if (!this.#ports.recordings.unclosed().includes(recordingId)) return null;
    const closed = this.#closed.get(recordingId) ?? new AbortController();
    this.#closed.set(recordingId, closed);
    return closed.signal;
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
   * Where a recording is to arrive before this driver sends it: everywhere that is set up, if the server can then fetch the
   * file, or may be able to.
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
    const { database, live } = this.#ports;
    const upload = this.shown(record);
    live.publish('upload_updated', upload);
    if (record.state === 'completed') {
      live.publish('upload_completed', upload);
      if (record.manual) live.publish('manual_upload_completed', upload);
    }
    if (record.state === 'failed') live.publish('upload_failed', upload);
    if (!isSettled(record.state)) return;
    afterCommit(database, () => {
      for (const listener of this.#settledListeners) listener(record);
    });
  }
}
