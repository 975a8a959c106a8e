/**
 * A row that cannot be read any more, because a program wrote into the database what does not belong there, keeps no other one from
 * being read, and no agent from starting. When a reading fails, the table is gone through: what of such a row makes sense stays, the
 * rest takes its plainest value, and a row of which nothing is of use goes. Its session's card says so. The rows as they were are kept
 * as JSON in the `state` table, `damaged/<table>/<key>`. (Sessions have a repair of their own: sessions/repair.ts.)
 */
import type { SQLOutputValue } from 'node:sqlite';
import { errorInfo } from '../../shared/errors.ts';
import { type Database, transaction } from './database.ts';
import { StateStore } from './state-store.ts';

export interface Mending {
  readonly table: string;
  /** The columns that name a row. */
  readonly key: readonly string[];
  /** Of the table: whether it makes sense. @throws when it does not */
  readonly read: (row: unknown) => unknown;
  /** What is set in a row that makes none (SQL); null: it goes. */
  readonly set: string | null;
  /** The session that a row belongs to (SQL, an expression over the row); null: none. */
  readonly sessionId: string | null;
}

type Row = Readonly<Record<string, unknown>>;

/** What is read; where that fails, the table is mended first. @throws what `read` throws when no row is to blame */
export function readMended<T>(database: Database, mending: Mending, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (mend(database, mending) === 0) throw error;
    return read();
  }
}

/** @returns how many rows made no sense */
export function mend(database: Database, { table, key, read, set, sessionId }: Mending): number {
  const makesSense = (row: Row | undefined): boolean => {
    try {
      read(row);
      return true;
    } catch {
      return false;
    }
  };
  return transaction(database, () => {
    const all = database.prepare(`SELECT * FROM ${table}`);
    const where = key.map((column) => `${column} = ?`).join(' AND ');
    const one = database.prepare(`SELECT * FROM ${table} WHERE ${where}`);
    // Some are larger than a number can tell.
    for (const statement of [all, one]) statement.setReadBigInts(true);
    const damaged = all.all().filter((row) => !makesSense(withNumbers(row)));
    for (const row of damaged) {
      const names = key.map((column) => row[column] ?? null);
      new StateStore(database).set(`damaged/${table}/${names.join('/')}`, withTexts(row));
      if (sessionId !== null) tellSession(database, `SELECT ${sessionId} FROM ${table} WHERE ${where}`, names);
      if (set !== null) database.prepare(`UPDATE ${table} SET ${set} WHERE ${where}`).run(...names);
      if (set !== null && makesSense(withNumbers(one.get(...names)))) continue;
      database.prepare(`DELETE FROM ${table} WHERE ${where}`).run(...names);
    }
    return damaged.length;
  });
}

/** Whatever was mended so far, as names in the `state` table. */
export function mendedRows(database: Database): string[] {
  const rows = database.prepare(`SELECT name FROM state WHERE name LIKE 'damaged/%' ORDER BY name`).all();
  return rows.map(({ name }) => String(name));
}

/** For `Mending.set`: the error that says it, as SQL. */
export const damagedError = `'${JSON.stringify(errorInfo('session_damaged')).replaceAll("'", "''")}'`;

function tellSession(database: Database, ofRow: string, names: readonly SQLOutputValue[]): void {
  const notices = `iif(json_valid(notices), notices, '[]')`;
  database
    .prepare(
      `UPDATE sessions SET notices = json_insert(${notices}, '$[#]', json(${damagedError})) WHERE id = (${ofRow})
         AND NOT EXISTS (SELECT 1 FROM json_each(${notices}) WHERE value ->> '$.code' = 'session_damaged')`,
    )
    .run(...names);
}

const withNumbers = (row: Row | undefined): Row | undefined =>
  row && mapped(row, (value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value));
const withTexts = (row: Row): Row => mapped(row, String);

const mapped = (row: Row, change: (value: bigint) => unknown): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? change(value) : value]),
  );
