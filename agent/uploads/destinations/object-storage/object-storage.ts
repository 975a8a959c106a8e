/** Vultr Object Storage as a destination: multipart uploads that go on where they were, proven by ETag and size. */
import type { DestinationStatus, Session } from '../../../../shared/domain.ts';
import { type ErrorInfo, StreamAIError } from '../../../../shared/errors.ts';
import type { Settings } from '../../../../shared/settings.ts';
import { fileFailure } from '../../../files/recording-file.ts';
import type { LiveEvents } from '../../../live-events.ts';
import type { Log } from '../../../log.ts';
import { afterCommit, type Database } from '../../../storage/database.ts';
import type { ProxyFinder } from '../connect.ts';
import { contentType } from '../content-type.ts';
import type { DestinationDriver, FollowJob, SendJob, SendResult, StoredState } from '../destination.ts';
import { type Pacer, unpaced } from '../pacer.ts';
import { Reachability, type Seen } from '../reachability.ts';
import { RightOfWay } from '../right-of-way.ts';
import type { PresignedLink, StoredObjects, StoreTest } from '../stored-objects.ts';
import { type AccountSettings, Clients } from './clients.ts';
import { Janitor } from './janitor.ts';
import { Journal, type Multipart } from './journal.ts';
import { MetadataWriter } from './metadata-writer.ts';
import type { StartPorts } from './multipart-start.ts';
import { freeKey, keyPrefix, keyWords, objectKey, stationKey } from './object-key.ts';
import type { S3Client } from './s3/client.ts';
import { isDenied } from './s3/failure.ts';
import { watchForJumps } from './s3/jump-watch.ts';
import type { SizedOrphan } from './store-checks.ts';

/** The engine is loaded when it is first used: an idle agent stays small. */
const loadChecks = () => import('./store-checks.ts');

export type StorageSettings = AccountSettings & Pick<Settings, 'objectStoragePrefix' | 'objectStorageKeyTemplate'>;

export interface ObjectStorageOptions {
  readonly database: Database;
  readonly live: LiveEvents;
  readonly log: Pick<Log, 'debug' | 'info' | 'warn'>;
  /** Read at each use, so that changes apply at once. */
  settings(): StorageSettings;
  /** For keys and for the JSON beside objects, which say nothing of its uploads; undefined when it is not known. */
  findSession(sessionId: string): Session | undefined;
  /** Where a recording's file is now; null when the recording is not known. */
  findRecordingPath(recordingId: string): string | null;
  /** This machine's id, as keys and claims name it. */
  readonly station: string;
  /** Which proxy the way to a store leads through; default: none. */
  readonly proxyFor?: ProxyFinder;
  /** Default: nothing is held back. */
  readonly pacer?: Pacer;
  /** Shared with the destinations that let recordings pass which are being made. */
  readonly rightOfWay?: RightOfWay;
}

const healthMs = 10_000;
/** The rest of a recording goes before older files for so long after its end; after that it is one of them (ms). */
const urgentMs = 60_000;
const longestLinkSeconds = 7 * 24 * 3600;

/** Failures that say that the store was not reached. */
const away: readonly string[] = ['storage_unreachable', 'storage_host_unknown', 'storage_timeout', 'storage_tls'];

export class ObjectStorageDestination implements DestinationDriver, StoredObjects {
  readonly id = 'object-storage';
  readonly #options: ObjectStorageOptions;
  readonly #clients: Clients;
  readonly #journal: Journal;
  readonly #janitor: Janitor;
  readonly #metadata: MetadataWriter;
  readonly #reachability: Reachability;
  readonly #rightOfWay: RightOfWay;
  readonly #stopListening: () => void;
  /** Attempts under way, by upload; each resolves or rejects when it has ended. */
  readonly #attempts = new Map<string, Promise<unknown>>();

