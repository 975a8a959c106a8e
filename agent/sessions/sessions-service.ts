/** Sessions as clients use them: the history, one session, a change, forgetting one. */
import type { ListQuery, ManualUpload, SessionChange, SessionsPage } from '../../shared/api.ts';
import type { Session } from '../../shared/domain.ts';
import { StreamAIError } from '../../shared/errors.ts';
import { checkSessionName, nameKey, uniqueName } from '../../shared/naming.ts';
import { reveal } from '../files/reveal.ts';
import type { LiveBus } from '../live-events.ts';
import type { SessionsService } from '../services.ts';
import type { SessionBook } from './session-book.ts';
import { isActive } from './session-state.ts';
import type { ThumbnailStore } from './thumbnail-store.ts';

export interface SessionsPorts {
  readonly book: SessionBook;
  readonly live: LiveBus;
  readonly thumbnails: Pick<ThumbnailStore, 'get'>;
  readonly cancelUploads: (sessionId: string) => void;
  /** Calls off what has not arrived of a recording. */
  readonly withdrawUploads: (recordingId: string) => void;
  /** A person changed what is to happen with a session's files. */
  readonly onChoices: (session: Session, change: SessionChoices) => void;
}

export type SessionChoices = Pick<SessionChange, 'autoUpload' | 'subtitleModel' | 'priority'>;

export class Sessions implements SessionsService {
  readonly #book: SessionBook;
  readonly #ports: SessionsPorts;

  constructor(ports: SessionsPorts) {
    this.#book = ports.book;
    this.#ports = ports;
  }

  list(query: ListQuery): SessionsPage {
    return this.#book.store.page(query);
  }

  get(id: string): Session {
    return this.#book.view(id);
  }

  change(id: string, { name, ...rest }: SessionChange): Session {
    const before = this.#book.store.get(id);
    const checked = name === undefined ? before.name : checkSessionName(name);
    const own = nameKey(before.name);
    const unique = uniqueName(
      checked,
      (candidate) => nameKey(candidate) !== own && this.#book.store.isNameTaken(candidate),
    );
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
    this.#book.change(id, (session) => ({ ...session, ...given, name: unique }));
    this.#ports.onChoices(this.#book.view(id), rest);
    return this.#book.view(id);
  }

  thumbnail(id: string): Uint8Array<ArrayBuffer> {
    this.#book.store.get(id);
    const jpeg = this.#ports.thumbnails.get(id);
    if (!jpeg) throw new StreamAIError('thumbnail_missing');
    return jpeg;
  }

  async openFolder(id: string, recordingId?: string): Promise<void> {
    const { recordings, name } = this.get(id);
    const wanted = recordings.filter((recording) => recordingId === undefined || recording.id === recordingId);
    // The first that is there; when none is, the last one's failure tells.
    let failure: unknown = new StreamAIError('file_missing', { file: name });
    for (const { path } of wanted) {
      try {
        return await reveal(path);
      } catch (error) {
        if (!(error instanceof StreamAIError) || error.code !== 'file_missing') throw error;
        failure = error;
      }
    }
    throw failure;
  }

  forget(id: string): void {
    const session = this.#book.store.get(id);
    if (isActive(session.run.state)) throw new StreamAIError('session_active');
    this.#ports.cancelUploads(id);
    this.#book.store.delete(id);
    this.#ports.live.publish('session_deleted', { sessionId: id });
  }

  /** Nothing of it is uploaded any more, and what is there of what has not arrived is taken away; never touches a file. */
  discard(id: string): Session {
    const { fileIds } = this.#book.change(id, (session) => ({
      ...session,
      autoUpload: false,
      metadata: { ...session.metadata, discarded: true },
    }));
    for (const recordingId of fileIds) this.#ports.withdrawUploads(recordingId);
    return this.#book.announce(id);
  }

  /** The session that a manual upload means. @throws StreamAIError session_not_found */
  meant({ sessionId, sessionName }: Pick<ManualUpload, 'sessionId' | 'sessionName'>): Session {
    if (sessionId !== undefined) return this.get(sessionId);
    const found = this.#book.store.byName((sessionName ?? '').trim());
    if (!found) throw new StreamAIError('session_not_found');
    return this.#book.store.view(found);
  }

  /** Writes down how long it took from OBS's stop until every recording had arrived, once. `now`: ms since 1970. */
  noteArrival(sessionId: string, now: number): void {
    const session = this.#book.store.find(sessionId);
    if (!session || session.run.stoppedAt === null || session.metadata.stopToUploadedMs !== undefined) return;
    const uploads = this.#book.store.view(session).recordings.map((recording) => recording.uploads);
    const arrived = uploads.every(
      (list) => list.length > 0 && list.every((upload) => upload.state === 'completed' && !upload.manual),
    );
    if (!arrived) return;
    const stopToUploadedMs = Math.max(0, now - session.run.stoppedAt);
    this.#book.change(sessionId, (stored) => ({ ...stored, metadata: { ...stored.metadata, stopToUploadedMs } }));
  }
}
