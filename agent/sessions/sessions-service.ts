/** Sessions as clients use them: the history, one session, a change, an upload by hand, forgetting one. */
import path from 'node:path';
import type { ListQuery, ManualUpload, SessionChange, SessionsPage } from '../../shared/api.ts';
import type { Session, Upload } from '../../shared/domain.ts';
import { type ErrorInfo, StreamAIError } from '../../shared/errors.ts';
import { checkSessionName, nameKey, uniqueName } from '../../shared/naming.ts';
import { isBelow } from '../files/path-rules.ts';
import { reveal } from '../files/reveal.ts';
import type { SessionsService } from '../services.ts';
import type { FileCloser } from './file-closer.ts';
import { type Doubt, doubts, type FileJudge, isHeld, isHolding, isLeft } from './file-judge.ts';
import type { SessionBook } from './session-book.ts';
import { isActive } from './session-state.ts';
import type { StoredSession } from './session-store.ts';
import type { SessionUploads } from './session-uploads.ts';
import type { ThumbnailStore } from './thumbnail-store.ts';

export interface SessionsPorts {
  readonly book: SessionBook;
  readonly uploads: Pick<SessionUploads, 'choicesChanged' | 'discard' | 'fileReleased' | 'forget' | 'manual'>;
  readonly judge: Pick<FileJudge, 'allow'>;
  readonly closer: Pick<FileCloser, 'closeFiles' | 'lookAgain'>;
  /** ms since 1970 */
  readonly now: () => number;
  readonly thumbnails: Pick<ThumbnailStore, 'get'>;
}

export class Sessions implements SessionsService {
  readonly #book: SessionBook;
  readonly #ports: SessionsPorts;

  constructor(ports: SessionsPorts) {
    this.#book = ports.book;
    this.#ports = ports;
  }

  list(query: ListQuery): SessionsPage {
    return this.#book.page(query);
  }

  get(id: string): Session {
    return this.#book.view(id);
  }

  change(id: string, { name, ...choices }: SessionChange): Session {
    const before = this.#book.store.get(id);
    const checked = name === undefined ? before.name : checkSessionName(name);
    const own = nameKey(before.name);
    const unique = uniqueName(
      checked,
      (candidate) => nameKey(candidate) !== own && this.#book.store.isNameTaken(candidate),
    );
    const given = Object.fromEntries(Object.entries(choices).filter(([, value]) => value !== undefined));
    this.#book.change(
      id,
      (session) => ({ ...session, ...given, name: unique }),
      (session) => this.#ports.uploads.choicesChanged(session, choices),
    );
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
    this.#book.forget(id, () => this.#ports.uploads.forget(id));
  }

  /** Nothing of it is uploaded any more, and what is there of what has not arrived is taken away; never touches a file. */
  discard(id: string): Session {
    const { uploads } = this.#ports;
    this.#book.change(
      id,
      (session) => ({ ...session, autoUpload: false, metadata: { ...session.metadata, discarded: true } }),
      (session) => uploads.discard(session),
    );
    return this.#book.view(id);
  }

  takeFile(id: string, file: string, only = false): Session {
    const { closer, now } = this.#ports;
    if (isHeld(this.#book.store.get(id), file)) return only ? this.#allowOnly(id, file) : this.#allow(id, file);
    if (isActive(this.#book.store.get(id).run.state)) throw new StreamAIError('session_active');
    if (!isOffered(this.#book.store.get(id), file)) throw new StreamAIError('file_not_offered');
    // The notice last: after a kill in between, it can be answered again.
    closer.closeFiles(this.#book.apply(id, { type: 'file_added', at: now(), path: file }));
    return this.leaveFile(id, file);
  }

  /** A file that is not sent by itself may be: it and all others of its folder that wait for the same word. */
  #allow(id: string, file: string): Session {
    const { judge } = this.#ports;
    const folder = path.dirname(file);
    for (const doubt of doubts.filter((each) => isHeldFor(this.#book.store.get(id), each, file))) {
      judge.allow(doubt, folder);
      for (const { id: sessionId, run } of this.#book.store.withNotice(doubt)) {
        for (const { number, path: held } of run.files) {
          const isAsked = held === file || !isLeft(this.#book.store.get(sessionId), held);
          if (isAsked && isBelow(folder, held)) this.#release(sessionId, number, held, doubt);
        }
      }
    }
    return this.#book.view(id);
  }

  /** That file may be sent, and nothing is said of others. */
  #allowOnly(id: string, file: string): Session {
    for (const { number, path: held } of this.#book.store.get(id).run.files) {
      if (held === file) for (const doubt of doubts) this.#release(id, number, file, doubt);
    }
    return this.#book.view(id);
  }

  #release(id: string, number: number, file: string, doubt: Doubt): void {
    if (!isHeldFor(this.#book.store.get(id), doubt, file)) return;
    this.#book.change(
      id,
      (session) => ({ ...session, notices: session.notices.filter((each) => !isAbout(each, doubt, file)) }),
      (session) => this.#ports.uploads.fileReleased(session, number),
    );
  }

  leaveFile(id: string, file: string): Session {
    const session = this.#book.store.get(id);
    if (isHeld(session, file)) {
      const leave = (each: ErrorInfo): ErrorInfo =>
        isHolding(each) && each.params?.file === file ? { ...each, params: { ...each.params, left: 1 } } : each;
      this.#book.change(id, ({ notices, ...rest }) => ({ ...rest, notices: notices.map(leave) }));
      return this.#book.view(id);
    }
    if (!isOffered(session, file)) throw new StreamAIError('file_not_offered');
    this.#book.dropNotices(id, (each) => offers(each, file));
    return this.#book.view(id);
  }

  async upload(request: ManualUpload): Promise<Upload[]> {
    const { id } = this.#named(request);
    await this.#ports.closer.lookAgain(id);
    return this.#ports.uploads.manual(this.#book.store.get(id), request);
  }

  /** @throws StreamAIError session_not_found */
  #named({ sessionId, sessionName }: Pick<ManualUpload, 'sessionId' | 'sessionName'>): StoredSession {
    if (sessionId !== undefined) return this.#book.store.get(sessionId);
    const found = this.#book.store.byName((sessionName ?? '').trim());
    if (!found) throw new StreamAIError('session_not_found');
    return found;
  }
}

const isHeldFor = ({ notices }: StoredSession, doubt: Doubt, file: string): boolean =>
  notices.some((each) => isAbout(each, doubt, file));
const isAbout = ({ code, params }: ErrorInfo, doubt: Doubt, file: string): boolean =>
  code === doubt && params?.file === file;
const offers = ({ code, params }: ErrorInfo, file: string): boolean =>
  code === 'file_uncertain' && params?.file === file;
const isOffered = ({ notices }: StoredSession, file: string): boolean => notices.some((each) => offers(each, file));
