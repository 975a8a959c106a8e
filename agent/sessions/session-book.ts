/**
 * Every change of a session goes through here, so that it is saved, then announced, and nothing is heard of one that could not
 * be saved: a step of its run, a choice or a fact, a mark, its end when it is forgotten.
 */
import { randomUUID } from 'node:crypto';
import type { ListQuery, SessionsPage } from '../../shared/api.ts';
import type { Mark, Session, SessionMetadata } from '../../shared/domain.ts';
import { type ErrorCode, type ErrorInfo, type ErrorParams, errorInfo } from '../../shared/errors.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { LiveEvents } from '../live-events.ts';
import { Paced } from '../paced.ts';
import { afterCommit, type Database, transaction } from '../storage/database.ts';
import type { Uploads } from '../uploads/uploads.ts';
import type { Heard, RecordedClock } from './recorded-clock.ts';
import { isActive, type Moment, type Run, type RunEvent, step } from './session-state.ts';
import type { SessionStore, StoredSession } from './session-store.ts';
import { viewSession } from './session-view.ts';

export interface SessionBookPorts {
  readonly store: SessionStore;
  readonly database: Database;
  readonly live: LiveEvents;
  /** Clients see sessions with their uploads. */
  readonly uploads: Pick<Uploads, 'ofRecordings'>;
  /** Of the session that is being recorded. */
  readonly recorded: RecordedClock;
  /** Of the pace of announcements. */
  readonly clock?: Clock;
}

/**
 * A session is looked up and compared as a whole for `session_updated`, so that changes of one are announced together, at most so often
 * (ms): what a person did soon enough to be seen as immediate, facts that nobody waits for more rarely. Steps of its run are announced
 * at once.
 */
export const announceEveryMs = { soon: 200, later: 5000 } as const;
type Pace = keyof typeof announceEveryMs;
const isPaced = (event: string): event is Pace => Object.hasOwn(announceEveryMs, event);

/** A session with more files is too heavy for each further one to be announced at once. */
const lightFiles = 20;

/** Why OBS stopped by itself. */
const failureCodes = ['recording_disk_full', 'recording_stopped_by_obs'] as const;
export type FailureCode = (typeof failureCodes)[number];

export class SessionBook {
  readonly store: SessionStore;
  readonly #ports: SessionBookPorts;
  readonly #listeners = new Set<(session: StoredSession) => void>();
  readonly #updates: Paced;
  /** Of the sessions that changed since the start. */
  readonly #revisions = new Map<string, number>();
  readonly #firstRevision: number;
  #lastRevision: number;

  constructor(ports: SessionBookPorts) {
    this.store = ports.store;
    this.#ports = ports;
    const clock = ports.clock ?? systemClock;
    this.#updates = new Paced((id) => this.#publish(id), clock);
    // A client that stays open over a restart takes no revision of before for one of now.
    this.#firstRevision = Math.max(0, Math.floor(clock.now()));
    this.#lastRevision = this.#firstRevision;
  }

  close(): void {
    this.#updates.close();
  }

  /** Called with every session that began or changed, after that was saved. */
  onChange(listener: (session: StoredSession) => void): void {
    this.#listeners.add(listener);
  }

  /** The session that OBS records now, as far as we know. */
  active(): StoredSession | undefined {
    return this.store.active();
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
    const after = { ...before, run, fileIds, notices: noticesAfter(before, run) };
    if (event.type === 'went_on') {
      // Clients count on by themselves.
      this.store.saveMoment(id, run.asOf);
      return after;
    }
    if (event.type === 'file_seen') {
      // Clients are told when it is closed.
      this.#revise(id);
      this.store.save(after);
      this.#tellListeners(after);
      return after;
    }
    const stopped = isActive(before.run.state) && !isActive(run.state);
    const changed = run.files.length > lightFiles && event.type === 'file_changed' ? 'soon' : 'session_updated';
    return this.#write(stopped ? 'recording_stopped' : changed, after, also);
  }

