/** Takes away what cancelled uploads left at the store: abandoned parts cost money. Offline, it tries again until it is done. */
import type { Log } from '../../../log.ts';
import { whoseMetadata } from './claim.ts';
import type { Journal, Multipart } from './journal.ts';
import { metadataKey } from './metadata.ts';
import { abortUnowned } from './multipart-start.ts';
import type { S3Client } from './s3/client.ts';
import { isOthersEtag } from './s3/etag.ts';
import { isDenied } from './s3/failure.ts';
import { abortMultipart, assembleMs, deleteObject, headObject, type ObjectFacts } from './s3/operations.ts';
import { partCount } from './s3/part-plan.ts';

const retryMs = 15_000;
/** Where the keys lack the right to take it away: somebody may give it to them. */
const deniedMs = 60 * 60_000;
/** Until the second look for what the store may still be at work on; each later look waits as long again as it has been looked for. ms */
const soonMs = 1000;
/** A CreateMultipartUpload whose caller has gone may still lie before a busy store. ms */
const unheardMs = 10_000;

export interface JanitorPorts {
  readonly journal: Journal;
  readonly log: Pick<Log, 'debug' | 'warn'>;
  /** For the store and bucket where it lies; null while there are no keys. */
  client(multipart: Multipart): S3Client | null;
  /** Resolves once no attempt at that upload is under way any more. */
  ended(uploadId: string): Promise<void>;
}

export class Janitor {
  readonly #ports: JanitorPorts;
  readonly #closing = new AbortController();
  /** Rows that are being taken away, or wait for the end of their upload's attempt. */
  readonly #taking = new Set<number>();
  /** When each that the store may still be at work on was looked for first. */
  readonly #firstLooks = new Map<number, number>();
  /** Resolves when the store is asked for nothing: a hundred that were cancelled offline are no hundred connections. */
  #turn: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  /** When the timer fires. */
  #wakesAt = Number.POSITIVE_INFINITY;

  constructor(ports: JanitorPorts) {
    this.#ports = ports;
  }

  /**
   * Takes away what the journal has to be taken away. Called outside transactions, whenever there may be something new. Each
   * row goes its own way from here: one whose upload's attempt takes hours to end keeps no other one waiting.
   */
  wake(): void {
    if (this.#closing.signal.aborted) return;
    for (const multipart of this.#ports.journal.aborting()) {
      if (this.#taking.has(multipart.id)) continue;
      this.#taking.add(multipart.id);
      void this.#takeAwayOnceEnded(multipart);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#timer);
    // What still waits for the end of its upload's attempt finds that all is over.
    await this.#turn;
  }

  #wakeIn(ms: number): void {
    const at = performance.now() + ms;
    if (this.#closing.signal.aborted || at >= this.#wakesAt) return;
    clearTimeout(this.#timer);
    this.#wakesAt = at;
    this.#timer = setTimeout(() => {
      this.#wakesAt = Number.POSITIVE_INFINITY;
      this.wake();
    }, ms).unref();
  }

  async #takeAwayOnceEnded(multipart: Multipart): Promise<void> {
    await this.#ports.ended(multipart.uploadId);
    this.#turn = this.#turn.then(async () => {
      const again = await this.#takeAway(multipart);
      this.#taking.delete(multipart.id);
      if (again !== null) this.#wakeIn(again);
    });
  }

  /** @returns null when nothing of it is left, else until the next look, ms. Never throws */
  async #takeAway(multipart: Multipart): Promise<number | null> {
    const { journal, log } = this.#ports;
    const { id, uploadId, key } = multipart;
    if (this.#closing.signal.aborted) return retryMs;
    try {
      const client = this.#ports.client(multipart);
      if (client === null) return retryMs;
      await this.#abort(client, multipart);
      const found = await this.#deleteObject(client, multipart);
      const settled = await this.#deleteClaim(client, multipart);
      // Nothing now, and perhaps something in a moment: then a later look finds it.
      const looked = this.#sinceFirstLook(id);
      if (!settled || (!found && looked < lateMs(multipart))) return Math.min(Math.max(looked, soonMs), retryMs);
      this.#firstLooks.delete(id);
      journal.forget(id);
      log.debug({ uploadId, key }, 'multipart: aborted');
      return null;
    } catch (error) {
      if (!this.#closing.signal.aborted) log.warn({ err: error, uploadId, key }, 'a cancelled upload is still there');
      return isDenied(error) ? deniedMs : retryMs;
    }
  }

  #sinceFirstLook(id: number): number {
    const now = performance.now();
    const first = this.#firstLooks.get(id) ?? now;
    this.#firstLooks.set(id, first);
    return now - first;
  }

  async #abort(client: S3Client, multipart: Multipart): Promise<void> {
    const { key, s3UploadId } = multipart;
    const { signal } = this.#closing;
    if (s3UploadId !== null) await abortMultipart(client, { key, uploadId: s3UploadId }, signal);
    else await abortUnowned(client, this.#ports.journal, multipart, signal);
  }

  /** Cancelled while the store joined the parts: then there may be an object, and nobody wants it. @returns whether there was */
  async #deleteObject(client: S3Client, multipart: Multipart): Promise<boolean> {
    const { journal } = this.#ports;
    const { signal } = this.#closing;
    const { key, etag } = multipart;
    if (etag === null || journal.keyShared(multipart)) return false;
    const found = await headObject(client, key, signal);
    if (found === null || !(found.etag === etag || (await this.#isOurs(client, multipart, found)))) return false;
    // It was sent again meanwhile, and is wanted.
    if (journal.keyShared(multipart)) return false;
    await deleteObject(client, key, signal);
    return true;
  }

  /** Whether an object is what was completed, although its ETag is the store's own: it has its size, and lies under its claim. */
  async #isOurs(client: S3Client, multipart: Multipart, { etag, bytes }: ObjectFacts): Promise<boolean> {
    const { id, claims, content } = multipart;
    if (bytes !== content.bytes || claims.length === 0 || isOthersEtag(etag, this.#ports.journal.parts(id)))
      return false;
    return (await whoseMetadata(client, multipart, this.#closing.signal)) === 'ours';
  }

  /**
   * The JSON that kept the key for what is taken away. Its recording's next upload may have the same claim.
   * @returns false while it is left to one that has not claimed the key yet: if that one is cancelled before, nobody else knows of it
   */
  async #deleteClaim(client: S3Client, multipart: Multipart): Promise<boolean> {
    const { journal } = this.#ports;
    const { signal } = this.#closing;
    const { key, claims } = multipart;
    if (claims.length === 0) return true;
    if (journal.keyShared(multipart)) return !journal.keyWanted(multipart);
    if ((await whoseMetadata(client, { key, claims }, signal)) !== 'ours') return true;
    // Beside an object it is that object's, whoever wrote it.
    if ((await headObject(client, key, signal)) !== null) return true;
    if (journal.keyShared(multipart)) return !journal.keyWanted(multipart);
    await deleteObject(client, metadataKey(key), signal);
    return true;
  }
}

/** How long the store may still be at work on what was asked last, although its caller has gone. ms */
function lateMs({ s3UploadId, etag, content, partBytes }: Multipart): number {
  if (s3UploadId === null) return unheardMs;
  return etag === null ? 0 : assembleMs(partCount(content.bytes, partBytes));
}
