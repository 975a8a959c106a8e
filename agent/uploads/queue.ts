/**
 * The persistent queue over all destinations: which upload runs when, and what happens after each attempt.
 *
 * Every change is committed to SQLite before it is acted on or announced (`afterCommit`). A server's answer is written in one
 * transaction with the task that it names, and an upload whose task is in the database is never sent again. One window is left:
 * when the agent is killed after the server has answered and before that transaction, the next start sends the upload again,
 * with the same Idempotency-Key. A server that honours the key answers with the task it already has; one that ignores it gets
 * the file, and makes a task, a second time. HTTP has nothing against that.
 */
import type { Destination, Upload } from '../../shared/domain.ts';
import { type ErrorInfo, StreamAIError } from '../../shared/errors.ts';
import { longestDelayMs } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import type { LiveEvents } from '../live-events.ts';
import type { Log } from '../log.ts';
import { afterCommit, type Database, transaction } from '../storage/database.ts';
import type { DestinationDriver, SendResult } from './destinations/destination.ts';
import type { TaskStore } from './destinations/processing/tasks/task-store.ts';
import { uploadNotice } from './notice.ts';
import type { Recordings } from './recordings.ts';
import { Attempt } from './run-attempt.ts';
import { SendOnce, type SendOncePorts } from './send-once.ts';
import type { Throughput } from './throughput.ts';
import { isSettled, nextUpload, type UploadEvent } from './upload-state.ts';
import type { UploadRecord, UploadStore } from './upload-store.ts';
import { toUpload } from './upload-view.ts';

/** While uploads are open: how often the queue looks by itself, and asks whether the destinations are there (ms). */
const lookEveryMs = 60_000;
/** A clock that is set back by less makes no wait much longer (ms). */
const leastSetBackMs = 1000;

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
  /** As `AttemptPorts.random`. */
  random(): number;
  /** Read before an attempt begins and whenever an upload is shown: whether one may begin, and what holds uploads back. */
  readonly policy: { readonly mayStart: boolean; readonly notice: ErrorInfo | null };
  readonly presign: SendOncePorts['presign'];
}

export class UploadQueue {
  readonly #ports: QueuePorts;
  readonly #sendOnce: SendOnce;
  /** By slot: each destination has one, and beside it one for each recording whose file OBS has not closed. */
  readonly #running = new Map<string, Attempt>();
  /** By recording that an attempt follows: aborted once OBS has closed its file. */
  readonly #closed = new Map<string, AbortController>();
  /** Whether these fetch files from links is being asked for the first time: until then they get none. */
  readonly #unasked = new Set<DestinationDriver>();
  readonly #settledListeners = new Set<(record: UploadRecord) => void>();
  #timer: unknown;
  #lastLookAt = Number.NEGATIVE_INFINITY;
  /** The machine's clock, and the one that nobody can set, as last looked at. */
  #clockSeen = { now: 0, monotonic: 0 };
  /** An attempt's end could not be written down: the database may call an upload `uploading` that has no attempt. */
  #unwritten = false;
  #state: 'new' | 'running' | 'ended' = 'new';

  constructor(ports: QueuePorts) {
    this.#ports = ports;
    this.#sendOnce = new SendOnce(ports);
  }

