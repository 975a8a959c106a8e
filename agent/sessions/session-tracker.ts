/**
 * From OBS's events to sessions: opens one at STARTED, follows it, ends it at STOPPED, waits until its files are closed and
 * hands them to the uploads. Whoever started the recording, the way is the same.
 */
import path from 'node:path';
import type { StartRecording } from '../../shared/api.ts';
import type { Session } from '../../shared/domain.ts';
import { StreamAIError } from '../../shared/errors.ts';
import { checkSessionName } from '../../shared/naming.ts';
import { findSplitFiles } from '../files/split-files.ts';
import type { Log } from '../log.ts';
import type { RecordCommands } from '../obs/commands.ts';
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
import type { StartIntents } from './start-intent.ts';
import type { Thumbnails } from './thumbnails.ts';

export interface RecorderParts {
  readonly obs: ObsConnection;
  readonly commands: RecordCommands;
  readonly naming: FileNaming;
  readonly book: SessionBook;
  readonly next: NextSessionKeeper;
  readonly intents: StartIntents;
  readonly closer: FileCloser;
  readonly observer: Observer;
  readonly lostWatch: LostWatch;
  readonly thumbnails: Thumbnails;
  /** Calls off what is on its way of a recording that turns out to go on. */
  readonly withdrawUploads: (recordingId: string) => void;
  readonly now: () => number;
  readonly log: Log;
}

export class Recorder {
  readonly #parts: RecorderParts;
  /** Events are handled one after the other, although some wait for files or for OBS. */
  #last: Promise<void> = Promise.resolve();
  /** The agent missed a part of the active session, so it may have missed a split. */
  #missedSome = false;
  /** The connection to OBS was lost while it recorded. */
  #sawObsVanish = false;
  /** The first file of the newest recording that OBS told of; its turn may not have come yet. */
  #newest: string | null = null;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  /** Takes up what an earlier run of the agent left, then listens to OBS. Call before the connection starts. */
  begin(): void {
    const { book, closer, obs, lostWatch } = this.#parts;
    for (const session of book.store.unfinished()) closer.close(session);
    this.#missedSome = book.active() !== undefined;
    obs.on((event) => this.#hear(event));
    if (book.active()) lostWatch.start((id) => this.#lose(id, 'unseen'));
  }

  /** Starts a recording by REST. */
  async start(request: StartRecording): Promise<Session> {
    const { obs, book, commands, intents } = this.#parts;
    const given = request.sessionName === undefined ? undefined : checkSessionName(request.sessionName);
    if (!obs.connected) throw obs.unavailable();
    if (book.active()) throw new StreamAIError('already_recording');
    const { sessionName: _, ...choices } = request;
    await this.#announce('rest', given, choices);
    try {
      await commands.start();
    } catch (error) {
      await intents.cancel();
      throw error;
    }
    return this.#confirmed();
  }

  /** A dock is about to press StartRecord in OBS itself. */
  async expectDockStart(): Promise<void> {
    if (!this.#parts.obs.connected || this.#parts.book.active()) return;
    await this.#announce('dock', undefined, {}).catch((error: unknown) =>
      // The recording works without a prepared file name; the session keeps its name all the same.
      this.#parts.log.warn({ err: error }, 'OBS’s file name could not be prepared'),
    );
  }

  async stop(): Promise<Session> {
    const session = this.#requireActive();
    await this.#parts.commands.stop();
    await this.#last;
    return this.#parts.book.view(session.id);
  }

  async pause(): Promise<Session> {
    const session = this.#requireActive();
    if (session.run.state === 'paused') throw new StreamAIError('already_paused');
    // OBS answers a pause that cannot happen with success, and then nothing happens.
    if (!this.#parts.observer.canPause) throw new StreamAIError('pause_unavailable');
    return this.#command(session, this.#parts.commands.pause());
  }

  async resume(): Promise<Session> {
    const session = this.#requireActive();
    if (session.run.state !== 'paused') throw new StreamAIError('not_paused');
    return this.#command(session, this.#parts.commands.resume());
  }

  async split(): Promise<Session> {
    return this.#command(this.#requireActive(), this.#parts.commands.split());
  }

  close(): void {
    this.#parts.lostWatch.stop();
    this.#parts.observer.stop();
    this.#parts.thumbnails.close();
    this.#parts.intents.close();
  }

  /** @throws StreamAIError obs_not_connected | not_recording */
  #requireActive(): StoredSession {
    const { obs, book } = this.#parts;
    if (!obs.connected) throw obs.unavailable();
    const session = book.active();
    if (!session) throw new StreamAIError('not_recording');
    return session;
  }

  async #command(session: StoredSession, confirmed: Promise<void>): Promise<Session> {
    await confirmed;
    await this.#last;
    return this.#parts.book.view(session.id);
  }

  async #confirmed(): Promise<Session> {
    await this.#last;
    const session = this.#parts.book.active();
    if (!session) throw new StreamAIError('obs_not_confirmed');
    return this.#parts.book.view(session.id);
  }

