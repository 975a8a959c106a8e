/** Takes away what cancelled uploads left at the store: abandoned parts cost money. Offline, it tries again until it is done. */
import type { Journal, Multipart } from './journal.ts';
import type { StorageLog } from './log.ts';
import type { S3Client } from './s3/client.ts';
import { abortMultipart, deleteObject, headObject, listMultiparts } from './s3/operations.ts';

const retryMs = 15_000;
/** A CreateMultipartUpload whose caller has gone may still lie before a busy store. ms */
const unheardMs = 10_000;

export interface JanitorPorts {
  readonly journal: Journal;
  readonly log: StorageLog;
  /** For the store and bucket where it lies; null while there are no keys. */
  client(place: Pick<Multipart, 'endpoint' | 'bucket'>): S3Client | null;
  /** Resolves once nothing of that upload is on its way. */
  settled(uploadId: string): Promise<void>;
}

export class Janitor {
  readonly #ports: JanitorPorts;
  readonly #closing = new AbortController();
  /** When each whose id the store never told was looked for first. */
  readonly #unheard = new Map<number, number>();
  #sweeping: Promise<void> | null = null;
  #again = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(ports: JanitorPorts) {
    this.#ports = ports;
  }

  /** Does what there is to do, soon. */
  wake(): void {
    this.#again = true;
    if (this.#closing.signal.aborted || this.#sweeping !== null) return;
    // Not now: the caller may be in the middle of a transaction.
    this.#sweeping = Promise.resolve()
      .then(() => this.#sweep())
      .finally(() => {
        this.#sweeping = null;
      });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#timer);
    await this.#sweeping;
  }

  async #sweep(): Promise<void> {
    clearTimeout(this.#timer);
    let left = false;
    while (this.#again) {
      this.#again = false;
      left = false;
      for (const multipart of this.#ports.journal.aborting()) {
        if (this.#closing.signal.aborted) return;
        left = !(await this.#takeAway(multipart)) || left;
      }
    }
    if (left && !this.#closing.signal.aborted) this.#timer = setTimeout(() => this.wake(), retryMs).unref();
  }

  async #takeAway(multipart: Multipart): Promise<boolean> {
    const { journal, log } = this.#ports;
    const { id, uploadId, key } = multipart;
    try {
      await this.#ports.settled(uploadId);
      const client = this.#ports.client(multipart);
      if (client === null) return false;
      await this.#abort(client, multipart);
      // There may be one in a moment: then the next look finds it.
      if (multipart.s3UploadId === null && this.#sinceFirstLook(id) < unheardMs) return false;
      this.#unheard.delete(id);
      journal.forget(id);
      log.debug({ uploadId, key }, 'multipart: aborted');
      return true;
    } catch (error) {
      if (!this.#closing.signal.aborted) log.warn({ err: error, uploadId, key }, 'a cancelled upload is still there');
      return false;
    }
  }

  #sinceFirstLook(id: number): number {
    const now = performance.now();
    const first = this.#unheard.get(id) ?? now;
    this.#unheard.set(id, first);
    return now - first;
  }

  async #abort(client: S3Client, multipart: Multipart): Promise<void> {
    const { journal } = this.#ports;
    const { signal } = this.#closing;
    const { key, s3UploadId, etag } = multipart;
    if (s3UploadId !== null) {
      await abortMultipart(client, { key, uploadId: s3UploadId }, signal);
    } else {
      const owned = journal.owned();
      for (const open of await listMultiparts(client, key, signal)) {
        if (open.key === key && !owned.has(open.uploadId)) await abortMultipart(client, open, signal);
      }
    }
    // Cancelled while the store joined the parts: then there may be an object, and nobody wants it.
    if (etag === null || journal.keyShared(multipart)) return;
    if ((await headObject(client, key, signal))?.etag === etag) await deleteObject(client, key, signal);
  }
}
