/**
 * From OBS's events to sessions: opens one at STARTED, tracks its pauses and splits, ends it at STOPPED and has its files closed,
 * from where they go to the uploads. Whoever started the recording, the way is the same. What was missed, because the connection
 * or the agent was away, is made up for at the next connect, from what OBS says then and from the files.
 */
import path from 'node:path';
import type { FoundSplit } from '../files/split-files.ts';
import type { Log } from '../log.ts';
import type { ObsConnection } from '../obs/connection.ts';
import type { ObsEvent } from '../obs/events.ts';
import type { FileNaming } from '../obs/file-naming.ts';
import { isAddress, type RecordPlace } from '../obs/protocol.ts';
import type { ObsReadback, RecordingNow } from '../obs/read-back.ts';
import type { FileCloser } from './file-closer.ts';
import type { LostWatch } from './lost-watch.ts';
import type { NextSessionKeeper } from './next-session.ts';
import type { Observer } from './observer.ts';
import type { SessionBook } from './session-book.ts';
import { begin, isActive } from './session-state.ts';
import type { StoredSession } from './session-store.ts';
import type { SessionUploads } from './session-uploads.ts';
import type { SplitWatch } from './split-watch.ts';
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
  readonly splits: SplitWatch;
  readonly uploads: Pick<SessionUploads, 'fileGoesOn'>;
  readonly now: () => number;
  readonly log: Log;
}

export class SessionTracker {
  readonly #ports: SessionTrackerPorts;
  /** The end of what was last put in line: events are handled one after the other, although some wait for files. */
  #last: Promise<void> = Promise.resolve();
  /** Since when (ms since 1970) the agent may have missed a split of the active session; null: it has seen everything. */
  #missedSince: number | null = null;
  /** The connection to OBS was lost while it recorded. */
  #sawObsVanish = false;
  /** The first file of the recording that OBS started last; that event may still be in line. */
  #newest: string | null = null;

  constructor(ports: SessionTrackerPorts) {
    this.#ports = ports;
  }

