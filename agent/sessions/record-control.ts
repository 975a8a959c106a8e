/** Record control by REST: start, stop, pause, resume and split, each answered with the session once OBS's own event confirmed it. */
import type { StartRecording } from '../../shared/api.ts';
import type { RecordingStatus, Session } from '../../shared/domain.ts';
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
import type { SessionTracker } from './session-tracker.ts';
import type { StartIntents } from './start-intent.ts';

export interface RecordControlPorts {
  readonly obs: Pick<ObsConnection, 'ask' | 'connected' | 'unavailable'>;
  readonly commands: RecordCommands;
  readonly book: SessionBook;
  readonly tracker: Pick<SessionTracker, 'caughtUp'>;
  readonly next: NextSessionKeeper;
  readonly intents: StartIntents;
  readonly observer: Pick<Observer, 'byFfmpeg' | 'canPause' | 'status'>;
  readonly marks: Pick<Marks, 'chapter'>;
  readonly folderNames: Pick<FolderNames, 'refresh'>;
  /** ms since 1970 */
  readonly now: () => number;
  readonly log: Pick<Log, 'warn'>;
}

export class RecordControl implements RecorderService {
  readonly #ports: RecordControlPorts;

  constructor(ports: RecordControlPorts) {
    this.#ports = ports;
  }

  async start(request: StartRecording): Promise<Session> {
    const { obs, book, commands, intents } = this.#ports;
    const given = request.sessionName === undefined ? undefined : checkSessionName(request.sessionName);
    if (!obs.connected) throw obs.unavailable();
    if (book.active()) throw new StreamAIError('already_recording');
    const { sessionName: _, ...choices } = request;
    await this.#checkFormat(choices.autoUpload ?? this.#ports.next.get().autoUpload);
    try {
      await this.#announce('rest', given, choices);
      await commands.start();
    } catch (error) {
      await intents.cancel();
      throw error;
    }
    return this.#confirmed();
  }

  /** A dock is about to send StartRecord to OBS itself. */
  async expectDockStart(): Promise<void> {
    const { obs, book, log } = this.#ports;
    if (!obs.connected || book.active()) return;
    await this.#announce('dock', undefined, {}).catch((error: unknown) =>
      // The recording works without a prepared file name; the session keeps its name all the same.
      log.warn({ err: error }, 'OBS’s file name could not be prepared'),
    );
  }

  async stop(): Promise<Session> {
    return this.#run(this.#active(), this.#ports.commands.stop());
  }

  async pause(): Promise<Session> {
    const id = this.#active();
    const { book, commands, observer } = this.#ports;
    if (book.store.get(id).run.state === 'paused') throw new StreamAIError('already_paused');
    // OBS answers a pause that cannot happen with success, and then nothing happens.
    if (!observer.canPause) throw new StreamAIError(observer.byFfmpeg ? 'ffmpeg_output_limited' : 'pause_unavailable');
    return this.#run(id, commands.pause());
  }

  async resume(): Promise<Session> {
    const id = this.#active();
    const { book, commands } = this.#ports;
    if (book.store.get(id).run.state !== 'paused') throw new StreamAIError('not_paused');
    return this.#run(id, commands.resume());
  }

  async split(): Promise<Session> {
    const id = this.#active();
    const { commands, observer } = this.#ports;
    if (observer.byFfmpeg) throw new StreamAIError('ffmpeg_output_limited');
    return this.#run(id, commands.split());
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

  /** @param command resolves when OBS confirmed it */
  async #run(sessionId: string, command: Promise<void>): Promise<Session> {
    await command;
    await this.#ports.tracker.caughtUp();
    return this.#ports.book.view(sessionId);
  }

  async #confirmed(): Promise<Session> {
    const { book, tracker } = this.#ports;
    await tracker.caughtUp();
    const session = book.active();
    if (!session) throw new StreamAIError('obs_not_confirmed');
    return book.view(session.id);
  }

  /** Tells the session that is about to begin who starts it and what it is called. */
  async #announce(
    by: 'rest' | 'dock',
    given: string | undefined,
    choices: Omit<StartRecording, 'sessionName'>,
  ): Promise<void> {
    const { next, intents, folderNames, now } = this.#ports;
    // Files may have come there since.
    await folderNames.refresh();
    const chosen = given ?? next.get().name;
    const name = chosen === null ? null : next.nameFor(chosen, now());
    await intents.announce({ by, name, ...choices });
  }
}
