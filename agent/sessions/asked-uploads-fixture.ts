/** Uploads that only write down what they were asked: tests of sessions look at that. */
import type { Upload } from '../../shared/domain.ts';
import { afterCommit, type Database } from '../storage/database.ts';
import type { UploadRequest } from '../uploads/uploads.ts';
import type { SessionStore } from './session-store.ts';
import type { SessionUploadsPorts } from './session-uploads.ts';

export class AskedUploads implements Pick<SessionUploadsPorts['uploads'], keyof SessionUploadsPorts['uploads']> {
  /** Oldest first: `follow`, `send` (it is closed, queue it), `closed` or `withdraw`, and the file's name. */
  readonly asked: string[] = [];
  readonly #database: Database;
  readonly #store: SessionStore;
  readonly #onAsked: () => void;
  /** Recordings that have an upload on its way. */
  readonly #onTheirWay = new Set<string>();

  constructor(database: Database, store: SessionStore, onAsked: () => void) {
    this.#database = database;
    this.#store = store;
    this.#onAsked = onAsked;
  }

  /** As in the queue, one that is on its way stays as it is. */
  follow({ recordingId }: UploadRequest): void {
    if (this.#onTheirWay.has(recordingId)) return;
    this.#onTheirWay.add(recordingId);
    this.#note('follow', recordingId);
  }

  enqueueAll({ recordingId }: UploadRequest): Upload[] {
    this.#onTheirWay.add(recordingId);
    this.#note('send', recordingId);
    return [];
  }

  fileClosed(recordingId: string): void {
    this.#note('closed', recordingId);
  }

  withdraw(recordingId: string): boolean {
    const wasOnItsWay = this.#onTheirWay.delete(recordingId);
    if (wasOnItsWay) this.#note('withdraw', recordingId);
    return wasOnItsWay;
  }

  ofRecordings(): Map<string, Upload[]> {
    return new Map();
  }

  onSettled(): () => void {
    return () => {};
  }

  usable(): never {
    return notAsked();
  }

  enqueue(): never {
    return notAsked();
  }

  choose(): never {
    return notAsked();
  }

  cancelSession(): never {
    return notAsked();
  }

  /** As in the queue, nothing happens before the COMMIT. */
  #note(what: string, recordingId: string): void {
    afterCommit(this.#database, () => {
      this.asked.push(`${what} ${this.#store.recordingFile(recordingId)?.fileName}`);
      this.#onAsked();
    });
  }
}

function notAsked(): never {
  throw new Error('this comes of what a person wishes, which these tests do not');
}
