/**
 * From OBS's events to sessions: opens one at STARTED, follows it, ends it at STOPPED, waits until its files are closed and
 * hands them to the uploads. Whoever started the recording, the way is the same.
 */
import path from 'node:path';
import { findSplitFiles } from '../files/split-files.ts';
import type { Log } from '../log.ts';
import type { ObsConnection } from '../obs/connection.ts';
import type { ObsEvent } from '../obs/events.ts';
import type { FileNaming } from '../obs/file-naming.ts';
import type { ObsReadback, RecordingNow } from '../obs/read-back.ts';
import type { FileCloser } from './file-closer.ts';
import type { LostWatch } from './lost-watch.ts';
import type { NextSessionKeeper } from './next-session.ts';
import type { Observer } from './observer.ts';
import type { SessionBook } from './session-book.ts';
import { begin, isActive } from './session-state.ts';
import type { StoredSession } from './session-store.ts';
import type { SessionUploads } from './session-uploads.ts';
import type { StartIntents } from './start-intent.ts';
import type { Thumbnails } from './thumbnails.ts';

export interface SessionTrackerPorts {
  readonly obs: ObsConnection;
  readonly naming: FileNaming;
  readonly book: SessionBook;
  readonly next: NextSessionKeeper;
  readonly intents: StartIntents;
  readonly closer: FileCloser;
  readonly observer: Observer;
  readonly lostWatch: LostWatch;
  readonly thumbnails: Thumbnails;
  readonly uploads: Pick<SessionUploads, 'fileGoesOn'>;
  readonly now: () => number;
  readonly log: Log;
}

export class SessionTracker {
  readonly #ports: SessionTrackerPorts;
  /** Events are handled one after the other, although some wait for files or for OBS. */
  #last: Promise<void> = Promise.resolve();
  /** The agent missed a part of the active session, so it may have missed a split. */
  #missedSome = false;
  /** The connection to OBS was lost while it recorded. */
  #sawObsVanish = false;
  /** The first file of the newest recording that OBS told of; its turn may not have come yet. */
  #newest: string | null = null;

  constructor(ports: SessionTrackerPorts) {
    this.#ports = ports;
  }

  /** Takes up the session that an earlier run of the agent left, then listens to OBS. Call before the connection starts. */
  start(): void {
    const { book, obs, lostWatch } = this.#ports;
    this.#missedSome = book.active() !== undefined;
    obs.on((event) => this.#hear(event));
    if (book.active()) lostWatch.start((id) => this.#lose(id, 'unseen'));
  }

  /** Resolves when every event that was heard so far has been handled. */
  async caughtUp(): Promise<void> {
    await this.#last;
  }

  close(): void {
    this.#ports.lostWatch.stop();
    this.#ports.observer.stop();
    this.#ports.thumbnails.close();
  }

  #hear(event: ObsEvent): void {
    // Not when its turn comes: by then OBS may be somewhere else.
    const at = this.#ports.now();
    if (event.type === 'record_state' && event.state === 'started') this.#newest = event.path;
    this.#last = this.#last
      .then(() => this.#handle(event, at))
      .catch((error: unknown) =>
        this.#ports.log.error({ err: error, event: event.type }, 'handling an OBS event failed'),
      );
  }

  /** @param at when it was heard, ms since 1970 */
  async #handle(event: ObsEvent, at: number): Promise<void> {
    const { book, observer, lostWatch } = this.#ports;
    const active = book.active();
    switch (event.type) {
      case 'connected':
        lostWatch.stop();
        return this.#readBack(event.readback);
      case 'disconnected':
        observer.stop();
        if (!active) return;
        this.#missedSome = true;
        this.#sawObsVanish = true;
        return lostWatch.start((id) => this.#lose(id, 'vanished'));
      case 'record_file_changed':
        if (active)
          this.#ports.closer.closeFiles(book.apply(active.id, { type: 'file_changed', at, path: event.path }));
        return;
      case 'scene_changed':
        if (active) observer.sceneChanged(active.id, event.scene);
        return;
      case 'record_state':
        return this.#recordState(event, active, at);
      default:
        return;
    }
  }

  async #recordState(
    event: Extract<ObsEvent, { type: 'record_state' }>,
    active: StoredSession | undefined,
    at: number,
  ): Promise<void> {
    const { book } = this.#ports;
    switch (event.state) {
      case 'starting':
        return;
      case 'started': {
        // Told twice: the read-back of this connect already knew.
        if (active && (event.path === null || active.run.files.some((file) => file.path === event.path))) return;
        if (active) await this.#lose(active.id, 'unseen', event.path);
        return this.#open(at, event.path);
      }
      case 'paused':
      case 'resumed':
      case 'stopping':
        if (active) book.apply(active.id, { type: event.state, at });
        if (event.state === 'stopping') void this.#ports.observer.stopping();
        return;
      case 'stopped': {
        const session = active ?? (event.path === null ? undefined : book.store.byPath(event.path));
        if (session) await this.#end(session, 'stopped', { file: event.path, at });
      }
    }
  }

  /** What OBS says at a connect, against what we believe. */
  async #readBack({ recording, framesRendered }: ObsReadback): Promise<void> {
    const { book, intents, observer, now } = this.#ports;
    const active = book.active();
    const goesOn = this.#goesOn(recording, active);
    // Another run of OBS: the one that recorded is gone. The same one: only the connection was, and the files tell how it ended.
    const vanished = this.#sawObsVanish && !observer.isSameRun(framesRendered);
    if (active && active.id !== goesOn?.id) {
      await this.#lose(active.id, vanished ? 'vanished' : 'unseen', recording.active ? recording.path : null);
    }
    this.#sawObsVanish = false;
    if (goesOn) {
      book.apply(goesOn.id, { type: 'revived', paused: recording.paused, at: now() });
      // After it: killed in between, the file is closed and queued anew; the other way round its upload would stay cancelled.
      if (!isActive(goesOn.run.state)) this.#takeBack(goesOn);
      observer.observe(goesOn.id);
    } else if (recording.active) {
      // Somebody started it while we were away.
      this.#missedSome = true;
      await this.#open(now() - recording.durationMs, recording.path, recording.paused);
    }
    await intents.tidyUp();
  }

