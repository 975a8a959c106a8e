/** Record control by REST: start, stop, pause, resume and split, each answered with the session once OBS's own event confirmed it. */
import type { StartRecording } from '../../shared/api.ts';
import type { RecordingStatus, Session, SessionState } from '../../shared/domain.ts';
import { StreamAIError } from '../../shared/errors.ts';
import { checkSessionName } from '../../shared/naming.ts';
import type { FolderNames } from '../files/folder-names.ts';
import type { Log } from '../log.ts';
import type { RecordCommands } from '../obs/commands.ts';
import type { ObsConnection } from '../obs/connection.ts';
import { readRecordKind } from '../obs/record-kind.ts';
import type { RecorderService } from '../services.ts';
import type { Marks } from './marks.ts';
import type { NextSessionKeeper } from './next-session.ts';
import type { Observer } from './observer.ts';
import type { SessionBook } from './session-book.ts';
import { isActive } from './session-state.ts';
import type { StoredSession } from './session-store.ts';
import type { SessionTracker } from './session-tracker.ts';
import type { StartIntents } from './start-intent.ts';

export interface RecordControlPorts {
  readonly obs: Pick<ObsConnection, 'ask' | 'connected' | 'on' | 'unavailable'>;
  readonly commands: RecordCommands;
  readonly book: SessionBook;
  readonly tracker: Pick<SessionTracker, 'agree' | 'caughtUp'>;
  readonly next: NextSessionKeeper;
  readonly intents: StartIntents;
  readonly observer: Pick<Observer, 'byFfmpeg' | 'canPause' | 'status'>;
  readonly marks: Pick<Marks, 'chapter'>;
  readonly folderNames: Pick<FolderNames, 'refresh'>;
  /** ms since 1970 */
  readonly now: () => number;
  readonly log: Pick<Log, 'warn'>;
}

/** From a dock's word that it is about to start until OBS has, ms: the dock waits for OBS's output to rest, and OBS for its encoder. */
const dockStartMs = 3000;

export class RecordControl implements RecorderService {
  readonly #ports: RecordControlPorts;
  /** A start by REST is under way: resolves when it is over. */
  #starting: Promise<void> | null = null;
  /** Resolves when a start that a dock announced is over. */
  #dockStarted: Promise<void> = Promise.resolve();

  constructor(ports: RecordControlPorts) {
    this.#ports = ports;
  }

  async start(request: StartRecording): Promise<Session> {
    const { obs } = this.#ports;
    const { sessionName, ...choices } = request;
    const given = sessionName === undefined ? undefined : checkSessionName(sessionName);
    if (!obs.connected) throw obs.unavailable();
    // Claimed before anything is waited for: of two starts at once the second is too late.
    if (this.#starting) throw new StreamAIError('already_recording');
    const over = Promise.withResolvers<void>();
    this.#starting = over.promise;
    try {
      return await this.#start(given, choices);
    } finally {
      this.#starting = null;
      over.resolve();
    }
  }

  async #start(given: string | undefined, choices: Omit<StartRecording, 'sessionName'>): Promise<Session> {
    const { book, commands, intents, next, tracker } = this.#ports;
    await this.#dockStarted;
    if (book.active()) await tracker.agree();
    const active = book.active();
    if (active) throw new StreamAIError(isStopping(active) ? 'obs_stop_unfinished' : 'already_recording');
    await this.#checkFormat(choices.autoUpload ?? next.get().autoUpload);
    const intent = await this.#announce('rest', given, choices);
    try {
      await intent.prepared;
      await commands.start();
      await tracker.caughtUp();
    } catch (error) {
      // Without OBS's event, or if somebody else was faster, it may be this recording that OBS makes all the same.
      await tracker.agree();
      if (!intent.taken) {
        await intents.cancel();
        throw error;
      }
    }
    const session = book.active();
    if (!session) throw new StreamAIError('obs_not_confirmed');
    return book.view(session.id);
  }

