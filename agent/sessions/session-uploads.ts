/**
 * The one door from sessions to uploads: what a session's life, and what people wish for it, mean for the uploads of its files.
 *
 * While OBS writes a file it is followed, if that is wanted; once OBS has closed it, it is queued for every destination; when it
 * goes on after all, what was on its way is withdrawn. A session that is not to be uploaded has nothing on its way.
 */
import path from 'node:path';
import type { ManualUpload, SessionChange } from '../../shared/api.ts';
import type { Upload } from '../../shared/domain.ts';
import { StreamAIError } from '../../shared/errors.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Clock } from '../clock.ts';
import type { UploadRequest, Uploads } from '../uploads/uploads.ts';
import { isHeld } from './file-judge.ts';
import type { SessionBook } from './session-book.ts';
import { isActive, type RunFile } from './session-state.ts';
import type { StoredSession } from './session-store.ts';

/** What a person can wish for the uploads of a session. */
export type SessionChoices = Pick<SessionChange, 'autoUpload' | 'subtitleModel' | 'priority'>;

export interface SessionUploadsPorts {
  readonly book: SessionBook;
  readonly uploads: Pick<
    Uploads,
    | 'usable'
    | 'enqueue'
    | 'enqueueAll'
    | 'follow'
    | 'fileClosed'
    | 'withdraw'
    | 'choose'
    | 'cancelSession'
    | 'ofRecordings'
    | 'onSettled'
  >;
  settings(): Pick<Settings, 'uploadWhileRecording'>;
  /** Whether OBS runs on another machine, as far as its address tells; left out: it does not. */
  readonly isObsRemote?: () => boolean;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
}

/** Of so many sessions it is kept in mind when they stopped. */
const mostStops = 100;

export class SessionUploads {
  readonly #ports: SessionUploadsPorts;
  /** When sessions stopped, by id, on the monotonic clock. */
  readonly #stops = new Map<string, number>();

  constructor(ports: SessionUploadsPorts) {
    this.#ports = ports;
    ports.book.onChange((session) => {
      this.#keepStop(session);
      this.#followFiles(session);
    });
    ports.uploads.onSettled((upload) => {
      if (upload.state === 'completed') this.#noteArrival(upload.sessionId);
    });
  }

  start(): void {
    this.look();
  }

