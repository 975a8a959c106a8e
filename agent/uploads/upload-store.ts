/** Rows of the `uploads` table, each with its task. */
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import * as z from 'zod';
import type { UploadCounts } from '../../shared/api.ts';
import {
  type Destination,
  destinationSchema,
  destinations,
  prioritySchema,
  sentAsSchema,
  subtitleModelSchema,
  subtitleModels,
  type Upload,
  uploadStateSchema,
} from '../../shared/domain.ts';
import { errorInfoSchema } from '../../shared/error-schema.ts';
import { longestRetryAfterMs } from '../backoff.ts';
import type { Database } from '../storage/database.ts';
import { damagedError, type Mending, readMended } from '../storage/mended-rows.ts';
import { countOr, dateOr, isBetween, isOneOf, latestDate, rightOr } from '../storage/right-or.ts';
import { type TaskRecord, TaskStore } from './destinations/processing/tasks/task-store.ts';
import type { UploadFields } from './upload-state.ts';

/** An upload as it is kept. Instants are ms since 1970. */
export interface UploadRecord extends UploadFields {
  readonly id: string;
  readonly sessionId: string;
  readonly recordingId: string;
  readonly destination: Destination;
  readonly subtitleModel: Upload['subtitleModel'];
  readonly priority: number;
  readonly manual: boolean;
  /** As `Upload.afterUploadId`. */
  readonly afterUploadId: string | null;
  readonly sentAs: Upload['sentAs'];
  readonly createdAt: number;
  readonly task: TaskRecord | null;
}

/** So often no file changes. */
const unusedGeneration = 1_000_000_000;
/** ms since 1970. */
const date = z.number().min(-latestDate).max(latestDate);
const rowSchema = z.object({
  id: z.string(),
  session_id: z.string(),
  recording_id: z.string(),
  destination: destinationSchema,
  state: uploadStateSchema,
  subtitle_model: subtitleModelSchema,
  priority: prioritySchema,
  manual: z.literal([0, 1]),
  after_upload_id: z.string().nullable(),
  sent_as: sentAsSchema.nullable(),
  bytes_total: z.int().nonnegative(),
  attempts: z.int().nonnegative(),
  generation: z.int(),
  file_modified_at: z.number().nullable(),
  next_attempt_at: date.nullable(),
  error: z.string().nullable(),
  sha256: z.string().nullable(),
  created_at: date,
  completed_at: date.nullable(),
});

function readRow(found: unknown): Omit<UploadRecord, 'task'> {
  const row = rowSchema.parse(found);
  return {
    id: row.id,
    sessionId: row.session_id,
    recordingId: row.recording_id,
    destination: row.destination,
    state: row.state,
    subtitleModel: row.subtitle_model,
    priority: row.priority,
    manual: row.manual === 1,
    afterUploadId: row.after_upload_id,
    sentAs: row.sent_as,
    bytesTotal: row.bytes_total,
    attempts: row.attempts,
    generation: row.generation,
    fileModifiedAt: row.file_modified_at,
    nextAttemptAt: row.next_attempt_at,
    error: row.error === null ? null : errorInfoSchema.parse(JSON.parse(row.error)),
    sha256: row.sha256,
    createdAt: row.created_at,
    completedAt: row.completed_at,
  };
}

/** What has arrived has arrived. Anything else fails, and a person may try it again: nobody knows what it was about to do. */
const isOver = isOneOf('state', ['completed', 'cancelled']);
const mending: Mending = {
  table: 'uploads',
  key: ['id'],
  read: readRow,
  set: [
    `state = iif(${isOver}, state, 'failed')`,
    `error = iif(${isOver}, NULL, ${damagedError})`,
    rightOr('destination', isOneOf('destination', destinations), `'processing'`),
    rightOr('subtitle_model', isOneOf('subtitle_model', subtitleModels), `'base'`),
    rightOr('priority', isBetween('priority', 1, 10), '1'),
    rightOr('manual', isOneOf('manual', [0, 1]), '0'),
    rightOr('sent_as', isOneOf('sent_as', sentAsSchema.options), 'NULL'),
    countOr('bytes_total', '0'),
    countOr('attempts', '0'),
    // One that no server can know: its key would stand for another content there.
    rightOr('generation', isBetween('generation', 0, unusedGeneration - 1), String(unusedGeneration)),
    countOr('file_modified_at', 'NULL'),
    dateOr('next_attempt_at', 'NULL'),
    dateOr('created_at', '0'),
    dateOr('completed_at', 'NULL'),
  ].join(', '),
  sessionId: 'session_id',
};

/** What changes while an upload lives; see `changing`. */
const changingColumns = [
  'state',
  'bytes_total',
  'attempts',
  'generation',
  'file_modified_at',
  'next_attempt_at',
  'error',
  'sha256',
  'completed_at',
  'sent_as',
] as const;
const fixedColumns = [
  'id',
  'session_id',
  'recording_id',
  'destination',
  'subtitle_model',
  'priority',
  'manual',
  'created_at',
  'after_upload_id',
] as const;

