/** What the database says, for checks: nothing is changed, and nothing stays open. */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { errorInfoSchema } from '../../shared/error-schema.ts';
import { type ErrorInfo, StreamAIError } from '../../shared/errors.ts';
import { defaultSettings, type Settings, settingsSchema } from '../../shared/settings.ts';
import type { Database } from '../storage/database.ts';
import { mendedRows } from '../storage/mended-rows.ts';
import { migrations } from '../storage/migrations.ts';

/** An upload that does not go on by itself, or not yet. */
export interface StuckUpload {
  readonly file: string;
  readonly error: ErrorInfo | null;
}

/** A file that a session names. */
export interface NamedFile {
  readonly path: string;
  /** Whether it has arrived somewhere. */
  readonly uploaded: boolean;
}

/** What is looked at, of tables that can hold many thousand rows. */
const most = 5000;
const uploadRow = z.object({ path: z.string(), error: z.string().nullable() });
const fileRow = z.object({ path: z.string(), uploaded: z.number() });
const nameRow = z.object({ name: z.string() });
const settingRow = z.object({ name: z.string(), value: z.string() });

export class StoredData {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** What the agent would have in force. @param fixed by the environment, which wins */
  settings(fixed: Readonly<Partial<Settings>>): Settings {
    const stored = this.#rows('SELECT name, value FROM settings', settingRow).map(
      ({ name, value }) => [name, json(value)] as const,
    );
    const valid = stored.filter(([name, value]) => {
      const shape = Object.hasOwn(settingsSchema.shape, name) ? settingsSchema.shape[name as keyof Settings] : null;
      return shape?.safeParse(value).success ?? false;
    });
    return { ...defaultSettings, ...(Object.fromEntries(valid) as Partial<Settings>), ...fixed };
  }

  /** The settings that a person has chosen, by name. */
  chosen(): ReadonlySet<string> {
    return new Set(this.#rows('SELECT name, value FROM settings', settingRow).map(({ name }) => name));
  }

  /** @param state `failed`, or `waiting` for another attempt */
  uploads(state: 'failed' | 'waiting'): StuckUpload[] {
    const sql = `SELECT r.path, u.error FROM uploads u JOIN recordings r ON r.id = u.recording_id
      WHERE u.state = '${state}' ORDER BY u.created_at DESC LIMIT ${most}`;
    return this.#rows(sql, uploadRow).map(({ path, error }) => ({
      file: path,
      error: errorInfoSchema.safeParse(json(error ?? '')).data ?? null,
    }));
  }

  /** The newest ones, but those that StreamAI deleted itself or OBS still writes. */
  files(): NamedFile[] {
    const sql = `SELECT r.path, EXISTS (SELECT 1 FROM uploads u WHERE u.recording_id = r.id AND u.state = 'completed') AS uploaded
      FROM recordings r WHERE r.state NOT IN ('deleted', 'writing') ORDER BY r.started_at DESC LIMIT ${most}`;
    return this.#rows(sql, fileRow).map(({ path, uploaded }) => ({ path, uploaded: uploaded === 1 }));
  }

  /** What could not be read, by the names of sessions and of stored rows. */
  damaged(): string[] {
    const sql = `SELECT name FROM sessions WHERE notices LIKE '%"session_damaged"%' OR NOT json_valid(notices)
      OR NOT json_valid(metadata) OR duration_ms < 0 OR duration_ms > 8640000000000
      ORDER BY started_at DESC LIMIT 100`;
    const sessions = this.#rows(sql, nameRow).map(({ name }) => name);
    return [...new Set([...sessions, ...mendedRows(this.#database).map((name) => name.replace(/^damaged\//, ''))])];
  }

  #rows<T>(sql: string, schema: z.ZodType<T>): T[] {
    return this.#database
      .prepare(sql)
      .all()
      .map((row) => schema.safeParse(row).data)
      .filter((row) => row !== undefined);
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * Reads a database that no agent has, in memory: the file is let go of at once.
 * @returns null where there is none, another program has it, or an earlier StreamAI wrote it, whose tables are others
 * @throws StreamAIError database_newer
 */
export function readStored(file: string): StoredData | null {
  if (!existsSync(file)) return null;
  const copy = new DatabaseSync(':memory:');
  try {
    copy.prepare('ATTACH ? AS original').run(file);
    const version = Number(copy.prepare('PRAGMA original.user_version').get()?.user_version ?? 0);
    if (version > migrations.length) throw new StreamAIError('database_newer');
    if (version < migrations.length) return null;
    for (const table of ['settings', 'state', 'sessions', 'recordings', 'uploads']) {
      copy.exec(`CREATE TABLE ${table} AS SELECT * FROM original.${table}`);
    }
    return new StoredData(copy);
  } finally {
    if (hasOriginal(copy)) copy.exec('DETACH original');
  }
}

const hasOriginal = (database: DatabaseSync): boolean =>
  database
    .prepare('PRAGMA database_list')
    .all()
    .some(({ name }) => name === 'original');