  /** The session that OBS is recording: the active one, or one that was given up too early. */
  #goesOn(recording: RecordingNow, active: StoredSession | undefined): StoredSession | undefined {
    if (!recording.active) return undefined;
    if (active && (recording.path === null || active.run.files.length === 0)) return active;
    const known = recording.path === null ? undefined : this.#ports.book.store.byPath(recording.path);
    // A file of a session that OBS itself ended is a new recording over an old name.
    return known?.run.ending === 'stopped' ? undefined : known;
  }

  /** Its last file grows again: nothing of it may be waited for or uploaded now. */
  #takeBack(session: StoredSession): void {
    this.#ports.closer.abandon(session);
    this.#ports.uploads.fileGoesOn(session);
    this.#missedSome = true;
  }

  async #open(at: number, file: string | null, paused = false): Promise<void> {
    const { book, next, intents, naming, observer } = this.#ports;
    const intent = intents.take();
    const chosen = next.get();
    const given = intent ? intent.name : chosen.name;
    const named = next.namingFor(given, at);
    const session = book.open(
      {
        name: named.name,
        startedBy: intent?.by ?? 'obs',
        autoUpload: intent?.autoUpload ?? chosen.autoUpload,
        subtitleModel: intent?.subtitleModel ?? chosen.subtitleModel,
        priority: intent?.priority ?? chosen.priority,
        notes: '',
        metadata: { number: named.number, fields: { ...named.fields }, scenes: [], pauses: [] },
        run: begin(at, file),
      },
      () => next.consume(named),
    );
    if (paused) book.apply(session.id, { type: 'paused', at: this.#ports.now() });
    this.#ports.log.info({ session: session.name, file, by: session.startedBy }, 'recording started');
    observer.observe(session.id);
    this.#ports.thumbnails.takeSoon(session.id);
    // Not awaited: the recording's next event must not wait for OBS's answer to this.
    void naming.restore();
  }

  /** @param next what OBS records instead */
  async #lose(id: string, ending: 'vanished' | 'unseen', next: string | null = null): Promise<void> {
    const session = this.#ports.book.store.find(id);
    if (session) await this.#end(session, ending, { next });
  }

  /** @param how `next`: what OBS records instead; `at`: when it ended, ms since 1970 */
  async #end(
    session: StoredSession,
    ending: 'stopped' | 'vanished' | 'unseen',
    how: { readonly file?: string | null; readonly next?: string | null; readonly at?: number },
  ): Promise<void> {
    const { book, closer, observer, lostWatch, log, now } = this.#ports;
    const { file = null, next = null, at = now() } = how;
    observer.stop();
    lostWatch.stop();
    const paths = [...(file === null ? [] : [file]), ...(await this.#missedSplits(session, file, { at, next }))];
    const ended = book.apply(
      session.id,
      ending === 'stopped' ? { type: 'stopped', at, paths } : { type: 'lost', at, paths, ending },
    );
    this.#missedSome = false;
    log.info(
      { session: ended.name, ending, files: ended.run.files.map((each) => path.basename(each.path)) },
      'recording ended',
    );
    closer.closeFiles(ended);
  }

  async #missedSplits(
    session: StoredSession,
    file: string | null,
    { at, next }: { at: number; next: string | null },
  ): Promise<string[]> {
    const { obs, book, observer } = this.#ports;
    const first = session.run.files[0]?.path ?? file;
    const told = obs.readback?.availableRequests.has('SplitRecordFile') === true && !this.#missedSome;
    if (first === null || told || !observer.splits) return [];
    const isKnown = (candidate: string): boolean =>
      candidate === this.#newest || book.store.byPath(candidate) !== undefined;
    return findSplitFiles({ first, from: session.run.startedAt, to: at, next, isKnown });
  }
}