  async #announce(
    by: 'rest' | 'dock',
    given: string | undefined,
    choices: Omit<StartRecording, 'sessionName'>,
  ): Promise<void> {
    const { next, intents, now } = this.#parts;
    const chosen = given ?? next.get().name;
    const name = chosen === null ? null : next.nameFor(chosen, now());
    await intents.announce({ by, name, ...choices });
  }

  #hear(event: ObsEvent): void {
    // Not when its turn comes: by then OBS may be somewhere else.
    const at = this.#parts.now();
    if (event.type === 'record_state' && event.state === 'started') this.#newest = event.path;
    this.#last = this.#last
      .then(() => this.#handle(event, at))
      .catch((error: unknown) =>
        this.#parts.log.error({ err: error, event: event.type }, 'handling an OBS event failed'),
      );
  }

  /** @param at when it was heard, ms since 1970 */
  async #handle(event: ObsEvent, at: number): Promise<void> {
    const { book, observer, lostWatch } = this.#parts;
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
        if (active) this.#parts.closer.close(book.apply(active.id, { type: 'file_changed', at, path: event.path }));
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
    const { book } = this.#parts;
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
        if (event.state === 'stopping') void this.#parts.observer.stopping();
        return;
      case 'stopped': {
        const session = active ?? (event.path === null ? undefined : book.store.byPath(event.path));
        if (session) await this.#end(session, 'stopped', { file: event.path, at });
      }
    }
  }

  /** What OBS says at a connect, against what we believe. */
  async #readBack({ recording, framesRendered }: ObsReadback): Promise<void> {
    const { book, intents, observer, now } = this.#parts;
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
      observer.follow(goesOn.id);
    } else if (recording.active) {
      // Somebody started it while we were away.
      this.#missedSome = true;
      await this.#open(now() - recording.durationMs, recording.path, recording.paused);
    }
    await intents.settle();
  }

  /** The session that OBS is recording: the active one, or one that was given up too early. */
  #goesOn(recording: RecordingNow, active: StoredSession | undefined): StoredSession | undefined {
    if (!recording.active) return undefined;
    if (active && (recording.path === null || active.run.files.length === 0)) return active;
    const known = recording.path === null ? undefined : this.#parts.book.store.byPath(recording.path);
    // A file of a session that OBS itself ended is a new recording over an old name.
    return known?.run.ending === 'stopped' ? undefined : known;
  }

  /** Its last file grows again: nothing of it may be waited for or uploaded now. */
  #takeBack(session: StoredSession): void {
    this.#parts.closer.abandon(session);
    const last = session.fileIds.at(-1);
    if (last !== undefined) this.#parts.withdrawUploads(last);
    this.#missedSome = true;
  }

  async #open(at: number, file: string | null, paused = false): Promise<void> {
    const { book, next, intents, naming, observer } = this.#parts;
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
    if (paused) book.apply(session.id, { type: 'paused', at: this.#parts.now() });
    this.#parts.log.info({ session: session.name, file, by: session.startedBy }, 'recording started');
    observer.follow(session.id);
    this.#parts.thumbnails.takeSoon(session.id);
    // Not awaited: the recording's next event must not wait for OBS's answer to this.
    void naming.restore();
  }

  /** @param next what OBS records instead */
  async #lose(id: string, ending: 'vanished' | 'unseen', next: string | null = null): Promise<void> {
    const session = this.#parts.book.store.find(id);
    if (session) await this.#end(session, ending, { next });
  }

  /** @param how `next`: what OBS records instead; `at`: when it ended, ms since 1970 */
  async #end(
    session: StoredSession,
    ending: 'stopped' | 'vanished' | 'unseen',
    how: { readonly file?: string | null; readonly next?: string | null; readonly at?: number },
  ): Promise<void> {
    const { book, closer, observer, lostWatch, log, now } = this.#parts;
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
    closer.close(ended);
  }

  async #missedSplits(
    session: StoredSession,
    file: string | null,
    { at, next }: { at: number; next: string | null },
  ): Promise<string[]> {
    const { obs, book, observer } = this.#parts;
    const first = session.run.files[0]?.path ?? file;
    const told = obs.readback?.availableRequests.has('SplitRecordFile') === true && !this.#missedSome;
    if (first === null || told || !observer.splits) return [];
    const isKnown = (candidate: string): boolean =>
      candidate === this.#newest || book.store.byPath(candidate) !== undefined;
    return findSplitFiles({ first, from: session.run.startedAt, to: at, next, isKnown });
  }
}
