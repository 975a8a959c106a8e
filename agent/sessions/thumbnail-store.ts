/** Pictures of sessions in SQLite: small, and gone with their session. */
import type { Database } from '../storage/database.ts';

export class ThumbnailStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The JPEG, or undefined. */
  get(sessionId: string): Uint8Array<ArrayBuffer> | undefined {
    const row = this.#database.prepare('SELECT jpeg FROM thumbnails WHERE session_id = ?').get(sessionId);
    return row?.jpeg instanceof Uint8Array ? (row.jpeg as Uint8Array<ArrayBuffer>) : undefined;
  }

  save(sessionId: string, jpeg: Uint8Array): void {
    this.#database
      .prepare('INSERT INTO thumbnails (session_id, jpeg) VALUES (?, ?) ON CONFLICT (session_id) DO NOTHING')
      .run(sessionId, jpeg);
  }
}
