/**
 * Every change of a session goes through here, so that it is saved, then announced, and nothing is heard of one that could not
 * be saved: a step of its run, a choice or a fact, a mark, its end when it is forgotten.
 */
import { randomUUID } from 'node:crypto';
import type { ListQuery, SessionsPage } from '../../shared/api.ts';
import type { Mark, Session } from '../../shared/domain.ts';
import { type ErrorCode, type ErrorInfo, type ErrorParams, errorInfo } from '../../shared/errors.ts';
import type { LiveEvents } from '../live-events.ts';
import { afterCommit, type Database, transaction } from '../storage/database.ts';
import type { Uploads } from '../uploads/uploads.ts';
import { isActive, type RunEvent, step } from './session-state.ts';
import type { SessionStore, StoredSession } from './session-store.ts';
import { viewSession } from './session-view.ts';

export interface SessionBookPorts {
  readonly store: SessionStore;
  readonly database: Database;
  readonly live: LiveEvents;
  /** Clients see sessions with their uploads. */
  readonly uploads: Pick<Uploads, 'ofRecordings'>;
  /** ms since 1970 */
  readonly now: () => number;
}

export class SessionBook {
  readonly store: SessionStore;
  readonly #ports: SessionBookPorts;
  readonly #listeners = new Set<(session: StoredSession) => void>();

  constructor(ports: SessionBookPorts) {
    this.store = ports.store;
    this.#ports = ports;
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
  open(
    session: Omit<StoredSession, 'id' | 'fileIds' | 'marks' | 'thumbnail' | 'notices'>,
    also?: () => void,
  ): StoredSession {
    const fileIds = session.run.files.map(() => randomUUID());
    const opened = { ...session, id: randomUUID(), fileIds, marks: [], thumbnail: false, notices: [] };
    return this.#write('recording_started', opened, also);
  }

  /** One event. `also` runs in the same transaction, so that what follows from the event is never lost between the two. */
  apply(id: string, event: RunEvent, also?: (session: StoredSession) => void): StoredSession {
    const before = this.store.get(id);
    const run = step(before.run, event);
    if (run === before.run) return before;
    const fileIds = run.files.map((_, index) => before.fileIds[index] ?? randomUUID());
    const stopped = isActive(before.run.state) && !isActive(run.state);
    return this.#write(stopped ? 'recording_stopped' : 'session_updated', { ...before, run, fileIds }, also);
  }

  /** A change of anything but the run: name, notes, choices, metadata. `also` runs in the same transaction. */
  change(
    id: string,
    change: (session: StoredSession) => StoredSession,
    also?: (session: StoredSession) => void,
  ): StoredSession {
    return this.#write('session_updated', change(this.store.get(id)), also);
  }

  /** Tells a person something about a session, on its card; what is told already is not told twice. */
  notice(id: string, code: ErrorCode, params: ErrorParams = {}): void {
    const info = errorInfo(code, params);
    if (this.store.find(id)?.notices.some((known) => isSameNotice(known, info)) !== false) return;
    this.change(id, (session) => ({ ...session, notices: [...session.notices, info] }));
  }

  /** What was told is settled. */
  dropNotices(id: string, isSettled: (notice: ErrorInfo) => boolean): void {
    if (!this.store.find(id)?.notices.some(isSettled)) return;
    this.change(id, (session) => ({ ...session, notices: session.notices.filter((each) => !isSettled(each)) }));
  }

  /** Inserts, replaces or removes a chapter or a note. */
  changeMark(id: string, change: { readonly save: Mark } | { readonly remove: string }): Session {
    this.store.changeMark(id, change);
    return this.announce(id);
  }

  /** Forgets a session, with everything but its files. `also` runs first, in the same transaction. */
  forget(id: string, also: () => void): void {
    const { database, live } = this.#ports;
    transaction(database, () => {
      also();
      this.store.delete(id);
      live.publish('session_deleted', { sessionId: id });
    });
  }

  /** Something beside its row changed: its picture, its uploads. */
  announce(id: string): Session {
    const session = this.view(id);
    this.#ports.live.publish('session_updated', session);
    return session;
  }

  /** As clients see it. @throws StreamAIError session_not_found */
  view(id: string): Session {
    return this.#shown(this.store.get(id));
  }

  /** A page of the history as clients see it, newest first. */
  page(query: ListQuery): SessionsPage {
    const { sessions, nextCursor } = this.store.page(query);
    return { sessions: this.#allShown(sessions), nextCursor };
  }

  /** Sessions that have finished files here, newest first, as clients see them. */
  withLocalFiles(): Session[] {
    return this.#allShown(this.store.withLocalFiles());
  }

  #write(
    event: 'recording_started' | 'recording_stopped' | 'session_updated',
    session: StoredSession,
    also?: (session: StoredSession) => void,
  ): StoredSession {
    const { database, live } = this.#ports;
    transaction(database, () => {
      this.store.save(session);
      also?.(session);
      // After `also`: what it did to the session's uploads is seen too.
      live.publish(event, this.#shown(session));
      afterCommit(database, () => {
        for (const listener of this.#listeners) listener(session);
      });
    });
    return session;
  }

  #shown(session: StoredSession): Session {
    return this.#allShown([session])[0] as Session;
  }

  /** Uploads and tasks joined in one look. */
  #allShown(sessions: readonly StoredSession[]): Session[] {
    const { uploads, now } = this.#ports;
    const found = uploads.ofRecordings(sessions.flatMap(({ fileIds }) => fileIds));
    return sessions.map((session) => viewSession(session, found, now()));
  }
}

/** Whether two notices say the same, whatever their texts are by now. */
const isSameNotice = (a: ErrorInfo, b: ErrorInfo): boolean =>
  a.code === b.code && JSON.stringify(a.params ?? {}) === JSON.stringify(b.params ?? {});