  /** Settings or destinations changed: files that OBS writes may be followed now, or no longer. */
  look(): void {
    for (const session of this.#ports.book.store.unfinished()) this.#followFiles(session);
  }

  /** A file is ready. Called in the transaction that writes this down. */
  fileReady(session: StoredSession, number: number): void {
    const file = session.run.files[number - 1];
    if (file !== undefined && (file.container === 'playlist' || isHeld(session, file.path))) {
      this.#leave(session, number);
      return;
    }
    const request = session.autoUpload ? requestFor(session, number, false) : undefined;
    if (request !== undefined) this.#ports.uploads.enqueueAll(request);
  }

  /** A person says that a file may be sent which was held. Called in the transaction that writes this down. */
  fileReleased(session: StoredSession, number: number): void {
    const recordingId = session.fileIds[number - 1];
    // By hand it may have been sent already.
    const known = recordingId !== undefined && this.#ports.uploads.ofRecordings([recordingId]).has(recordingId);
    if (!known && session.run.files[number - 1]?.state === 'ready') this.fileReady(session, number);
  }

  /** OBS has closed the file, whether it is there or not. */
  fileClosed(recordingId: string): void {
    this.#ports.uploads.fileClosed(recordingId);
  }

  /** OBS goes on writing a session's last file after all: what was on its way was the file as it seemed to have ended. */
  fileGoesOn({ fileIds }: StoredSession): void {
    const last = fileIds.at(-1);
    if (last !== undefined && this.#ports.uploads.withdraw(last)) this.look();
  }

  /**
   * A person changed a session's choices, at whatever time. Called in the transaction that writes them down. Uploads that have
   * not arrived take the new model and priority with their next attempt. Switched on, auto-upload also takes the files that are
   * closed already and have no upload yet; switched off, it concerns files that are still to come.
   */
  choicesChanged(session: StoredSession, { autoUpload, subtitleModel, priority }: SessionChoices): void {
    const { uploads } = this.#ports;
    if (subtitleModel !== undefined || priority !== undefined) {
      uploads.choose(session.id, { subtitleModel: session.subtitleModel, priority: session.priority });
    }
    if (autoUpload !== true) return;
    const known = uploads.ofRecordings(session.fileIds);
    for (const request of readyFiles(session, false)) {
      if (!known.has(request.recordingId)) uploads.enqueueAll(request);
    }
  }

  /** Nothing of it is uploaded any more. Called in the transaction that writes this down. */
  discard({ fileIds }: StoredSession): void {
    for (const recordingId of fileIds) this.#ports.uploads.withdraw(recordingId);
  }

  /** The session is about to be forgotten. Called in the transaction that does it. */
  forget(sessionId: string): void {
    this.#ports.uploads.cancelSession(sessionId);
  }

  /**
   * Queues every recording of a session whose file is known to be there, because a person asked for it.
   * @throws StreamAIError session_active | destination_not_configured | nothing_to_upload
   */
  manual(session: StoredSession, { destination, subtitleModel, priority }: ManualUpload): Upload[] {
    const { uploads } = this.#ports;
    if (isActive(session.run.state) || session.run.state === 'finalising') throw new StreamAIError('session_active');
    const usable = uploads.usable();
    if (destination === undefined ? usable.length === 0 : !usable.includes(destination)) {
      throw new StreamAIError('destination_not_configured', { destination: destination ?? 'processing' });
    }
    const ready = readyFiles(session, true);
    if (ready.length === 0) {
      const playlist = session.run.files.find(({ container }) => container === 'playlist');
      if (playlist) throw new StreamAIError('format_not_uploaded', { format: extensionOf(playlist.path) });
      throw new StreamAIError('nothing_to_upload');
    }
    return ready.flatMap((file) => {
      const request = {
        ...file,
        subtitleModel: subtitleModel ?? file.subtitleModel,
        priority: priority ?? file.priority,
      };
      return destination === undefined ? uploads.enqueueAll(request) : [uploads.enqueue({ ...request, destination })];
    });
  }

  /** Of a playlist, what it names would be missing where it arrives; what is held waits for a person's word. */
  #leave(session: StoredSession, number: number): void {
    const recordingId = session.fileIds[number - 1];
    if (recordingId !== undefined) this.#ports.uploads.withdraw(recordingId);
  }

  #keepStop({ id, run }: StoredSession): void {
    // It goes on after all: that was no stop.
    if (isActive(run.state)) this.#stops.delete(id);
    if (run.state !== 'finalising' || this.#stops.has(id)) return;
    this.#stops.set(id, this.#ports.clock.monotonic());
    const [oldest] = this.#stops.keys();
    if (this.#stops.size > mostStops && oldest !== undefined) this.#stops.delete(oldest);
  }

  #followFiles(session: StoredSession): void {
    const { book, uploads, settings, isObsRemote } = this.#ports;
    let withdrawn = false;
    for (const { number, state, path, inode } of session.run.files) {
      const request = requestFor(session, number, false);
      if (request === undefined || !isUnclosed(state)) continue;
      if (!session.autoUpload) withdrawn = uploads.withdraw(request.recordingId) || withdrawn;
      // Under the path of an OBS elsewhere another file may lie here.
      if (!session.autoUpload || (inode === null && isObsRemote?.())) continue;
      if (state === 'writing' && !isPlaylistName(path) && settings().uploadWhileRecording) uploads.follow(request);
    }
    if (withdrawn) book.announce(session.id);
  }

  /** Writes down how long it took from OBS's stop until every recording had arrived, once. */
  #noteArrival(sessionId: string): void {
    const { book, uploads, clock } = this.#ports;
    const session = book.store.find(sessionId);
    if (!session || session.run.stoppedAt === null || session.metadata.stopToUploadedMs !== undefined) return;
    const known = uploads.ofRecordings(session.fileIds);
    const arrived = session.fileIds.every((id) => {
      const list = known.get(id) ?? [];
      return list.length > 0 && list.every((upload) => upload.state === 'completed' && !upload.manual);
    });
    if (!arrived) return;
    const stopped = this.#stops.get(sessionId);
    // Of one that stopped before this run of the agent, only the time of day tells how long ago.
    const since = stopped === undefined ? clock.now() - session.run.stoppedAt : clock.monotonic() - stopped;
    const stopToUploadedMs = Math.max(0, Math.round(since));
    this.#stops.delete(sessionId);
    book.note(sessionId, (metadata) => ({ ...metadata, stopToUploadedMs }), 'soon');
  }
}

const extensionOf = (file: string): string => path.extname(file).slice(1);
/** While OBS writes it there may be nothing to read yet. */
const isPlaylistName = (file: string): boolean => /\.(?:m3u8?|mpd)$/i.test(file);
const isUnclosed = (state: RunFile['state']): boolean => state === 'writing' || state === 'finalising';

function readyFiles(session: StoredSession, manual: boolean): UploadRequest[] {
  return (
    session.run.files
      .filter(({ state, container }) => state === 'ready' && container !== 'playlist')
      // A person may send what is not sent by itself.
      .filter(({ path: file }) => manual || !isHeld(session, file))
      .map(({ number }) => requestFor(session, number, manual))
      .filter((request) => request !== undefined)
  );
}

/** @param number 1-based place of the file in its session */
function requestFor(session: StoredSession, number: number, manual: boolean): UploadRequest | undefined {
  const { id: sessionId, subtitleModel, priority } = session;
  const file = session.run.files[number - 1];
  const recordingId = session.fileIds[number - 1];
  if (file === undefined || recordingId === undefined) return undefined;
  return { sessionId, recordingId, subtitleModel, priority, manual, bytesTotal: file.bytes };
}
