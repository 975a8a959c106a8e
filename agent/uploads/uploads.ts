/** Uploads as the rest of the agent uses them. */
import { randomUUID } from 'node:crypto';
import type { Destination, SubtitleModel, Upload } from '../../shared/domain.ts';
import { type ErrorInfo, errorInfo, StreamAIError } from '../../shared/errors.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { LiveEvents } from '../live-events.ts';
import type { UploadsService } from '../services.ts';
import type { Database } from '../storage/database.ts';
import type { DestinationDriver } from './destinations/destination.ts';
import { type TaskRecord, TaskStore } from './destinations/processing/tasks/task-store.ts';
import type { StoredObjects } from './destinations/stored-objects.ts';
import { type QueuePorts, UploadQueue } from './queue.ts';
import type { Recordings } from './recordings.ts';
import { Throughput } from './throughput.ts';
import type { UploadEvent } from './upload-state.ts';
import { type UploadRecord, UploadStore } from './upload-store.ts';

export interface UploadsOptions {
  readonly database: Database;
  readonly live: LiveEvents;
  readonly drivers: readonly DestinationDriver[];
  readonly log: QueuePorts['log'];
  readonly recordings: Recordings;
  /** What proves an upload's copy where the destination gives tasks. @returns what is wrong; null: proven */
  verifyTask?(task: TaskRecord, path: string, signal: AbortSignal): Promise<ErrorInfo | null>;
  /** What Object Storage can do beside sending. */
  readonly objects?: StoredObjects;
  /** What uploads may do now; default: everything. */
  readonly policy?: QueuePorts['policy'];
  readonly throughput?: Throughput;
  readonly clock?: Clock;
  /** 0..1, for the jitter of retries */
  random?(): number;
}

/** A recording that is to go somewhere. */
export interface UploadRequest {
  readonly sessionId: string;
  readonly recordingId: string;
  readonly subtitleModel: SubtitleModel;
  readonly priority: number;
  /** A person asked for it now. */
  readonly manual: boolean;
  /** Bytes of the file as far as known; each attempt measures it again. */
  readonly bytesTotal: number;
}

export interface NewUpload extends UploadRequest {
  readonly destination: Destination;
  /** The upload of the same recording whose object the server can fetch, once that has arrived. */
  readonly afterUploadId?: string | null;
}

export interface Uploads extends Omit<UploadsService, 'manual'> {
  /** Destinations that are set up. */
  usable(): Destination[];
  /** Proves afresh that a completed upload's copy is what the local file is now. @returns what is wrong; null: proven */
  check(id: string, signal: AbortSignal): Promise<ErrorInfo | null>;
  /** Queues a recording; when it already has an open upload to that destination, that one is returned. */
  enqueue(upload: NewUpload): Upload;
  /**
   * Queues a recording for every destination that is set up, Object Storage first: a processing server that can fetch from
   * there is not sent the file again.
   */
  enqueueAll(upload: UploadRequest): Upload[];
  /**
   * Sends a recording to Object Storage while OBS writes it, if that is set up. Safe to call again: one that goes on, failed
   * or was called off stays as it is.
   */
  follow(upload: UploadRequest): void;
  /** OBS has closed the recording's file, whether it is there or not. */
  fileClosed(recordingId: string): void;
  /** Calls off what has not arrived of a recording, as if it had never been asked for. @returns whether there was something */
  withdraw(recordingId: string): boolean;
  /** What uploads may do changed. */
  policyChanged(): void;
  /** @throws StreamAIError upload_not_found */
  get(id: string): Upload;
  /** By recording id, oldest first; recordings without uploads are absent. */
  ofRecordings(recordingIds: readonly string[]): Map<string, Upload[]>;
  /** Gives a session's uploads that have not arrived another model and priority, where it is not too late. */
  choose(sessionId: string, choices: Pick<Upload, 'subtitleModel' | 'priority'>): void;
  /** Cancels every upload of a session that has not arrived. */
  cancelSession(sessionId: string): void;
  /** Called with each upload that has settled (is completed, failed or cancelled), after that was announced. @returns ends it */
  onSettled(listener: (upload: Upload) => void): () => void;
  /** Looks again at once: a destination may have become usable (settings changed, the embedded receiver is up). */
  wake(): void;
  start(): void;
  /** Ends running attempts, which go on with the next start; resolves when their sockets are closed. */
  close(): Promise<void>;
}

/** How long a processing server may take until it fetches a file, in seconds: a day. */
const sourceLinkSeconds = 24 * 60 * 60;

