/** What the tests of sessions share: a session book over a database in memory, and what clients would hear of it. */
import type { LiveEvent } from '../../shared/live.ts';
import { LiveEvents } from '../live-events.ts';
import { afterCommit, type Database, openDatabase } from '../storage/database.ts';
import type { Uploads } from '../uploads/uploads.ts';
import { SessionBook } from './session-book.ts';
import { begin } from './session-state.ts';
import { SessionStore, type StoredSession } from './session-store.ts';

export interface BookFixture {
  readonly database: Database;
  readonly live: LiveEvents;
  readonly store: SessionStore;
  readonly book: SessionBook;
  /** Everything that was announced, oldest first. */
  readonly events: LiveEvent[];
  /** Opens a session that is recorded to this file from now on. @returns its id */
  open(file: string | null, change?: Partial<StoredSession>): string;
}

/**
 * @param now ms since 1970
 * @param uploads default: no recording has any
 */
export function bookFixture(
  now: () => number,
  database: Database = openDatabase(':memory:'),
  uploads: Pick<Uploads, 'ofRecordings'> = { ofRecordings: () => new Map() },
): BookFixture {
  const live = new LiveEvents(now, (announce) => afterCommit(database, announce));
  const events: LiveEvent[] = [];
  live.subscribe((event) => events.push(event));
  const store = new SessionStore(database, now);
  const book = new SessionBook({ store, database, live, uploads, now });
  const open: BookFixture['open'] = (file, change = {}) =>
    book.open({
      ...{ name: 'Session', startedBy: 'obs', autoUpload: true, subtitleModel: 'base', priority: 1, notes: '' },
      metadata: { scenes: [], pauses: [] },
      run: begin(now(), file),
      ...change,
    }).id;
  return { database, live, store, book, events, open };
}