  constructor(options: ObjectStorageOptions) {
    const { log, live } = options;
    this.#options = options;
    this.#clients = new Clients(() => options.settings(), options.proxyFor ?? (() => null));
    this.#journal = new Journal(options.database);
    this.#rightOfWay = options.rightOfWay ?? new RightOfWay();
    this.#reachability = new Reachability({
      live,
      setUp: () => {
        const address = this.#clients.address();
        const proxy = this.#clients.proxy();
        return { id: this.id, configured: address !== null, address, proxy, embedded: false };
      },
      ask: (signal) => this.#ask(signal),
    });
    const ports = { log, journal: this.#journal, client: (place: Multipart) => this.#clients.at(place) };
    this.#metadata = new MetadataWriter({ ...ports, findSession: (id) => options.findSession(id) });
    this.#stopListening = live.subscribe(({ type, data }) => {
      if (type === 'session_updated') this.#metadata.changed(data);
    });
    this.#janitor = new Janitor({
      ...ports,
      ended: async (uploadId) => {
        await this.#attempts.get(uploadId)?.catch(() => {});
      },
    });
  }

  configured(): boolean {
    return this.#clients.address() !== null;
  }

  status(): DestinationStatus {
    return this.#reachability.status();
  }

  stored(uploadId: string): StoredState | null {
    return this.#journal.state(uploadId);
  }

  cancelled(uploadId: string): void {
    this.#journal.abandon(uploadId);
    afterCommit(this.#options.database, () => this.#janitor.wake());
  }

  start(): void {
    this.#journal.abandonOwnerless();
    this.#janitor.wake();
    this.#metadata.soon();
  }

  send(job: SendJob): Promise<SendResult> {
    return this.#attempt(job, (client) => this.#send(job, client));
  }

  follow(job: FollowJob): Promise<void> {
    return this.#attempt(job, async (client) => {
      const { pacer = unpaced } = this.#options;
      const { followFile } = await import('./follow-file.ts');
      await followFile({ ...this.#startPorts(job, client), pacer, rightOfWay: this.#rightOfWay }, job);
    });
  }

  checkHealth(): Promise<void> {
    return this.#reachability.check();
  }

  async close(): Promise<void> {
    this.#stopListening();
    await Promise.all([this.#metadata.close(), this.#janitor.close(), this.#reachability.close()]);
    await this.#clients.drop();
  }

  async test(signal: AbortSignal): Promise<StoreTest> {
    const { testStore } = await loadChecks();
    let notice: ErrorInfo | null = null;
    const problem = await problemOf(async () => {
      notice = await testStore(this.#clients.current(), this.#prefix(), this.#options.station, signal);
    });
    return { problem, notice };
  }

  async verify(uploadId: string, signal: AbortSignal): Promise<ErrorInfo | null> {
    const multipart = this.#completed(uploadId);
    return problemOf(async () => {
      const path = this.#options.findRecordingPath(multipart.recordingId);
      if (path === null) throw new StreamAIError('file_missing', { file: multipart.key });
      const { verifyObject } = await loadChecks();
      await verifyObject(this.#clientOf(multipart), multipart, path, signal).catch((error: unknown) => {
        throw fileFailure(error, path);
      });
    });
  }

  async presign(uploadId: string, expiresInSeconds: number, forPerson = false): Promise<PresignedLink> {
    const multipart = this.#completed(uploadId);
    const client = this.#clientOf(multipart);
    if (forPerson) {
      // Only that right is asked for: what else is wrong now may be well by the time that the link is used.
      const look = client.request({ method: 'HEAD', key: multipart.key, signal: AbortSignal.timeout(healthMs) });
      await look.catch((error: unknown) => {
        if (isDenied(error)) throw error;
      });
    }
    const seconds = Math.min(Math.max(Math.trunc(expiresInSeconds), 1), longestLinkSeconds);
    return client.presign(multipart.key, seconds);
  }

  async orphans(signal: AbortSignal): Promise<SizedOrphan[]> {
    const { findOrphans } = await loadChecks();
    const { station } = this.#options;
    return findOrphans(this.#clients.current(), this.#journal, keyPrefix(this.#prefix()), station, signal);
  }

  async abortOrphan(orphan: { key: string; uploadId: string }, sure: boolean, signal: AbortSignal): Promise<void> {
    if (this.#journal.owned().has(orphan.uploadId)) return;
    const { endOrphan } = await loadChecks();
    await endOrphan(this.#clients.current(), orphan, this.#options.station, sure, signal);
  }

  /** Runs one attempt to its end, and notes what it says of the store. */
  async #attempt<T>(job: SendJob | FollowJob, run: (client: S3Client) => Promise<T>): Promise<T> {
    const client = this.#clients.current();
    const stopWatching = watchForJumps(() => {
      this.#options.log.info('the clock jumped (sleep?): connections to Object Storage are opened anew');
      void client.drop();
    });
    const running = run(client);
    this.#attempts.set(job.upload.id, running);
    try {
      const result = await running;
      this.#reachability.note({ address: this.#clients.address(), reachable: true, problem: null });
      return result;
    } catch (error) {
      const failure = fileFailure(error, job.path);
      const seen = failure instanceof StreamAIError && !job.signal.aborted ? this.#seenIn(failure) : null;
      if (seen !== null) this.#reachability.note(seen);
      throw failure;
    } finally {
      stopWatching();
      this.#attempts.delete(job.upload.id);
      this.#janitor.wake();
    }
  }

  async #send(job: SendJob, client: S3Client): Promise<SendResult> {
    const { pacer = unpaced } = this.#options;
    const release = job.followed ? this.#rightOfWay.hold() : null;
    const timer = setTimeout(() => release?.(), urgentMs).unref();
    try {
      const { uploadMultipart } = await import('./multipart-upload.ts');
      const how = {
        pacer: job.followed ? pacer : this.#rightOfWay.yielding(pacer),
        contentType: contentType(job.container),
      };
      await uploadMultipart({ ...this.#startPorts(job, client), ...how }, job);
      job.onProgress(job.content.bytes);
      this.#metadata.soon();
      return { sha256: null, bytes: job.content.bytes, task: null };
    } finally {
      clearTimeout(timer);
      release?.();
    }
  }

  #startPorts(job: SendJob | FollowJob, client: S3Client): StartPorts {
    const { log, station } = this.#options;
    const key: StartPorts['key'] = (taken) => this.#newKey(job, taken);
    return { client, journal: this.#journal, log, station, key, now: Date.now };
  }

  #newKey({ upload, fileName }: SendJob | FollowJob, taken: ReadonlySet<string>): string {
    const { station } = this.#options;
    const { objectStorageBucket: bucket, objectStorageKeyTemplate: template } = this.#options.settings();
    const session = this.#options.findSession(upload.sessionId);
    const startedAt = new Date(session?.startedAt ?? upload.createdAt);
    const words = keyWords(template, session);
    const key = objectKey(this.#prefix(), template, { session: session?.name ?? '', file: fileName, startedAt, words });
    const isTaken = (candidate: string): boolean =>
      taken.has(candidate) || this.#journal.keyTaken(bucket ?? '', candidate, upload.id);
    return freeKey(taken.size === 0 ? key : stationKey(key, station), isTaken);
  }

  /** Asks for the bucket's first open multipart: signed, small, and S3 names what is wrong. */
  async #ask(closing: AbortSignal): Promise<Seen | null> {
    const address = this.#clients.address();
    if (address === null) return null;
    const signal = AbortSignal.any([closing, AbortSignal.timeout(healthMs)]);
    try {
      const query = { uploads: '', 'max-uploads': '1' };
      await this.#clients.current().request({ method: 'GET', query, signal });
      return { address, reachable: true, problem: null };
    } catch (error) {
      // Uploads do without this right; whether the keys may write shows when they do.
      if (isDenied(error)) {
        const { problem } = this.#reachability.status();
        return { address, reachable: true, problem: problem?.code === 'storage_denied' ? problem : null };
      }
      return this.#seenIn(error instanceof StreamAIError ? error : new StreamAIError('storage_timeout'));
    }
  }

  /** What a failure says of the store; null: nothing. */
  #seenIn(failure: StreamAIError): Seen | null {
    const ofProxy = failure.code.startsWith('proxy_');
    if (!ofProxy && !failure.code.startsWith('storage_')) return null;
    const reachable = !ofProxy && !away.includes(failure.code);
    return { address: this.#clients.address(), reachable, problem: failure.info() };
  }

  /** @throws StreamAIError upload_state */
  #completed(uploadId: string): Multipart {
    const multipart = this.#journal.of(uploadId);
    if (multipart?.state === 'completed') return multipart;
    throw new StreamAIError('upload_state', { state: multipart?.state ?? 'unknown' });
  }

  /** For an object that may lie elsewhere than the settings say now. @throws StreamAIError destination_not_configured */
  #clientOf(multipart: Multipart): S3Client {
    return this.#clients.at(multipart) ?? this.#clients.current();
  }

  #prefix(): string {
    return this.#options.settings().objectStoragePrefix;
  }
}

/** What the work found wrong; null: nothing. */
async function problemOf(work: () => Promise<void>): Promise<ErrorInfo | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof StreamAIError) return error.info();
    throw error;
  }
}
