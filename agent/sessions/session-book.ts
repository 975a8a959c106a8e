/** Every change of a session goes through here: one step of the state machine, saved, then announced. */
import { randomUUID } from 'node:crypto';
import type { Session } from '../../shared/domain.ts';
import type { LiveBus } from '../live-events.ts';
import { type Database, transaction } from '../storage/database.ts';
import { isActive, type RunEvent, step } from './session-state.ts';
import type { SessionStore, StoredSession } from './session-store.ts';

export class SessionBook {
  readonly store: SessionStore;
  readonly #database: Database;
  readonly #live: LiveBus;
  readonly #listeners = new Set<(session: StoredSession) => void>();

  constructor(store: SessionStore, database: Database, live: LiveBus) {
    this.store = store;
    this.#database = database;
    this.#live = live;
  }

  /** Called with every session that began or changed, after that was saved and announced. */
  onChange(listener: (session: StoredSession) => void): void {
    this.#listeners.add(listener);
  }

  /** The session that OBS records now, as far as we know. */
  active(): StoredSession | undefined {
    return this.store
      .unfinished()
      .filter((session) => isActive(session.run.state))
      .at(-1);
  }

  /** A new session. `also` runs in the same transaction. */
  open(session: Omit<StoredSession, 'id' | 'fileIds' | 'marks' | 'thumbnail'>, also?: () => void): StoredSession {
    const fileIds = session.run.files.map(() => randomUUID());
    const opened = { ...session, id: randomUUID(), fileIds, marks: [], thumbnail: false };
    transaction(this.#database, () => {
      this.store.save(opened);
      also?.();
    });
    this.#live.publish('recording_started', this.store.view(opened));
    this.#tell(opened);
    return opened;
  }

  /** One event. `also` runs in the same transaction, so that what follows from the event is never lost between the two. */
  apply(id: string, event: RunEvent, also?: (session: StoredSession) => void): StoredSession {
    const before = this.store.get(id);
    const run = step(before.run, event);
    if (run === before.run) return before;
    const fileIds = run.files.map((_, index) => before.fileIds[index] ?? randomUUID());
    const after = { ...before, run, fileIds };
    transaction(this.#database, () => {
      this.store.save(after);
      also?.(after);
    });
    const stopped = isActive(before.run.state) && !isActive(run.state);
    this.#live.publish(stopped ? 'recording_stopped' : 'session_updated', this.store.view(after));
    this.#tell(after);
    return after;
  }

  /** A change of anything but the run: name, notes, choices, metadata. */
  change(id: string, change: (session: StoredSession) => StoredSession): StoredSession {
    const changed = change(this.store.get(id));
    this.store.save(changed);
    this.#live.publish('session_updated', this.store.view(changed));
    this.#tell(changed);
    return changed;
  }

  #tell(session: StoredSession): void {
    for (const listener of this.#listeners) listener(session);
  }

  /** Something beside its row changed: marks, its picture, its uploads. */
  announce(id: string): Session {
    const session = this.view(id);
    this.#live.publish('session_updated', session);
    return session;
  }

  view(id: string): Session {
    return this.store.view(this.store.get(id));
  }
}