  /** OBS ended the recording by itself; its card says why. */
  fail(id: string, event: RunEvent & { type: 'failed' }, code: FailureCode): StoredSession {
    const before = this.store.get(id);
    const run = step(before.run, event);
    if (run === before.run) return before;
    const fileIds = run.files.map((_, index) => before.fileIds[index] ?? randomUUID());
    return this.#write('recording_stopped', { ...before, run, fileIds, notices: [...before.notices, errorInfo(code)] });
  }

  /** What a person changed: name, notes, choices. `also` runs in the same transaction. */
  change(
    id: string,
    change: (session: StoredSession) => StoredSession,
    also?: (session: StoredSession) => void,
  ): StoredSession {
    return this.#write('soon', change(this.store.get(id)), also);
  }

  /** What the agent found out: metadata. */
  note(id: string, change: (metadata: SessionMetadata) => SessionMetadata, pace: Pace = 'later'): StoredSession {
    const session = this.store.get(id);
    return this.#write(pace, { ...session, metadata: change(session.metadata) });
  }

  /** A session's moment; of one that is not recorded now, its last. */
  moment({ id, run }: Pick<StoredSession, 'id' | 'run'>, heard?: Heard): Moment {
    return this.#ports.recorded.moment(id, run.asOf, heard);
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
      afterCommit(database, () => {
        this.#revisions.delete(id);
        this.#updates.passed(id);
      });
    });
  }

  /** Something beside its row changed: its picture, its uploads. */
  announce(id: string): Session {
    this.#revise(id);
    afterCommit(this.#ports.database, () => this.#updates.call(id, announceEveryMs.soon));
    return this.view(id);
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
    event: 'recording_started' | 'recording_stopped' | 'session_updated' | Pace,
    session: StoredSession,
    also?: (session: StoredSession) => void,
  ): StoredSession {
    const { database, live } = this.#ports;
    this.#revise(session.id);
    transaction(database, () => {
      this.store.save(session);
      also?.(session);
      // After `also`: what it did to the session's uploads is seen too.
      if (!isPaced(event)) live.publish(event, this.#shown(session));
      afterCommit(database, () => {
        if (isPaced(event)) this.#updates.call(session.id, announceEveryMs[event]);
        else this.#updates.passed(session.id);
        this.#tellListeners(session);
      });
    });
    return session;
  }

  /** Whatever clients have of it now is of an earlier revision. */
  #revise(id: string): void {
    this.#lastRevision += 1;
    this.#revisions.set(id, this.#lastRevision);
  }

  #tellListeners(session: StoredSession): void {
    for (const listener of this.#listeners) listener(session);
  }

  /** It may have been forgotten since. */
  #publish(id: string): void {
    const session = this.store.find(id);
    if (session) this.#ports.live.publish('session_updated', this.#shown(session));
  }

  #shown(session: StoredSession): Session {
    return this.#allShown([session])[0] as Session;
  }

  /** Uploads and tasks joined in one look. */
  #allShown(sessions: readonly StoredSession[]): Session[] {
    const { uploads } = this.#ports;
    const found = uploads.ofRecordings(sessions.flatMap(({ fileIds }) => fileIds));
    return sessions.map((session) => {
      const revision = this.#revisions.get(session.id) ?? this.#firstRevision;
      return viewSession(session, found, this.moment(session).recordedMs, revision);
    });
  }
}

/** That OBS failed turned out not to be so: it records after all, or somebody had stopped it. */
function noticesAfter({ run: before, notices }: StoredSession, run: Run): readonly ErrorInfo[] {
  if (before.ending !== 'failed' || run.ending === 'failed') return notices;
  return notices.filter(({ code }) => !(failureCodes as readonly string[]).includes(code));
}

/** Whether two notices say the same, whatever their texts are by now, and whether or not a person has left what they ask about. */
const isSameNotice = (a: ErrorInfo, b: ErrorInfo): boolean => a.code === b.code && saidOf(a) === saidOf(b);
const saidOf = ({ params }: ErrorInfo): string => JSON.stringify({ ...params, left: undefined });
