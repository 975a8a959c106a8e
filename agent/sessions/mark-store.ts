/** Chapters and notes in SQLite; the only place that reads or writes this table. */
import type { StatementSync } from 'node:sqlite';
import * as z from 'zod';
import { type Mark, markKindSchema } from '../../shared/domain.ts';
import type { Database } from '../storage/database.ts';

const markRow = z.object({
  id: z.string(),
  session_id: z.string(),
  kind: markKindSchema,
  at_ms: z.number(),
  text: z.string(),
  in_file: z.literal([0, 1]),
  created_at: z.number(),
});

export class MarkStore {
  readonly #ofSessions: StatementSync;
  readonly #save: StatementSync;
  readonly #delete: StatementSync;

  constructor(database: Database) {
    this.#ofSessions = database.prepare(
      `SELECT * FROM marks WHERE session_id IN (SELECT value FROM json_each(?))
       ORDER BY session_id, at_ms, created_at, rowid`,
    );
    this.#save = database.prepare(
      `INSERT INTO marks (id, session_id, kind, at_ms, text, in_file, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET at_ms = excluded.at_ms, text = excluded.text, in_file = excluded.in_file`,
    );
    this.#delete = database.prepare('DELETE FROM marks WHERE id = ?');
  }

  /** By session id, each list by time and then by when they were made; sessions without marks are absent. */
  ofSessions(sessionIds: readonly string[]): Map<string, Mark[]> {
    const rows = this.#ofSessions.all(JSON.stringify(sessionIds)).map((row) => markRow.parse(row));
    const marks = new Map<string, Mark[]>();
    for (const { session_id, id, kind, at_ms: atMs, text, in_file, created_at } of rows) {
      const mark = { id, kind, atMs, text, inFile: in_file === 1, createdAt: new Date(created_at).toISOString() };
      const list = marks.get(session_id);
      if (list) list.push(mark);
      else marks.set(session_id, [mark]);
    }
    return marks;
  }

  /** Inserts or replaces. */
  save(sessionId: string, { id, kind, atMs, text, inFile, createdAt }: Mark): void {
    this.#save.run(id, sessionId, kind, atMs, text, Number(inFile), Date.parse(createdAt));
  }

  delete(id: string): void {
    this.#delete.run(id);
  }
}