/** Builds the upload queue over the given destinations; `start` sets it to work. */
export function createUploads(options: UploadsOptions): Uploads {
  const { database, live, drivers, log, recordings, objects, clock = systemClock, random = Math.random } = options;
  const { policy = { mayStart: true, notice: null }, throughput = new Throughput() } = options;
  const tasks = new TaskStore(database);
  const store = new UploadStore(database, tasks);
  const presign =
    objects === undefined ? null : async (id: string) => (await objects.presign(id, sourceLinkSeconds)).url;
  const ports = { database, uploads: store, tasks, live, drivers, clock, log, recordings, throughput, random };
  const queue = new UploadQueue({ ...ports, policy, presign });

  const shown = (record: UploadRecord): Upload => queue.shown(record);
  const found = (id: string): UploadRecord => {
    const record = store.get(id);
    if (record === undefined) throw new StreamAIError('upload_not_found');
    return record;
  };
  const change = (id: string, event: UploadEvent): Upload => {
    const { state } = found(id);
    const record = queue.apply(id, event);
    if (record === null) throw new StreamAIError('upload_state', { state });
    return shown(record);
  };

  const usable = (): Destination[] => drivers.filter((driver) => driver.configured()).map(({ id }) => id);

  const enqueue = ({ afterUploadId = null, ...upload }: NewUpload): Upload => {
    const open = store.openOf(upload.recordingId, upload.destination);
    if (open !== undefined) return shown(open);
    const record: UploadRecord = {
      ...upload,
      afterUploadId,
      sentAs: null,
      id: randomUUID(),
      state: 'queued',
      attempts: 0,
      generation: 1,
      nextAttemptAt: null,
      error: null,
      fileModifiedAt: null,
      sha256: null,
      createdAt: clock.now(),
      completedAt: null,
      task: null,
    };
    queue.add(record);
    return shown(store.get(record.id) ?? record);
  };

  /** By itself nothing is sent that a person called off; what failed while it was recorded gets another try. */
  const enqueueUnlessCalledOff = (upload: NewUpload): Upload | null => {
    const newest = upload.manual ? undefined : store.newestOf(upload.recordingId, upload.destination);
    if (newest?.state === 'cancelled') return null;
    return newest?.state === 'failed' ? change(newest.id, { type: 'retry', taskFailed: false }) : enqueue(upload);
  };

  const closing = new AbortController();
  const check: Uploads['check'] = async (id, signal) => {
    const { state, destination, task, recordingId } = found(id);
    if (state !== 'completed') throw new StreamAIError('upload_state', { state });
    if (destination === 'object-storage') return objects ? objects.verify(id, signal) : errorInfo('copy_unproven');
    const file = recordings.recordingFile(recordingId);
    if (file === null || task === null || options.verifyTask === undefined) return errorInfo('copy_unproven');
    return options.verifyTask(task, file.path, signal);
  };

  return {
    usable,
    check,
    async verify(id) {
      const problem = await check(id, closing.signal);
      return { verified: problem === null, checkedAt: new Date(clock.now()).toISOString(), problem };
    },
    async link(id, expiresInSeconds) {
      if (found(id).destination !== 'object-storage' || objects === undefined) {
        throw new StreamAIError('upload_not_stored');
      }
      const { url, expiresAt } = await objects.presign(id, expiresInSeconds);
      return { url, expiresAt: new Date(expiresAt).toISOString() };
    },
    enqueue,
    enqueueAll(upload) {
      const [first, second] = ['object-storage', 'processing'] as const;
      const known = usable();
      const stored = known.includes(first) ? enqueueUnlessCalledOff({ ...upload, destination: first }) : null;
      const sent = known.includes(second)
        ? enqueueUnlessCalledOff({ ...upload, destination: second, afterUploadId: stored?.id ?? null })
        : null;
      return [stored, sent].filter((each) => each !== null);
    },
    follow(upload) {
      const driver = drivers.find((each) => each.follow !== undefined && each.configured());
      if (driver === undefined) return;
      const newest = store.newestOf(upload.recordingId, driver.id);
      if (newest === undefined || newest.state === 'completed') enqueue({ ...upload, destination: driver.id });
    },
    fileClosed: (recordingId) => queue.fileClosed(recordingId),
    withdraw(recordingId) {
      const uploads = store.ofRecordings([recordingId]).get(recordingId) ?? [];
      // One that failed has what it sent at the store.
      const begun = uploads.filter(({ state }) => state !== 'completed' && state !== 'cancelled');
      for (const { id } of begun) queue.withdraw(id);
      return begun.length > 0;
    },
    policyChanged: () => queue.policyChanged(),
    get: (id) => shown(found(id)),
    counts: () => store.counts(),
    pause: (id) => change(id, { type: 'pause' }),
    resume: (id) => change(id, { type: 'resume' }),
    retry: (id) => {
      const { task, state, recordingId, destination } = found(id);
      const open = state === 'waiting' ? undefined : store.openOf(recordingId, destination);
      // Two at once would send the same bytes twice, to two keys or tasks.
      if (open !== undefined && open.id !== id) throw new StreamAIError('upload_newer_open');
      return change(id, { type: 'retry', taskFailed: task?.status === 'error' || task?.status === 'unknown' });
    },
    cancel: (id) => change(id, { type: 'cancel' }),
    ofRecordings(recordingIds) {
      const records = store.ofRecordings(recordingIds);
      return new Map([...records].map(([recordingId, uploads]) => [recordingId, uploads.map(shown)]));
    },
    choose: (sessionId, choices) => queue.choose(sessionId, choices),
    cancelSession(sessionId) {
      for (const { id } of store.ofSession(sessionId)) queue.apply(id, { type: 'cancel' });
    },
    onSettled: (listener) => queue.onSettled((record) => listener(shown(record))),
    wake: () => queue.wake(),
    start: () => queue.start(),
    close: () => {
      closing.abort();
      return queue.close();
    },
  };
}
