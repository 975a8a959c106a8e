/** Rows of the `tasks` table: one per upload that arrived, with the server that can be asked about it. */
import type { StatementSync } from 'node:sqlite';
import * as z from 'zod';
import { type Task, type TaskStatus, taskStatuses, taskStatusSchema } from '../../../../../shared/domain.ts';
import { errorInfoSchema } from '../../../../../shared/error-schema.ts';
import type { ErrorInfo } from '../../../../../shared/errors.ts';
import type { Database } from '../../../../storage/database.ts';
import { damagedError, type Mending, readMended } from '../../../../storage/mended-rows.ts';
import { dateOr, isBetween, isDate, isOneOf, latestDate, rightOr } from '../../../../storage/right-or.ts';

/** A task as it is kept. Instants are ms since 1970. */
export interface TaskRecord {
  readonly uploadId: string;
  readonly id: string;
  /** Who gave it, as `resolveServer` understands it. */
  readonly server: string;
  readonly status: TaskStatus;
  readonly progress: number | null;
  readonly message: string | null;
  readonly results: Readonly<Record<string, string>>;
  readonly error: ErrorInfo | null;
  readonly updatedAt: number;
  readonly endedAt: number | null;
}

/** ms since 1970. */
const date = z.number().min(-latestDate).max(latestDate);
const rowSchema = z.object({
  upload_id: z.string(),
  id: z.string(),
  server: z.string(),
  status: taskStatusSchema,
  progress: z.number().min(0).max(100).nullable(),
  message: z.string().nullable(),
  results: z.string(),
  error: z.string().nullable(),
  updated_at: date,
  ended_at: date.nullable(),
});
const resultsSchema = z.record(z.string(), z.string());

/** A server can be asked again how a task stands; one of which that is not known any more has ended. */
const isKnown = isOneOf('status', taskStatuses);
const isText = `NOT EXISTS (SELECT 1 FROM json_each(results) WHERE type <> 'text')`;
const mending: Mending = {
  table: 'tasks',
  key: ['upload_id'],
  read: toRecord,
  set: [
    `status = iif(${isKnown}, status, 'error')`,
    `error = iif(${isKnown} AND status <> 'error', NULL, ${damagedError})`,
    `ended_at = iif(${isKnown}, iif(ended_at IS NULL OR ${isDate('ended_at')}, ended_at, 0), iif(${isDate('updated_at')}, updated_at, 0))`,
    rightOr('progress', isBetween('progress', 0, 100), 'NULL'),
    `results = iif(json_valid(results), iif(json_type(results) = 'object', iif(${isText}, results, '{}'), '{}'), '{}')`,
    dateOr('updated_at', '0'),
  ].join(', '),
  sessionId: '(SELECT session_id FROM uploads WHERE uploads.id = tasks.upload_id)',
};

export class TaskStore {
  readonly #database: Database;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #get: StatementSync;
  readonly #open: StatementSync;
  readonly #ofUploads: StatementSync;
  readonly #delete: StatementSync;

  constructor(database: Database) {
    this.#database = database;
    this.#insert = database.prepare(
      `INSERT INTO tasks (upload_id, id, server, status, progress, message, results, error, updated_at, ended_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#update = database.prepare(
      `UPDATE tasks SET status = ?, progress = ?, message = ?, results = ?, error = ?, updated_at = ?, ended_at = ?
       WHERE upload_id = ? AND id = ?`,
    );
    this.#get = database.prepare('SELECT * FROM tasks WHERE upload_id = ?');
    this.#open = database.prepare('SELECT * FROM tasks WHERE ended_at IS NULL');
    this.#ofUploads = database.prepare('SELECT * FROM tasks WHERE upload_id IN (SELECT value FROM json_each(?))');
    this.#delete = database.prepare('DELETE FROM tasks WHERE upload_id = ?');
  }

  get(uploadId: string): TaskRecord | undefined {
    return this.#read(() => this.#get.all(uploadId))[0];
  }

  /** Tasks that have not ended. */
  open(): TaskRecord[] {
    return this.#read(() => this.#open.all());
  }

  /** By upload id. */
  ofUploads(uploadIds: readonly string[]): Map<string, TaskRecord> {
    const rows = this.#read(() => this.#ofUploads.all(JSON.stringify(uploadIds)));
    return new Map(rows.map((task) => [task.uploadId, task]));
  }

  insert(task: TaskRecord): void {
    const { uploadId, id, server, status, progress, message, results, error, updatedAt, endedAt } = task;
    this.#insert.run(
      uploadId,
      id,
      server,
      status,
      progress,
      message,
      JSON.stringify(results),
      error === null ? null : JSON.stringify(error),
      updatedAt,
      endedAt,
    );
  }

  /** @returns false when the task is gone (its session was forgotten, or the upload got another task) */
  update(task: TaskRecord): boolean {
    const { uploadId, id, status, progress, message, results, error, updatedAt, endedAt } = task;
    const changes = this.#update.run(
      status,
      progress,
      message,
      JSON.stringify(results),
      error === null ? null : JSON.stringify(error),
      updatedAt,
      endedAt,
      uploadId,
      id,
    ).changes;
    return Number(changes) > 0;
  }

  delete(uploadId: string): void {
    this.#delete.run(uploadId);
  }

  #read(rows: () => readonly unknown[]): TaskRecord[] {
    return readMended(this.#database, mending, () => rows().map(toRecord));
  }
}

/** A record as clients see it. */
export function toTask(record: TaskRecord): Task {
  const { uploadId, id, status, progress, message, results, error, updatedAt, endedAt } = record;
  return {
    id,
    uploadId,
    status,
    progress,
    message,
    results: { ...results },
    error,
    updatedAt: new Date(updatedAt).toISOString(),
    endedAt: endedAt === null ? null : new Date(endedAt).toISOString(),
  };
}

function toRecord(row: unknown): TaskRecord {
  const { id, server, status, progress, message, ...rest } = rowSchema.parse(row);
  return {
    uploadId: rest.upload_id,
    id,
    server,
    status,
    progress,
    message,
    results: resultsSchema.parse(JSON.parse(rest.results)),
    error: rest.error === null ? null : errorInfoSchema.parse(JSON.parse(rest.error)),
    updatedAt: rest.updated_at,
    endedAt: rest.ended_at,
  };
}
