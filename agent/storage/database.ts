/** The agent's database: node:sqlite in one file, write-ahead log, owned by one agent at a time. */
import { existsSync } from 'node:fs';
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
    // Whoever only looks whether it is in use (`isDatabaseInUse`) has it for a moment.
    database = new DatabaseSync(file, { timeout: lookMs });
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

/** How long it may take to see that a database is in use, or is not, ms. */
const lookMs = 250;

/** Whether an agent has the database. Changes nothing of what is in it; false where there is none. */
export function isDatabaseInUse(file: string): boolean {
  if (!existsSync(file)) return false;
  let database: DatabaseSync | undefined;
  try {
    // To read alone would leave the files of the write-ahead log behind.
    database = new DatabaseSync(file);
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return false;
  } catch (error) {
    return isLocked(error);
  } finally {
    database?.close();
  }
}

/** Of the transaction under way on a database, if any: what is to happen once it is committed, oldest first. */
const waiting = new WeakMap<Database, Action[]>();
/** What is happening right now because a transaction was committed. */
const happening = new WeakMap<Database, Action[]>();
type Action = () => void;

/**
 * Runs `work` in one transaction. A nested call is a part of the outer transaction that can fail alone: what it wrote is taken
 * back, and so is what it left to `afterCommit`.
 * @throws what `work` throws, or SQLite's error when it cannot be committed (a full disk); nothing is changed then
 */
export function transaction<T>(database: Database, work: () => T): T {
  const outer = waiting.get(database);
  const [begin, commit, takeBack] =
    outer === undefined
      ? ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK']
      : ['SAVEPOINT nested', 'RELEASE nested', 'ROLLBACK TO nested; RELEASE nested'];
  database.exec(begin);
  const actions: Action[] = [];
  waiting.set(database, actions);
  let result: T;
  try {
    result = work();
    database.exec(commit);
  } catch (error) {
    // Where the disk is full SQLite may have taken everything back by itself.
    if (database.isTransaction) database.exec(takeBack);
    throw error;
  } finally {
    if (outer === undefined) waiting.delete(database);
    else waiting.set(database, outer);
  }
  if (outer === undefined) perform(database, actions);
  else outer.push(...actions);
  return result;
}

/**
 * Does something once what was written is in the database: right now outside a transaction, inside one after its COMMIT, and
 * never if that fails. Everything that others hear of a change, or that acts on it, goes through here. Actions happen in the
 * order of their commits: what an action brings about in its turn comes after those that were waiting already.
 */
export function afterCommit(database: Database, action: Action): void {
  const actions = waiting.get(database);
  if (actions === undefined) perform(database, [action]);
  else actions.push(action);
}

/** One that fails keeps no other one from happening. @throws the first failure, when all have happened */
function perform(database: Database, actions: readonly Action[]): void {
  const under = happening.get(database);
  if (under !== undefined) {
    under.push(...actions);
    return;
  }
  const all = [...actions];
  const failures: unknown[] = [];
  happening.set(database, all);
  // An action may add to the list while it is walked.
  for (const action of all) {
    try {
      action();
    } catch (error) {
      failures.push(error);
    }
  }
  happening.delete(database);
  if (failures.length > 0) throw failures[0];
}

function userVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
}

// SQLITE_BUSY: https://sqlite.org/rescode.html#busy
const sqliteBusy = 5;
function isLocked(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === sqliteBusy;
}