const open = `state IN ('queued', 'uploading', 'waiting', 'paused')`;

/** An upload due so soon keeps its place: a network gone for a second does not put it behind hours of others (ms). */
const keepsPlaceMs = 5000;

export class UploadStore {
  readonly #database: Database;
  readonly #tasks: TaskStore;
  readonly #get: StatementSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #open: StatementSync;
  readonly #openOf: StatementSync;
  readonly #next: StatementSync;
  readonly #nextOf: StatementSync;
  readonly #newestOf: StatementSync;
  readonly #delete: StatementSync;
  readonly #nextDue: StatementSync;
  readonly #bringForward: StatementSync;
  readonly #shiftWaits: StatementSync;
  readonly #ofSession: StatementSync;
  readonly #choose: StatementSync;
  readonly #ofRecordings: StatementSync;
  readonly #counts: StatementSync;

  constructor(database: Database, tasks: TaskStore = new TaskStore(database)) {
    this.#database = database;
    this.#tasks = tasks;
    this.#get = database.prepare('SELECT * FROM uploads WHERE id = ?');
    const columns = [...changingColumns, ...fixedColumns];
    this.#insert = database.prepare(
      `INSERT INTO uploads (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    );
    this.#update = database.prepare(
      `UPDATE uploads SET ${changingColumns.map((name) => `${name} = ?`).join(', ')} WHERE id = ?`,
    );
    this.#open = database.prepare(`SELECT * FROM uploads WHERE ${open} ORDER BY created_at, rowid`);
    this.#openOf = database.prepare(
      `SELECT * FROM uploads WHERE recording_id = ? AND destination = ? AND ${open} ORDER BY created_at, rowid LIMIT 1`,
    );
    // A time further ahead than the longest wait was set by a wrong clock: it counts as due.
    const due = `(state = 'queued'
      OR (state = 'waiting' AND (next_attempt_at <= :now OR next_attempt_at > :now + ${longestRetryAfterMs})))`;
    this.#next = database.prepare(
      `SELECT * FROM uploads
       WHERE destination = :destination AND (${due} OR (state = 'waiting' AND next_attempt_at <= :now + ${keepsPlaceMs}))
         AND NOT EXISTS (SELECT 1 FROM uploads AS first WHERE first.id = uploads.after_upload_id AND first.${open}
           AND first.destination IN (SELECT value FROM json_each(:waitsFor)))
         AND recording_id NOT IN (SELECT value FROM json_each(:unclosed))
       ORDER BY priority DESC, created_at, rowid LIMIT 1`,
    );
    this.#nextOf = database.prepare(
      `SELECT * FROM uploads WHERE destination = :destination AND recording_id = :recordingId AND ${due}
       ORDER BY created_at, rowid LIMIT 1`,
    );
    this.#newestOf = database.prepare(
      `SELECT * FROM uploads WHERE recording_id = ? AND destination = ? AND manual = 0
       ORDER BY created_at DESC, rowid DESC LIMIT 1`,
    );
    this.#delete = database.prepare('DELETE FROM uploads WHERE id = ?');
    this.#bringForward = database.prepare(
      `UPDATE uploads SET next_attempt_at = ? WHERE state = 'waiting' AND next_attempt_at > ?`,
    );
    this.#shiftWaits = database.prepare(
      `UPDATE uploads SET next_attempt_at = next_attempt_at + ? WHERE state = 'waiting' AND next_attempt_at IS NOT NULL RETURNING id`,
    );
    this.#nextDue = database.prepare(
      `SELECT MIN(next_attempt_at) AS due FROM uploads WHERE destination = ? AND state = 'waiting' AND next_attempt_at > ?`,
    );
    // A server may know the key of an upload that was begun, with the model it had then: another model needs another key.
    this.#choose = database.prepare(
      `UPDATE uploads SET subtitle_model = :model, priority = :priority, generation = generation
           + (destination = 'processing' AND file_modified_at IS NOT NULL AND subtitle_model <> :model)
       WHERE session_id = :sessionId AND (subtitle_model <> :model OR priority <> :priority)
         AND (state IN ('queued', 'waiting', 'paused', 'failed')
           OR (state = 'uploading' AND destination = 'object-storage'))
       RETURNING id`,
    );
    this.#ofSession = database.prepare('SELECT * FROM uploads WHERE session_id = ? ORDER BY created_at, rowid');
    this.#ofRecordings = database.prepare(
      `SELECT * FROM uploads WHERE recording_id IN (SELECT value FROM json_each(?)) ORDER BY created_at, rowid`,
    );
    this.#counts = database.prepare(
      `SELECT state, COUNT(*) AS count FROM uploads WHERE state NOT IN ('completed', 'cancelled') GROUP BY state`,
    );
  }

  get(id: string): UploadRecord | undefined {
    return this.#joined(() => this.#get.all(id))[0];
  }

  /** Uploads that are queued, uploading, waiting or paused, oldest first. */
  open(): UploadRecord[] {
    return this.#joined(() => this.#open.all());
  }

  /** The oldest open upload of a recording to a destination. */
  openOf(recordingId: string, destination: Destination): UploadRecord | undefined {
    return this.#joined(() => this.#openOf.all(recordingId, destination))[0];
  }

  /**
   * The upload whose turn it is: highest priority first, then the oldest.
   * @param now ms since 1970
   * @param waitsFor an upload that names another one in `afterUploadId` is left out as long as that one is open and goes to one
   *   of these destinations
   * @param unclosed recordings whose files OBS has not closed: their uploads are left out
   * @returns undefined: none is due, or the one whose turn it is will be in a moment (`keepsPlaceMs`)
   */
  next(
    destination: Destination,
    now: number,
    waitsFor: readonly Destination[] = [],
    unclosed: readonly string[] = [],
  ): UploadRecord | undefined {
    const values = { destination, now, waitsFor: JSON.stringify(waitsFor), unclosed: JSON.stringify(unclosed) };
    const [first] = this.#joined(() => this.#next.all(values));
    const dueAt = first?.state === 'waiting' ? (first.nextAttemptAt ?? now) : now;
    return dueAt > now && dueAt <= now + keepsPlaceMs ? undefined : first;
  }

  /** The oldest upload of one recording to a destination that is due. @param now ms since 1970 */
  nextOf(recordingId: string, destination: Destination, now: number): UploadRecord | undefined {
    return this.#joined(() => this.#nextOf.all({ recordingId, destination, now }))[0];
  }

  /** The newest upload of a recording to a destination, without those that a person asked for. */
  newestOf(recordingId: string, destination: Destination): UploadRecord | undefined {
    return this.#joined(() => this.#newestOf.all(recordingId, destination))[0];
  }

  delete(id: string): void {
    this.#delete.run(id);
  }

  /** When the next waiting upload that is not due yet will be, ms since 1970; null: there is none. @param now ms since 1970 */
  nextDue(destination: Destination, now: number): number | null {
    const due = readMended(this.#database, mending, () => this.#nextDue.get(destination, now)?.due);
    return typeof due === 'number' ? due : null;
  }

  /** Lets uploads that would wait beyond `latest` be due at `now`; both ms since 1970. */
  bringForward(now: number, latest: number): void {
    this.#bringForward.run(now, latest);
  }

  /** Moves the times of all waiting uploads. @param ms negative: earlier. @returns their ids */
  shiftWaits(ms: number): string[] {
    return readMended(this.#database, mending, () => this.#shiftWaits.all(ms).map(({ id }) => String(id)));
  }

  /**
   * Gives a session's uploads that have not arrived another model and priority, except those on their way to a processing
   * server, which has been told both. @returns the ids of those that changed
   */
  choose(sessionId: string, { subtitleModel: model, priority }: Pick<Upload, 'subtitleModel' | 'priority'>): string[] {
    return this.#choose.all({ sessionId, model, priority }).map(({ id }) => String(id));
  }

  ofSession(sessionId: string): UploadRecord[] {
    return this.#joined(() => this.#ofSession.all(sessionId));
  }

  /** By recording id, oldest first; recordings without uploads are absent. */
  ofRecordings(recordingIds: readonly string[]): Map<string, UploadRecord[]> {
    return Map.groupBy(
      this.#joined(() => this.#ofRecordings.all(JSON.stringify(recordingIds))),
      (row) => row.recordingId,
    );
  }

  counts(): UploadCounts {
    const counts: UploadCounts = { queued: 0, uploading: 0, waiting: 0, paused: 0, failed: 0 };
    for (const { state, count } of this.#counts.all()) {
      if (typeof state === 'string' && state in counts) counts[state as keyof UploadCounts] = Number(count);
    }
    return counts;
  }

  insert(record: UploadRecord): void {
    this.#insert.run(
      ...changing(record),
      record.id,
      record.sessionId,
      record.recordingId,
      record.destination,
      record.subtitleModel,
      record.priority,
      record.manual ? 1 : 0,
      record.createdAt,
      record.afterUploadId,
    );
  }

  /** Writes what changes while an upload lives. Model and priority: see `choose`; the task: see TaskStore. */
  update(record: UploadRecord): void {
    this.#update.run(...changing(record), record.id);
  }

  /** Rows as records, each with its task. */
  #joined(rows: () => readonly unknown[]): UploadRecord[] {
    const records = readMended(this.#database, mending, () => rows().map(readRow));
    const tasks = records.length === 0 ? new Map() : this.#tasks.ofUploads(records.map(({ id }) => id));
    return records.map((record) => ({ ...record, task: tasks.get(record.id) ?? null }));
  }
}

/** The values of `changingColumns`. */
function changing(record: UploadRecord): SQLInputValue[] {
  return [
    record.state,
    record.bytesTotal,
    record.attempts,
    record.generation,
    record.fileModifiedAt,
    record.nextAttemptAt,
    record.error === null ? null : JSON.stringify(record.error),
    record.sha256,
    record.completedAt,
    record.sentAs,
  ];
}