  /** Takes up the session that an earlier run of the agent left, then listens to OBS. Call before the connection starts. */
  start(): void {
    const { book, obs } = this.#ports;
    // When the last run of the agent ended is not known.
    this.#missedSince = book.active() === undefined ? null : 0;
    obs.on((event) => this.#hear(event));
    if (book.active()) this.#watch('unseen');
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
    // What happened happened now, however long the event waits in line.
    const at = this.#ports.now();
    if (event.type === 'record_state' && event.state === 'started') this.#newest = event.path;
    this.#inTurn(event.type, () => this.#handle(event, at));
  }

  #inTurn(event: string, work: () => Promise<void>): void {
    this.#last = this.#last
      .then(work)
      .catch((error: unknown) => this.#ports.log.error({ err: error, event }, 'handling an OBS event failed'));
  }

  /** Gives the active session up once OBS stays away and its file stands still. */
  #watch(ending: 'vanished' | 'unseen'): void {
    const { obs, lostWatch } = this.#ports;
    lostWatch.start((id) =>
      this.#inTurn('lost', async () => {
        // If OBS is there again by now, it has said how things stand.
        if (!obs.connected) await this.#lose(id, ending);
      }),
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
        this.#missedSince ??= at;
        this.#sawObsVanish = true;
        return this.#watch('vanished');
      case 'record_file_changed':
        if (active) await this.#changeFile(active, event.path, at);
        return;
      case 'replay_saved':
        if (active) this.#ports.splits.replaySaved(active.id, event.path);
        return;
      case 'scene_changed':
        if (active) observer.sceneChanged(active.id, event.scene, at);
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
        if (active && (event.path === null || hasFile(active, event.path))) {
          // OBS said it when we connected, and now as an event too. A STOPPING before it was of the recording before.
          if (active.run.state === 'stopping') book.apply(active.id, { type: 'revived', paused: false, at });
          return;
        }
        // OBS can only begin another recording when it has ended the one before.
        if (active) await this.#lose(active.id, 'unseen', event.path);
        await this.#open(at, event);
        return;
      }
      case 'paused':
      case 'resumed':
      case 'stopping':
        if (active) book.apply(active.id, { type: event.state, at });
        if (event.state === 'stopping') void this.#ports.observer.stopping();
        return;
      case 'stopped': {
        // It may come late: OBS said at the connect already that it has stopped, or that it records another file by now.
        const named = event.path === null ? undefined : book.store.byPath(event.path);
        const session = named && isLost(named) ? named : active;
        if (session) await this.#end(session, 'stopped', { file: event.path, at });
      }
    }
  }

  /** OBS goes on in another file. */
  async #changeFile(session: StoredSession, file: string, at: number): Promise<void> {
    const { book, closer } = this.#ports;
    // In the order in which they were written: those of splits that we missed come before it.
    const missed = await this.#missedSplits(session, { at, next: file, file: null });
    this.#missedSince = null;
    for (const { path, bornAt } of [...missed, { path: file, bornAt: at }]) {
      closer.closeFiles(book.apply(session.id, { type: 'file_changed', at: bornAt, path }));
    }
  }

  /** Brings sessions in line with what OBS says when we connect. */
  async #readBack({ recording, framesRendered }: ObsReadback): Promise<void> {
    const { book, intents, observer, now } = this.#ports;
    const active = book.active();
    const goesOn = this.#goesOn(recording, active);
    // If this is another run of OBS, the one that recorded has crashed. If it is the same one, only the connection was gone, and the
    // files tell how the recording ended.
    const vanished = this.#sawObsVanish && !observer.isSameRun(framesRendered);
    if (active && active.id !== goesOn?.id) {
      await this.#lose(active.id, vanished ? 'vanished' : 'unseen', recording.active ? recording.path : null);
    }
    this.#sawObsVanish = false;
    observer.sawFrames(framesRendered);
    if (goesOn) {
      book.apply(goesOn.id, { type: 'revived', paused: recording.paused, at: now() });
      // In this order: if the agent is killed between the two, the session counts as recorded by OBS, so its file is closed and
      // queued again. The other way round it would stay ended with its upload withdrawn, and nothing would ever send it.
      if (!isActive(goesOn.run.state)) this.#takeBack(goesOn);
      this.#observe(goesOn.id);
      await this.#catchUp(goesOn.id);
    } else if (recording.active) {
      // Somebody started it while we were away.
      this.#missedSince = 0;
      const { id } = await this.#open(now() - recording.durationMs, recording, recording.paused);
      await this.#catchUp(id);
    }
    await intents.tidyUp();
  }

  /** The session that OBS is recording: the active one, or one that was given up too early. */
  #goesOn(recording: RecordingNow, active: StoredSession | undefined): StoredSession | undefined {
    if (!recording.active) return undefined;
    if (active && (recording.path === null || active.run.files.length === 0)) return active;
    const known = recording.path === null ? undefined : this.#ports.book.store.byPath(recording.path);
    // OBS itself ended that session, so what it records now is a new recording, at the path of the old one.
    return known?.run.ending === 'stopped' ? undefined : known;
  }

  #observe(sessionId: string): void {
    this.#ports.observer.observe(sessionId, () =>
      // Its STOPPED was sent before we connected, at a moment when OBS still called its output active.
      this.#inTurn('not recording', () => this.#lose(sessionId, 'unseen')),
    );
  }

  /** OBS writes the session's last file again: nobody may wait for its end or upload it now. */
  #takeBack(session: StoredSession): void {
    this.#ports.closer.abandon(session);
    this.#ports.uploads.fileGoesOn(session);
    this.#missedSince = 0;
  }

  async #open(at: number, { path: file, elsewhere }: RecordPlace, paused = false): Promise<StoredSession> {
    const { book, next, intents, naming, splits, log } = this.#ports;
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
    log.info({ session: session.name, file, by: session.startedBy }, 'recording started');
    if (elsewhere !== null) this.#noFileHere(session, elsewhere);
    this.#observe(session.id);
    this.#ports.thumbnails.takeSoon(session.id);
    // Not awaited: the recording's next event must not wait for OBS's answers to these.
    void naming.restore();
    splits.remember(session).catch((error: unknown) => log.warn({ err: error }, 'the record output was not noted'));
    return session;
  }

  /** OBS writes it where we cannot read. */
  #noFileHere({ id, name }: StoredSession, elsewhere: string): void {
    const { book, log } = this.#ports;
    log.warn({ session: name, elsewhere }, 'what OBS records is not reachable from here');
    if (isAddress(elsewhere)) book.notice(id, 'recorded_elsewhere', { address: elsewhere });
    else book.notice(id, 'path_not_reachable', { path: elsewhere });
  }

  /** Ends a session whose end nobody told us. @param next what OBS records instead */
  async #lose(id: string, ending: 'vanished' | 'unseen', next: string | null = null): Promise<void> {
    const session = this.#ports.book.store.find(id);
    if (session) await this.#end(session, ending, { next });
  }

  /** @param how `file`: what OBS says it wrote; `next`: what it records instead; `at`: when it ended, ms since 1970 */
  async #end(
    session: StoredSession,
    ending: 'stopped' | 'vanished' | 'unseen',
    how: { readonly file?: string | null; readonly next?: string | null; readonly at?: number },
  ): Promise<void> {
    const { book, closer, observer, lostWatch, log, now } = this.#ports;
    const { file = null, next = null, at = now() } = how;
    if (!isActive(session.run.state)) {
      // That it is over was known, but not how it ended.
      if (ending === 'stopped') book.apply(session.id, { type: 'stopped', at, paths: [] });
      return;
    }
    const missed = await this.#missedSplits(session, { at, next, file });
    const paths = [...(file === null ? [] : [file]), ...missed.map((split) => split.path)];
    const ended = book.apply(
      session.id,
      ending === 'stopped' ? { type: 'stopped', at, paths } : { type: 'lost', at, paths, ending },
    );
    // Not before: if it cannot be written down, they find out once more that it has ended.
    observer.stop();
    lostWatch.stop();
    this.#missedSince = null;
    log.info(
      { session: ended.name, ending, files: ended.run.files.map((each) => path.basename(each.path)) },
      'recording ended',
    );
    closer.closeFiles(ended);
  }

  /** Splits that were missed are caught up with while OBS still records: in their order, and before the next one. */
  async #catchUp(id: string): Promise<void> {
    const { book, closer, obs, now } = this.#ports;
    const missed = await this.#missedSplits(book.store.get(id), { at: now(), next: null, file: null });
    for (const { path, bornAt } of missed) {
      closer.closeFiles(book.apply(id, { type: 'file_changed', at: bornAt, path }));
    }
    if (tellsSplits(obs)) this.#missedSince = null;
  }

  /** Files of splits that nobody told us, oldest first. @param how `file`: its first one, if it is told only now; the others as in `#end` */
  async #missedSplits(
    session: StoredSession,
    { at, next, file }: { readonly at: number; readonly next: string | null; readonly file: string | null },
  ): Promise<readonly FoundSplit[]> {
    const { obs, splits } = this.#ports;
    const missedSince = this.#missedSince;
    if (tellsSplits(obs) && missedSince === null) return [];
    const others = [next, this.#newest].filter((other) => other !== null);
    return splits.find(session, { at, missedSince, file, others });
  }
}

/** It was ended without a word of OBS. */
const isLost = ({ run }: StoredSession): boolean => run.ending !== null && run.ending !== 'stopped';
const hasFile = ({ run }: StoredSession, path: string): boolean => run.files.some((file) => file.path === path);
/** Whether this OBS has an event for a split. */
const tellsSplits = (obs: ObsConnection): boolean => obs.readback?.availableRequests.has('SplitRecordFile') ?? false;