  /** A dock is about to send StartRecord to OBS itself. */
  async expectDockStart(): Promise<void> {
    const { obs, book, log } = this.#ports;
    // The dock's turn comes after: what OBS does then is no longer its recording.
    if (this.#starting) return this.#starting;
    if (!obs.connected || book.active()) return;
    // Until then a start by REST waits: it must not take the dock's place in the middle of it.
    this.#dockStarted = this.#untilStarted();
    try {
      await (await this.#announce('dock', undefined, {})).prepared;
    } catch (error) {
      // The recording works without a prepared file name; the session keeps its name all the same.
      log.warn({ err: error }, 'OBS’s file name could not be prepared');
    }
  }

  async stop(): Promise<Session> {
    const { commands } = this.#ports;
    return this.#run(this.#active(), commands.stop(), (state) => !isActive(state));
  }

  async pause(): Promise<Session> {
    const id = this.#goingOn();
    const { book, commands, observer } = this.#ports;
    if (book.store.get(id).run.state === 'paused') throw new StreamAIError('already_paused');
    // OBS answers a pause that cannot happen with success, and then nothing happens.
    if (!observer.canPause) throw new StreamAIError(observer.byFfmpeg ? 'ffmpeg_output_limited' : 'pause_unavailable');
    return this.#run(id, commands.pause(), (state) => state === 'paused');
  }

  async resume(): Promise<Session> {
    const id = this.#active();
    const { book, commands } = this.#ports;
    if (book.store.get(id).run.state !== 'paused') throw new StreamAIError('not_paused');
    return this.#run(id, commands.resume(), (state) => state === 'recording');
  }

  async split(): Promise<Session> {
    const id = this.#goingOn();
    const { commands, observer } = this.#ports;
    if (observer.byFfmpeg) throw new StreamAIError('ffmpeg_output_limited');
    // Whether OBS did it without its event cannot be asked.
    return this.#run(id, commands.split(), () => false);
  }

  chapter(name?: string): Promise<Session> {
    return this.#ports.marks.chapter(name);
  }

  status(): RecordingStatus {
    return this.#ports.observer.status();
  }

  /** What would not be uploaded is not begun as if it were. @throws StreamAIError format_not_uploaded */
  async #checkFormat(autoUpload: boolean): Promise<void> {
    const { writes, format } = await readRecordKind(this.#ports.obs);
    if (autoUpload && writes === 'playlist') throw new StreamAIError('format_not_uploaded', { format });
  }

  /** @returns the active session's id. @throws StreamAIError obs_not_connected | not_recording */
  #active(): string {
    const { obs, book } = this.#ports;
    if (!obs.connected) throw obs.unavailable();
    const session = book.active();
    if (!session) throw new StreamAIError('not_recording');
    return session.id;
  }

  /** As `#active`. @throws StreamAIError obs_stop_unfinished once OBS said that it stops: nothing else can happen to it then */
  #goingOn(): string {
    const id = this.#active();
    if (isStopping(this.#ports.book.store.get(id))) throw new StreamAIError('obs_stop_unfinished');
    return id;
  }

  /**
   * @param command resolves when OBS confirmed it
   * @param isDone whether a session in this state is what was asked for
   */
  async #run(sessionId: string, command: Promise<void>, isDone: (state: SessionState) => boolean): Promise<Session> {
    const { book, tracker } = this.#ports;
    try {
      await command;
      await tracker.caughtUp();
    } catch (error) {
      // A dialog of OBS may hold its event back, or it stopped long ago.
      await tracker.agree();
      if (!isDone(book.store.get(sessionId).run.state)) throw error;
    }
    return book.view(sessionId);
  }

  /** Resolves when OBS has started, or when a start that a dock announced is not coming any more. */
  #untilStarted(): Promise<void> {
    const { obs } = this.#ports;
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        off();
        resolve();
      };
      const timer = setTimeout(end, dockStartMs).unref();
      const off = obs.on((event) => {
        if (event.type === 'record_state' && event.state === 'started') end();
      });
    });
  }

  /** Tells the session that is about to begin who starts it and what it is called. */
  async #announce(
    by: 'rest' | 'dock',
    given: string | undefined,
    choices: Omit<StartRecording, 'sessionName'>,
  ): Promise<ReturnType<StartIntents['announce']>> {
    const { next, intents, folderNames, now } = this.#ports;
    // Files may have come there since.
    await folderNames.refresh();
    const chosen = given ?? next.get().name;
    const name = chosen === null ? null : next.nameFor(chosen, now());
    return intents.announce({ by, name, ...choices });
  }
}

const isStopping = ({ run }: StoredSession): boolean => run.state === 'stopping';
