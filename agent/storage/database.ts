/** The agent's database: node:sqlite in one file, write-ahead log, owned by one agent at a time. */
import { DatabaseSync } from 'node:sqlite';
import { StreamAIError } from '../../shared/errors.ts';
import { migrations } from './migrations.ts';

export type Database = DatabaseSync;

/**
 * Opens the database, brings it to this version and keeps it locked for this process.
 * @param file path, or `:memory:` in tests
 * @throws StreamAIError database_newer when a newer StreamAI wrote it (it is left as it is);
 *   data_dir_in_use when another agent holds it
 */
export function openDatabase(file: string): Database {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    // The exclusive lock of the first write stays for the life of the connection: a second agent is turned away, not let in.
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    const found = userVersion(database);
    if (found > migrations.length) throw new StreamAIError('database_newer');
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    database.exec('BEGIN IMMEDIATE; COMMIT');
    for (const [index, sql] of migrations.entries()) {
      if (index < found) continue;
      database.exec(`BEGIN; ${sql}; PRAGMA user_version = ${index + 1}; COMMIT`);
    }
    return database;
  } catch (error) {
    database?.close();
    if (isLocked(error)) throw new StreamAIError('data_dir_in_use', { folder: file }, { cause: error });
    throw error;
  }
}

/** Runs `work` in one transaction; nested calls join the outer one. */
export function transaction<T>(database: Database, work: () => T): T {
  if (database.isTransaction) return work();
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function userVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
}

// SQLITE_BUSY: https://sqlite.org/rescode.html#busy
const sqliteBusy = 5;
function isLocked(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === sqliteBusy;
}
