/** What the tests of sessions share: a session book over a database in memory, and what clients would hear of it. */
import { type Clock, systemClock } from '../clock.ts';
import { type Announcement, LiveEvents } from '../live-events.ts';
import { afterCommit, type Database, openDatabase } from '../storage/database.ts';
import type { Uploads } from '../uploads/uploads.ts';
import { RecordedClock } from './recorded-clock.ts';
import { SessionBook } from './session-book.ts';
import { begin, firstMoment, type Moment } from './session-state.ts';
import { SessionStore, type StoredSession } from './session-store.ts';

export interface BookFixture {
  readonly database: Database;
  readonly live: LiveEvents;
  readonly store: SessionStore;
  readonly book: SessionBook;
  /** Everything that was announced, oldest first. */
  readonly events: Announcement[];
  /** Of the newest session that was opened. */
  readonly recorded: RecordedClock;
  /** Opens a session that is recorded to this file from now on. @returns its id */
  open(file: string | null, change?: Partial<StoredSession>): string;
  /** The newest session's moment at that date; nothing was paused. */
  at(date: number): Moment;
}

/** Every announcement has its turn at once. */
function impatientClock(): Clock {
  let monotonicMs = 0;
  const monotonic = (): number => {
    monotonicMs += 1_000_000;
    return monotonicMs;
  };
  return { ...systemClock, monotonic };
}

/**
 * @param now ms since 1970
 * @param uploads default: no recording has any
 * @param clock of the pace of announcements; default: each is made at once
 */
export function bookFixture(
  now: () => number,
  database: Database = openDatabase(':memory:'),
  uploads: Pick<Uploads, 'ofRecordings'> = { ofRecordings: () => new Map() },
  clock: Clock = impatientClock(),
  recorded = new RecordedClock({ now, monotonic: now }),
): BookFixture {
  const live = new LiveEvents(now, (announce) => afterCommit(database, announce));
  const events: Announcement[] = [];
  live.subscribe((event) => events.push(event));
  const store = new SessionStore(database);
  const book = new SessionBook({ store, database, live, uploads, recorded, clock });
  let startedAt = 0;
  const at = (date: number): Moment => ({ date, recordedMs: date - startedAt, elapsedMs: date - startedAt });
  const open: BookFixture['open'] = (file, change = {}) => {
    startedAt = now();
    const { id } = book.open({
      ...{ name: 'Session', startedBy: 'obs', autoUpload: true, subtitleModel: 'base', priority: 1, notes: '' },
      metadata: { scenes: [], pauses: [] },
      run: begin(firstMoment(startedAt), file),
      ...change,
    });
    recorded.begin(id, firstMoment(startedAt), recorded.now());
    return id;
  };
  return { database, live, store, book, events, recorded, open, at };
}
