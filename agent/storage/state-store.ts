/** Small facts that must survive a restart, by name: JSON in the `state` table. */
import type * as z from 'zod';
import type { Database } from './database.ts';

export class StateStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** undefined when it is absent or no longer fits its schema. */
  get<T>(name: string, schema: z.ZodType<T>): T | undefined {
    const row = this.#database.prepare('SELECT value FROM state WHERE name = ?').get(name);
    if (typeof row?.value !== 'string') return undefined;
    const parsed = schema.safeParse(json(row.value));
    return parsed.success ? parsed.data : undefined;
  }

  set(name: string, value: unknown): void {
    this.#database
      .prepare('INSERT INTO state (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value')
      .run(name, JSON.stringify(value));
  }

  delete(name: string): void {
    this.#database.prepare('DELETE FROM state WHERE name = ?').run(name);
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
