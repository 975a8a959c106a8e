/** One attempt at one upload: follow the file while OBS writes it, measure it, have it sent, write down what came of it. */
import { setTimeout as delay } from 'node:timers/promises';
import { StreamAIError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import { statRecording } from '../files/open-recording.ts';
import { isAway, measureFile } from '../files/recording-file.ts';
import type { LiveEvents } from '../live-events.ts';
import type { Log } from '../log.ts';
import { AttemptProgress } from './attempt-progress.ts';
import type { DestinationDriver, SendJob, SendResult } from './destinations/destination.ts';
import { DestinationError } from './destinations/failures.ts';
import type { RecordingFile, Recordings } from './recordings.ts';
import type { UploadEvent } from './upload-state.ts';
import type { UploadRecord, UploadStore } from './upload-store.ts';
import { toUpload } from './upload-view.ts';

export interface AttemptPorts {
  readonly uploads: Pick<UploadStore, 'get'>;
  readonly recordings: Pick<Recordings, 'recordingFile' | 'mayFollow'>;
  readonly live: LiveEvents;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Asked when the attempt has failed: 0..1, for the jitter of the next one's time. */
  random(): number;
  /** As `UploadQueue.apply`. Called before each step of the attempt, and with what came of it. */
  apply(id: string, event: UploadEvent, result?: SendResult): UploadRecord | null;
  /** Asked at the beginning: aborted once OBS has closed the recording's file; null: it has closed it already. */
  closedSignal(recordingId: string): AbortSignal | null;
  /** Asked before the file is sent: as `SendJob.source`. */
  sourceOf(driver: DestinationDriver, record: UploadRecord): SendJob['source'];
}

/** An attempt under way. */
export class Attempt {
  readonly uploadId: string;
  readonly progress: AttemptProgress;
  readonly #run: () => Promise<void>;
  readonly #abort = new AbortController();
  #ended: Promise<void> = Promise.resolve();

  constructor(ports: AttemptPorts, driver: DestinationDriver, upload: UploadRecord) {
    this.uploadId = upload.id;
    this.progress = new AttemptProgress(ports.clock);
    const { signal } = this.#abort;
    this.#run = () => runAttempt(ports, driver, upload, this.progress, signal);
  }

  /** Resolves when no open file and no socket of it is left. Rejects when what came of it could not be written down. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** @returns `ended` */
  begin(): Promise<void> {
    this.#ended = this.#run().finally(() => this.progress.end());
    return this.#ended;
  }

  /** Called when the upload was paused, cancelled or withdrawn, and when the agent ends. */
  abort(): void {
    this.#abort.abort();
  }
}

async function runAttempt(
  ports: AttemptPorts,
  driver: DestinationDriver,
  before: UploadRecord,
  progress: AttemptProgress,
  signal: AbortSignal,
): Promise<void> {
  const { apply, clock, live, log } = ports;
  const { id } = before;
  if (before.task !== null) {
    // The server's answer is in the database: it has arrived.
    apply(id, { type: 'complete', sha256: before.sha256, bytes: before.bytesTotal, at: clock.now() });
    return;
  }
  if (apply(id, { type: 'start' }) === null) return;
  try {
    const followed = await follow(ports, driver, before, progress, signal);
    if (signal.aborted) return;
    const { closed, ...file } = fileOf(ports, before);
    const content = await measureFile(file.path, closed);
    // It was not there when OBS had closed it: nobody has judged what lies there by now.
    if (closed === null && !(await ports.recordings.mayFollow(before.recordingId)))
      throw new StreamAIError('file_changed', { file: file.fileName });
    if (signal.aborted) return;
    const record = apply(id, { type: 'measure', content });
    if (record === null) return;
    // What is there already does not count as speed.
    progress.note(driver.stored?.(id)?.bytes ?? 0);
    progress.announce(record, (now) => live.publish('upload_progress', now));
    const result = await driver.send({
      ...file,
      upload: toUpload(record),
      generation: record.generation,
      content,
      followed,
      source: ports.sourceOf(driver, record),
      brokenBefore: before.error?.code === 'destination_unreachable',
      signal,
      onProgress: (bytesSent, detail) => progress.note(bytesSent, detail),
    });
    completed(ports, id, result);
  } catch (error) {
    if (signal.aborted) return;
    log.warn({ err: error, uploadId: id }, 'upload attempt failed');
    failed(ports, id, await orAway(ports, before, error));
  }
}

/** Sends what there is of a file that OBS still writes, until OBS has closed it. @returns whether it was such a file */
async function follow(
  ports: AttemptPorts,
  driver: DestinationDriver,
  { id, recordingId }: UploadRecord,
  progress: AttemptProgress,
  signal: AbortSignal,
): Promise<boolean> {
  const { uploads, live, recordings } = ports;
  const record = uploads.get(id);
  const ended = driver.follow === undefined ? null : ports.closedSignal(recordingId);
  if (driver.follow === undefined || record === undefined || ended === null) return false;
  progress.note(driver.stored?.(id)?.bytes ?? 0);
  progress.announce(record, (now) => live.publish('upload_progress', now));
  const { path, fileName } = fileOf(ports, record);
  if (!(await isTrue(() => recordings.mayFollow(recordingId), [ended, signal]))) return true;
  try {
    await driver.follow({
      upload: toUpload(record),
      path,
      fileName,
      ended,
      signal,
      watch: (now) => progress.askWith(now),
    });
  } finally {
    progress.askWith(null);
  }
  return true;
}

/** How often it is asked again (ms): far below the time in which a first part is written. */
const askEveryMs = 500;

/** Asks until it is so. @returns false: one of the signals came before */
async function isTrue(question: () => Promise<boolean>, signals: AbortSignal[]): Promise<boolean> {
  const any = AbortSignal.any(signals);
  while (!any.aborted) {
    if (await question()) return !any.aborted;
    await delay(askEveryMs, undefined, { signal: any }).catch(() => {});
  }
  return false;
}

/** @throws StreamAIError file_missing */
function fileOf({ recordings }: AttemptPorts, { recordingId }: UploadRecord): RecordingFile {
  const file = recordings.recordingFile(recordingId);
  if (file === null) throw new StreamAIError('file_missing', { file: recordingId });
  return file;
}

/** How often a file is looked for whose drive is not there (ms): not so often that uploads from other drives would wait for it. */
const awayRetryMs = 10_000;

/** A failure of the file as one that passes: its drive or folder is not there at all, or has come back by now, and the file with it. */
async function orAway({ recordings }: AttemptPorts, { recordingId }: UploadRecord, error: unknown): Promise<unknown> {
  if (!(error instanceof StreamAIError)) return error;
  const file = error.code === 'file_missing' ? recordings.recordingFile(recordingId) : null;
  const away =
    error.code === 'file_away' ||
    (file !== null && ((await isAway(file.path, file.closed)) || (await isThere(file.path))));
  return away ? new DestinationError('file_away', error.params, { cause: error, retryAfterMs: awayRetryMs }) : error;
}

const isThere = (path: string): Promise<boolean> =>
  statRecording(path).then(
    () => true,
    () => false,
  );

function completed({ apply, clock, log, uploads }: AttemptPorts, id: string, result: SendResult): void {
  // Its session may have been forgotten meanwhile.
  if (uploads.get(id) === undefined) return;
  const { sha256, bytes } = result;
  const done = apply(id, { type: 'complete', sha256, bytes, at: clock.now() }, result);
  if (done !== null) log.info({ uploadId: id, taskId: result.task?.id, bytes }, 'upload completed');
}

function failed({ apply, clock, random, uploads }: AttemptPorts, id: string, error: unknown): void {
  if (uploads.get(id) === undefined) return;
  const failure = error instanceof StreamAIError ? error : new StreamAIError('internal', {}, { cause: error });
  apply(id, {
    type: 'fail',
    code: failure.code,
    error: failure.info(),
    retryAfterMs: failure instanceof DestinationError ? failure.retryAfterMs : null,
    at: clock.now(),
    random: random(),
  });
}
