/** Sessions as clients use them: the history, one session, a change, forgetting one. */
import type { ListQuery, ManualUpload, SessionChange, SessionsPage } from '../../shared/api.ts';
import type { Session } from '../../shared/domain.ts';
import { StreamAIError } from '../../shared/errors.ts';
import { checkSessionName, nameKey, uniqueName } from '../../shared/naming.ts';
import type { LiveBus } from '../live-bus.ts';
import type { SessionsService } from '../services.ts';
import type { SessionBook } from './session-book.ts';
import { isActive } from './session-state.ts';

export class Sessions implements SessionsService {
  readonly #book: SessionBook;
  readonly #live: LiveBus;
  readonly #cancelUploads: (sessionId: string) => void;

  constructor(book: SessionBook, live: LiveBus, cancelUploads: (sessionId: string) => void) {
    this.#book = book;
    this.#live = live;
    this.#cancelUploads = cancelUploads;
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
    return this.#book.view(id);
  }

  forget(id: string): void {
    const session = this.#book.store.get(id);
    if (isActive(session.run.state)) throw new StreamAIError('session_active');
    this.#cancelUploads(id);
    this.#book.store.delete(id);
    this.#live.publish('session_deleted', { sessionId: id });
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
