/** Uploads as the rest of the agent uses them: asking for them, changing them, hearing of their end. */
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
  /** Called by `prove` for an upload that has a task: proves its copy. @returns what is wrong; null: proven */
  verifyTask?(task: TaskRecord, path: string, signal: AbortSignal): Promise<ErrorInfo | null>;
  /** Asked for proofs and links: what Object Storage can do beside sending. */
  readonly objects?: StoredObjects;
  /** As `QueuePorts.policy`; left out: everything may be done. */
  readonly policy?: QueuePorts['policy'];
  readonly throughput?: Throughput;
  readonly clock?: Clock;
  /** As `AttemptPorts.random`. */
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
  /** As `Upload.afterUploadId`. */
  readonly afterUploadId?: string | null;
}

export interface Uploads extends Omit<UploadsService, 'manual'> {
  /** Destinations that are set up. */
  usable(): Destination[];
  /**
   * Proves afresh that a completed upload's copy is what the local file is now.
   * @returns what is wrong; null: proven
   * @throws StreamAIError upload_not_found | upload_state
   */
  prove(id: string, signal: AbortSignal): Promise<ErrorInfo | null>;
  /** Queues a recording for one destination. @returns the new upload, or the open one that it has there already */
  enqueue(upload: NewUpload): Upload;
  /**
   * Queues a recording for every destination that is set up; see send-once.ts. By itself nothing is sent again that a person
   * cancelled, and what failed while the file was followed gets another try. @returns the open uploads that there are now
   */
  enqueueAll(upload: UploadRequest): Upload[];
  /**
   * Sends a recording to Object Storage while OBS writes it, if that is set up. May be called again: an upload of it that is
   * open, failed or cancelled stays as it is.
   */
  follow(upload: UploadRequest): void;
  /** As `UploadQueue.fileClosed`. Called once OBS has closed the file, also where that is then missing. */
  fileClosed(recordingId: string): void;
  /** Withdraws the recording's uploads that are open or failed. @returns whether there were any */
  withdraw(recordingId: string): boolean;
  /** As `UploadQueue.policyChanged`. */
  policyChanged(): void;
  /** @throws StreamAIError upload_not_found */
  get(id: string): Upload;
  /** By recording id, oldest first; recordings without uploads are absent. */
  ofRecordings(recordingIds: readonly string[]): Map<string, Upload[]>;
  /** As `UploadStore.choose`. */
  choose(sessionId: string, choices: Pick<Upload, 'subtitleModel' | 'priority'>): void;
  /** Cancels the session's uploads that have not arrived. */
  cancelSession(sessionId: string): void;
  /** As `UploadQueue.onSettled`. */
  onSettled(listener: (upload: Upload) => void): () => void;
  /** Called when a destination may have become usable, such as after a change of the settings: starts what can start. */
  wake(): void;
  /** Takes up what the last run of the agent left, and begins. */
  start(): void;
  /** Ends running attempts, which go on with the next start; resolves when their sockets are closed. */
  close(): Promise<void>;
}

/** How long a processing server's link to a file works: a day, in seconds. */
const sourceLinkSeconds = 24 * 60 * 60;

/** Builds the uploads over the given destinations; nothing runs before `start`. */
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

  /** @returns null: a person cancelled it, and no person asks for it now */
  const enqueueUnlessCancelled = (upload: NewUpload): Upload | null => {
    const newest = upload.manual ? undefined : store.newestOf(upload.recordingId, upload.destination);
    if (newest?.state === 'cancelled') return null;
    return newest?.state === 'failed' ? change(newest.id, { type: 'retry', taskFailed: false }) : enqueue(upload);
  };

  const closing = new AbortController();
  const prove: Uploads['prove'] = async (id, signal) => {
    const { state, destination, task, recordingId } = found(id);
    if (state !== 'completed') throw new StreamAIError('upload_state', { state });
    if (destination === 'object-storage') return objects ? objects.verify(id, signal) : errorInfo('copy_unproven');
    const file = recordings.recordingFile(recordingId);
    if (file === null || task === null || options.verifyTask === undefined) return errorInfo('copy_unproven');
    return options.verifyTask(task, file.path, signal);
  };

  return {
    usable,
    prove,
    async verify(id) {
      const problem = await prove(id, closing.signal);
      return { verified: problem === null, checkedAt: new Date(clock.now()).toISOString(), problem };
    },
    async link(id, expiresInSeconds) {
      if (found(id).destination !== 'object-storage' || objects === undefined) {
        throw new StreamAIError('upload_not_stored');
      }
      const { url, expiresAt } = await objects.presign(id, expiresInSeconds, true);
      return { url, expiresAt: new Date(expiresAt).toISOString() };
    },
    enqueue,
    enqueueAll(upload) {
      const [first, second] = ['object-storage', 'processing'] as const;
      const known = usable();
      const stored = known.includes(first) ? enqueueUnlessCancelled({ ...upload, destination: first }) : null;
      const sent = known.includes(second)
        ? enqueueUnlessCancelled({ ...upload, destination: second, afterUploadId: stored?.id ?? null })
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
      // Of one that failed, the store still has what was sent.
      const unarrived = uploads.filter(({ state }) => state !== 'completed' && state !== 'cancelled');
      for (const { id } of unarrived) queue.withdraw(id);
      return unarrived.length > 0;
    },
    policyChanged: () => queue.policyChanged(),
    get: (id) => shown(found(id)),
    counts: () => store.counts(),
    pause: (id) => change(id, { type: 'pause' }),
    resume: (id) => change(id, { type: 'resume' }),
    retry: (id) => {
      const { task, state, recordingId, destination } = found(id);
      const open = state === 'waiting' ? undefined : store.openOf(recordingId, destination);
      // Two at once would send the same file twice, to two objects or tasks.
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
