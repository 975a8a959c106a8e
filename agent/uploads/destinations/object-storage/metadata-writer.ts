/**
 * Keeps the JSON beside each object true: written once the object is complete, and again whenever what it says has changed, such as
 * a name or a chapter. The journal knows what is due; offline, it tries again until it is done.
 */
import { createHash } from 'node:crypto';
import type { Session } from '../../../../shared/domain.ts';
import type { Log } from '../../../log.ts';
import { putMetadata } from './claim.ts';
import type { Journal, Multipart } from './journal.ts';
import { metadataJson } from './metadata.ts';
import type { S3Client } from './s3/client.ts';

/** From a change to the writing: somebody who writes chapters writes more than one. */
const gatherMs = 1000;
const retryMs = { first: 15_000, longest: 15 * 60_000 };

/** `changed`: what it says has changed again while it was written. */
type Written = 'written' | 'changed' | 'failed';

export interface MetadataPorts {
  readonly journal: Journal;
  readonly log: Pick<Log, 'warn'>;
  /** For the store and bucket where it lies; null while there are no keys. */
  client(multipart: Multipart): S3Client | null;
  /** undefined: the session was forgotten. */
  findSession(sessionId: string): Session | undefined;
}

export class MetadataWriter {
  readonly #ports: MetadataPorts;
  readonly #closing = new AbortController();
  #writing: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #retryMs = retryMs.first;

  constructor(ports: MetadataPorts) {
    this.#ports = ports;
  }

  /** A session has changed, and with it perhaps what is to lie beside its objects. */
  changed({ recordings }: Pick<Session, 'recordings'>): void {
    const { journal } = this.#ports;
    let due = false;
    for (const multipart of journal.completedOf(recordings.map(({ id }) => id))) {
      if (multipart.metadataMd5 === null || multipart.metadataMd5 === digestOf(this.#body(multipart))) continue;
      journal.setMetadataMd5(multipart.id, null);
      due = true;
    }
    if (due) this.soon();
  }

  /** Writes what is due, a moment from now. */
  soon(): void {
    this.#retryMs = retryMs.first;
    this.#after(gatherMs);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#timer);
    await this.#writing;
  }

  #after(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#closing.signal.aborted) return;
    this.#timer = setTimeout(() => {
      // One at a time: an older JSON must not arrive after a newer one.
      if (this.#writing !== null) return this.#after(gatherMs);
      this.#writing = this.#writeDue().finally(() => {
        this.#writing = null;
      });
    }, ms).unref();
  }

  async #writeDue(): Promise<void> {
    const results = new Set<Written>();
    for (const multipart of this.#ports.journal.withoutMetadata()) {
      if (this.#closing.signal.aborted) return;
      results.add(await this.#write(multipart));
    }
    if (results.has('changed')) return this.#after(gatherMs);
    if (!results.has('failed')) return;
    this.#after(this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, retryMs.longest);
  }

  async #write(multipart: Multipart): Promise<Written> {
    const { journal, log, client: clientFor } = this.#ports;
    const { id, uploadId, key } = multipart;
    try {
      const client = clientFor(multipart);
      if (client === null) return 'failed';
      const body = this.#body(multipart);
      if (body !== null && !(await putMetadata(client, journal, multipart, body, this.#closing.signal))) {
        log.warn({ uploadId, key }, 'what lies beside the object is not ours: it stays');
      }
      const written = digestOf(body);
      // Not at once: whoever changed it while it was written may go on doing so.
      if (digestOf(this.#body(multipart)) !== written) return 'changed';
      journal.setMetadataMd5(id, written);
      return 'written';
    } catch (error) {
      if (!this.#closing.signal.aborted) log.warn({ err: error, uploadId, key }, 'the metadata is not written yet');
      return 'failed';
    }
  }

  /** @returns null when the session was forgotten: what lies there stays */
  #body({ uploadId, recordingId, bucket, key, etag, content }: Multipart): Buffer | null {
    const sessionId = this.#ports.journal.sessionId(uploadId);
    const session = sessionId === undefined ? undefined : this.#ports.findSession(sessionId);
    if (session === undefined) return null;
    return metadataJson({ session, recordingId, object: { bucket, key, etag: etag ?? '' }, bytes: content.bytes });
  }
}

const digestOf = (body: Buffer | null): string => (body === null ? '' : createHash('md5').update(body).digest('hex'));