  /** Takes up what the last run of the agent left. */
  start(): void {
    for (const record of this.#ports.uploads.open()) {
      if (record.state === 'uploading') this.apply(record.id, { type: 'interrupt' });
    }
    this.#state = 'running';
    const { clock, uploads } = this.#ports;
    this.#lastLookAt = clock.monotonic();
    this.#clockSeen = { now: clock.now(), monotonic: clock.monotonic() };
    // Set by a clock that has been set back since, or what a server asked for in an earlier run: it is asked anew.
    uploads.bringForward(clock.now(), clock.now() + longestDelayMs);
    for (const driver of this.#ports.drivers) {
      driver.start?.();
      if (driver.acceptsSource !== undefined) this.#unasked.add(driver);
      void driver.checkHealth().then(() => {
        this.#unasked.delete(driver);
        this.wake();
      });
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

  /** Calls the listener with each upload that has settled, after that was announced. @returns ends the subscription */
  onSettled(listener: (record: UploadRecord) => void): () => void {
    this.#settledListeners.add(listener);
    return () => this.#settledListeners.delete(listener);
  }

  /** Takes a new upload in: writes it down, announces it, and starts it when its turn comes. */
  add(record: UploadRecord): void {
    transaction(this.#ports.database, () => {
      this.#ports.uploads.insert(record);
      this.#announce(record);
      this.wake();
    });
  }

  /** As `UploadStore.choose`, and announces what changed. */
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
    const waitsForOther = this.#sendOnce.waits(record);
    const notice = uploadNotice(record, { policy: this.#ports.policy.notice, waitsForOther });
    return toUpload(record, this.#attemptOf(record.id)?.progress.now, stored, notice);
  }

  /** Called when what `policy` says has changed: announces the uploads that it concerns, and starts what may start now. */
  policyChanged(): void {
    for (const record of this.#ports.uploads.open()) {
      if (record.state !== 'paused') this.#ports.live.publish('upload_updated', this.shown(record));
    }
    this.wake();
  }

  /**
   * Brings an upload to its next state: writes that down, then announces it and acts on it.
   * @param result of an attempt that completed the upload
   * @returns the upload in its next state; null when the event means nothing in the state that it has
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
        afterCommit(database, () => this.#attemptOf(id)?.abort());
      }
      this.#announce(after);
      this.wake();
      return after;
    });
  }

  /** Cancels an upload and deletes it: as if it had never been asked for. */
  withdraw(id: string): void {
    transaction(this.#ports.database, () => {
      if (this.apply(id, { type: 'cancel' }) !== null) this.#ports.uploads.delete(id);
    });
  }

  /** Called once OBS has closed the file and `Recordings.unclosed` no longer names its recording: ends following it. */
  fileClosed(recordingId: string): void {
    afterCommit(this.#ports.database, () => {
      this.#closed.get(recordingId)?.abort();
      this.#closed.delete(recordingId);
    });
    this.wake();
  }

  /**
   * Called when something may have become possible: starts what can start, and sets the timer for what cannot yet. At once, or
   * when the transaction under way is committed.
   */
  wake(): void {
    afterCommit(this.#ports.database, () => this.#startDue());
  }

  #startDue(): void {
    if (this.#state !== 'running') return;
    if (!this.#writeInterrupted()) {
      this.#lookIn(lookEveryMs);
      return;
    }
    const { clock, drivers, uploads, policy, recordings } = this.#ports;
    this.#followClock();
    const now = clock.now();
    const unclosed = recordings.unclosed();
    let lookIn = lookEveryMs;
    for (const driver of drivers) {
      const mayStart = driver.configured() && policy.mayStart && !this.#unasked.has(driver);
      if (mayStart && !this.#running.has(driver.id)) {
        this.#begin(driver, uploads.next(driver.id, now, this.#sendOnce.waitsFor(driver), unclosed), driver.id);
      }
      for (const recordingId of mayStart && driver.follow !== undefined ? unclosed : []) {
        const slot = `${driver.id} ${recordingId}`;
        if (!this.#running.has(slot)) this.#begin(driver, uploads.nextOf(recordingId, driver.id, now), slot);
      }
      // An upload that is due and has not begun waits for another one's end, which wakes the queue: it needs no timer.
      const due = uploads.nextDue(driver.id, now);
      if (due !== null) lookIn = Math.min(lookIn, due - now);
    }
    clock.clearTimeout(this.#timer);
    const { queued, uploading, waiting } = uploads.counts();
    if (queued + uploading + waiting === 0) return;
    this.#lookIn(lookIn);
  }

  /** Uploads that wait do so for as long as was meant, although the machine's clock was set back meanwhile. */
  #followClock(): void {
    const { clock, uploads, live, log } = this.#ports;
    const { now, monotonic } = this.#clockSeen;
    this.#clockSeen = { now: clock.now(), monotonic: clock.monotonic() };
    const setBackMs = now + (clock.monotonic() - monotonic) - clock.now();
    // Clocks that are kept right by the network are moved by less again and again.
    if (setBackMs < leastSetBackMs) return;
    log.info({ setBackMs }, 'the clock was set back');
    for (const id of uploads.shiftWaits(-Math.round(setBackMs))) {
      const record = uploads.get(id);
      if (record !== undefined) live.publish('upload_updated', this.shown(record));
    }
  }

  #lookIn(ms: number): void {
    if (this.#state !== 'running') return;
    const { clock } = this.#ports;
    clock.clearTimeout(this.#timer);
    this.#timer = clock.setTimeout(() => this.#look(), ms);
  }

  #look(): void {
    const { clock, drivers } = this.#ports;
    if (clock.monotonic() - this.#lastLookAt >= lookEveryMs) {
      this.#lastLookAt = clock.monotonic();
      for (const driver of drivers) if (driver.configured()) void driver.checkHealth().then(() => this.wake());
    }
    this.wake();
  }

  /** After a failure to write: takes back `uploading` where no attempt runs. @returns false: it cannot be written yet either */
  #writeInterrupted(): boolean {
    if (!this.#unwritten) return true;
    const { log, uploads } = this.#ports;
    this.#unwritten = false;
    try {
      for (const { id, state } of uploads.open()) {
        if (state === 'uploading' && this.#attemptOf(id) === undefined) this.apply(id, { type: 'interrupt' });
      }
    } catch (error) {
      this.#unwritten = true;
      log.error({ err: error }, 'the database cannot be written');
    }
    return !this.#unwritten;
  }

  /** Begins an attempt. Not while an earlier one at the same upload is still ending: its end wakes the queue. */
  #begin(driver: DestinationDriver, record: UploadRecord | undefined, slot: string): void {
    if (record === undefined || this.#attemptOf(record.id) !== undefined) return;
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
        // The database could not be written (a full disk?): not again at once.
        this.#unwritten = true;
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
      sourceOf: (driver: DestinationDriver, record: UploadRecord) => this.#sendOnce.sourceOf(driver, record),
    };
  }

  /** As `AttemptPorts.closedSignal`. */
  #closedSignal(recordingId: string): AbortSignal | null {
    if (!this.#ports.recordings.unclosed().includes(recordingId)) return null;
    const closed = this.#closed.get(recordingId) ?? new AbortController();
    this.#closed.set(recordingId, closed);
    return closed.signal;
  }

  #driver(destination: Destination): DestinationDriver | undefined {
    return this.#ports.drivers.find(({ id }) => id === destination);
  }

  #attemptOf(uploadId: string): Attempt | undefined {
    return [...this.#running.values()].find((attempt) => attempt.uploadId === uploadId);
  }

  /** Announces an upload's state; that it has settled comes last. */
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
