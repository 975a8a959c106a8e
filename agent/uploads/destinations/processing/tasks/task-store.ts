/** Rows of the `tasks` table: one per upload that arrived, with the server that can be asked about it. */
import type { StatementSync } from 'node:sqlite';
import * as z from 'zod';
import { type Task, type TaskStatus, taskStatusSchema } from '../../../../../shared/domain.ts';
import { errorInfoSchema } from '../../../../../shared/error-schema.ts';
import type { ErrorInfo } from '../../../../../shared/errors.ts';
import type { Database } from '../../../../storage/database.ts';

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

const rowSchema = z.object({
  upload_id: z.string(),
  id: z.string(),
  server: z.string(),
  status: taskStatusSchema,
  progress: z.number().nullable(),
  message: z.string().nullable(),
  results: z.string(),
  error: z.string().nullable(),
  updated_at: z.number(),
  ended_at: z.number().nullable(),
});
const resultsSchema = z.record(z.string(), z.string());

export class TaskStore {
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #get: StatementSync;
  readonly #open: StatementSync;
  readonly #ofUploads: StatementSync;
  readonly #delete: StatementSync;

  constructor(database: Database) {
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
    const row = this.#get.get(uploadId);
    return row === undefined ? undefined : toRecord(row);
  }

  /** Tasks that have not ended. */
  open(): TaskRecord[] {
    return this.#open.all().map(toRecord);
  }

  /** By upload id. */
  ofUploads(uploadIds: readonly string[]): Map<string, TaskRecord> {
    const rows = this.#ofUploads.all(JSON.stringify(uploadIds)).map(toRecord);
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
