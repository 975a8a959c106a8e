/** Databases as released versions of StreamAI left them, in `fixtures/`: copies of them, and their rows before anything opened them. */
import { readdirSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';

const folder = path.join(import.meta.dirname, 'fixtures');
const ending = '.db.gz';

/** The version that wrote each: `0.1.0`. */
export const releasedVersions: readonly string[] = readdirSync(folder)
  .filter((file) => file.endsWith(ending))
  .map((file) => file.slice('streamai-'.length, -ending.length))
  .sort();

/** Puts a version's database where an agent with this data folder looks for its own; makes the folder if missing. @returns the file */
export async function unpackDatabase(version: string, dataDir: string): Promise<string> {
  const file = path.join(dataDir, 'streamai.db');
  await mkdir(dataDir, { recursive: true });
  await writeFile(file, gunzipSync(await readFile(path.join(folder, `streamai-${version}${ending}`))));
  return file;
}

/** Columns by the names that fields of the same meaning have in the code: `started_at` is `startedAt`. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

/** Reads a database as it lies there, without any migration. @returns all rows by table, in the order in which they were written */
export function writtenRows(file: string): Readonly<Record<string, readonly Row[]>> {
  using database = new DatabaseSync(file);
  const names = database
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`)
    .all();
  const rows = (table: string): Row[] => database.prepare(`SELECT * FROM ${table}`).all().map(inCamelCase);
  return Object.fromEntries(names.map(({ name }) => [String(name), rows(String(name))]));
}

function inCamelCase(row: Row): Row {
  const field = (column: string): string => column.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [field(column), value]));
}
