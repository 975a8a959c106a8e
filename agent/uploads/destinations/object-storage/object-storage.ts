/** Vultr Object Storage as a destination: multipart uploads that go on where they were, proven by ETag and size. */
import type { DestinationStatus, Session } from '../../../../shared/domain.ts';
import { type ErrorInfo, StreamAIError } from '../../../../shared/errors.ts';
import type { Settings } from '../../../../shared/settings.ts';
import { fileFailure } from '../../../files/recording-file.ts';
import type { LiveEvents } from '../../../live-events.ts';
import type { Database } from '../../../storage/database.ts';
import { contentType } from '../content-type.ts';
import type { DestinationDriver, FollowJob, SendJob, SendResult, StoredState } from '../destination.ts';
import { type Pacer, unpaced } from '../pacer.ts';
import { RightOfWay } from '../right-of-way.ts';
import type { PresignedLink, StoredObjects } from '../stored-objects.ts';
import { Janitor } from './janitor.ts';
import { Journal, type Multipart } from './journal.ts';
import type { StorageLog } from './log.ts';
import { MetadataWriter } from './metadata-writer.ts';
import { freeKey, keyPrefix, keyWords, objectKey } from './object-key.ts';
import { bucketUrl } from './s3/bucket-address.ts';
import { S3Client, type StorageAccount } from './s3/client.ts';
import { watchForJumps } from './s3/jump-watch.ts';
import { abortMultipart } from './s3/operations.ts';
import type { SizedOrphan } from './store-checks.ts';

/** The engine is loaded when it is first used: an idle agent stays small. */
const loadChecks = () => import('./store-checks.ts');

export type StorageSettings = Pick<
  Settings,
  | 'objectStorageEndpoint'
  | 'objectStorageBucket'
  | 'objectStorageAccessKey'
  | 'objectStorageSecretKey'
  | 'objectStoragePrefix'
  | 'objectStorageKeyTemplate'
>;

export interface ObjectStorageOptions {
  readonly database: Database;
  readonly live: LiveEvents;
  readonly log: StorageLog;
  /** Read at each use, so that changes apply at once. */
  settings(): StorageSettings;
  /** For keys and metadata; undefined when it is not known. */
  session(sessionId: string): Session | undefined;
  /** Where a recording's file is now; null when the recording is not known. */
  recordingPath(recordingId: string): string | null;
  /** Default: nothing is held back. */
  readonly pacer?: Pacer;
  /** Shared with the destinations that let recordings pass which are being made. */
  readonly rightOfWay?: RightOfWay;
}

const healthMs = 10_000;
/** The rest of a recording goes before older files for so long after its end; after that it is one of them (ms). */
const urgentMs = 60_000;
const longestLinkSeconds = 7 * 24 * 3600;

export class ObjectStorageDestination implements DestinationDriver, StoredObjects {
  readonly id = 'object-storage';
  readonly #options: ObjectStorageOptions;
  readonly #journal: Journal;
  readonly #janitor: Janitor;
  readonly #metadata: MetadataWriter;
  readonly #stopListening: () => void;
  readonly #rightOfWay: RightOfWay;
  /** By account; one is used at a time, others only to clean up after a change of settings. */
  readonly #clients = new Map<string, S3Client>();
  /** What is being sent, by upload; resolves when it ended. */
  readonly #sending = new Map<string, Promise<unknown>>();
  readonly #closing = new AbortController();
  #found: Found = { address: null, reachable: null, problem: null };
  #checking: Promise<void> | null = null;

  constructor(options: ObjectStorageOptions) {
    this.#options = options;
    this.#journal = new Journal(options.database);
    this.#rightOfWay = options.rightOfWay ?? new RightOfWay();
    const client = (place: Pick<Multipart, 'endpoint' | 'bucket'>): S3Client | null => {
      const account = this.#account();
      return account === null ? null : this.#client({ ...account, ...place });
    };
    const { log, live, session } = options;
    this.#metadata = new MetadataWriter({ journal: this.#journal, log, client, session });
    this.#stopListening = live.subscribe(({ type, data }) => {
      if (type === 'session_updated') this.#metadata.changed(data);
    });
    this.#janitor = new Janitor({
      journal: this.#journal,
      log,
      client,
      settled: async (uploadId) => {
        await this.#sending.get(uploadId)?.catch(() => {});
      },
    });
  }

  configured(): boolean {
    return this.#account() !== null;
  }

  status(): DestinationStatus {
    const address = this.#address();
    // What was found out about one address says nothing about another.
    const { reachable, problem } = this.#found.address === address ? this.#found : { reachable: null, problem: null };
    return { id: this.id, configured: address !== null, reachable, address, embedded: false, problem };
  }

  stored(uploadId: string): StoredState | null {
    return this.#journal.state(uploadId);
  }

  cancelled(uploadId: string): void {
    this.#journal.abandon(uploadId);
    this.#janitor.wake();
  }

  start(): void {
    this.#journal.abandonOwnerless();
    this.#janitor.wake();
    this.#metadata.soon();
  }

  send(job: SendJob): Promise<SendResult> {
    return this.#sent(job, (client) => this.#send(job, client));
  }

  follow(job: FollowJob): Promise<void> {
    return this.#sent(job, async (client) => {
      const { log, pacer = unpaced } = this.#options;
      const { followFile } = await import('./follow-file.ts');
      const start = { client, journal: this.#journal, log, key: () => this.#newKey(job), now: Date.now };
      await followFile({ ...start, pacer, rightOfWay: this.#rightOfWay }, job);
    });
  }

  /** Asks for the bucket's first open multipart: signed, small, and S3 names what is wrong. */
  checkHealth(): Promise<void> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = null;
    });
    return this.#checking;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#stopListening();
    await this.#metadata.close();
    await this.#janitor.close();
    await this.#checking;
    await Promise.all([...this.#clients.values()].map((client) => client.drop()));
  }

  async test(signal: AbortSignal): Promise<ErrorInfo | null> {
    const { testStore } = await loadChecks();
    return this.#problemOf(() => testStore(this.#wantedClient(), this.#prefix(), signal));
  }

  async verify(uploadId: string, signal: AbortSignal): Promise<ErrorInfo | null> {
    const multipart = this.#completed(uploadId);
    return this.#problemOf(async () => {
      const path = this.#options.recordingPath(multipart.recordingId);
      if (path === null) throw new StreamAIError('file_missing', { file: multipart.key });
      const { verifyObject } = await loadChecks();
      await verifyObject(this.#clientOf(multipart), multipart, path, signal).catch((error: unknown) => {
        throw fileFailure(error, path);
      });
    });
  }

  async presign(uploadId: string, expiresInSeconds: number): Promise<PresignedLink> {
    const multipart = this.#completed(uploadId);
    const seconds = Math.min(Math.max(Math.trunc(expiresInSeconds), 1), longestLinkSeconds);
    return this.#clientOf(multipart).presign(multipart.key, seconds);
  }

  async orphans(signal: AbortSignal): Promise<SizedOrphan[]> {
    const { findOrphans } = await loadChecks();
    return findOrphans(this.#wantedClient(), this.#journal, keyPrefix(this.#prefix()), signal);
  }

  /** Of one that an open upload of ours owns, nothing is touched. */
  async abortOrphan({ key, uploadId }: { key: string; uploadId: string }, signal: AbortSignal): Promise<void> {
    if (this.#journal.owned().has(uploadId)) return;
    await abortMultipart(this.#wantedClient(), { key, uploadId }, signal);
  }

  /** Runs one job to its end, whatever it is, and notes what it says of the store. */
  async #sent<T>(job: SendJob | FollowJob, run: (client: S3Client) => Promise<T>): Promise<T> {
    const client = this.#wantedClient();
    const stopWatching = watchForJumps(() => {
      this.#options.log.info('the clock jumped (sleep?): connections to Object Storage are opened anew');
      void client.drop();
    });
    const sending = run(client);
    this.#sending.set(job.upload.id, sending);
    try {
      const result = await sending;
      this.#note({ address: this.#address(), reachable: true, problem: null });
      return result;
    } catch (error) {
      const failure = fileFailure(error, job.path);
      if (!job.signal.aborted && failure instanceof StreamAIError) this.#noteFailure(failure);
      throw failure;
    } finally {
      stopWatching();
      this.#sending.delete(job.upload.id);
      this.#janitor.wake();
    }
  }

  async #send(job: SendJob, client: S3Client): Promise<SendResult> {
    const { log, pacer = unpaced } = this.#options;
    const passed = job.followed ? this.#rightOfWay.hold() : null;
    const timer = setTimeout(() => passed?.(), urgentMs).unref();
    try {
      const { uploadMultipart } = await import('./multipart-upload.ts');
      const start = { client, journal: this.#journal, log, key: () => this.#newKey(job), now: Date.now };
      const how = {
        pacer: job.followed ? pacer : this.#rightOfWay.yielding(pacer),
        contentType: contentType(job.container),
      };
      await uploadMultipart({ ...start, ...how }, job);
      job.onProgress(job.content.bytes);
      this.#metadata.soon();
      return { sha256: null, bytes: job.content.bytes, task: null };
    } finally {
      clearTimeout(timer);
      passed?.();
    }
  }

  #newKey({ upload, fileName }: Pick<SendJob, 'upload' | 'fileName'>): string {
    const { objectStorageBucket: bucket, objectStorageKeyTemplate: template } = this.#options.settings();
    const session = this.#options.session(upload.sessionId);
    const startedAt = new Date(session?.startedAt ?? upload.createdAt);
    const words = keyWords(template, session);
    const key = objectKey(this.#prefix(), template, { session: session?.name ?? '', file: fileName, startedAt, words });
    return freeKey(key, (candidate) => this.#journal.keyTaken(bucket ?? '', candidate, upload.recordingId));
  }

  async #check(): Promise<void> {
    const account = this.#account();
    if (account === null) return;
    const address = this.#address();
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(healthMs)]);
    try {
      const query = { uploads: '', 'max-uploads': '1' };
      await this.#client(account).request({ method: 'GET', query, signal });
      this.#note({ address, reachable: true, problem: null });
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      this.#noteFailure(error instanceof StreamAIError ? error : new StreamAIError('storage_timeout'));
    }
  }

  #noteFailure(failure: StreamAIError): void {
    if (!failure.code.startsWith('storage_')) return;
    const away = ['storage_unreachable', 'storage_host_unknown', 'storage_timeout', 'storage_tls'];
    this.#note({ address: this.#address(), reachable: !away.includes(failure.code), problem: failure.info() });
  }

  #note(found: Found): void {
    const before = JSON.stringify(this.status());
    this.#found = found;
    const after = this.status();
    if (JSON.stringify(after) !== before) this.#options.live.publish('destination_updated', after);
  }

  async #problemOf(work: () => Promise<void>): Promise<ErrorInfo | null> {
    try {
      await work();
      return null;
    } catch (error) {
      if (error instanceof StreamAIError) return error.info();
      throw error;
    }
  }

  /** @throws StreamAIError upload_state */
  #completed(uploadId: string): Multipart {
    const multipart = this.#journal.of(uploadId);
    if (multipart?.state === 'completed') return multipart;
    throw new StreamAIError('upload_state', { state: multipart?.state ?? 'unknown' });
  }

  #prefix(): string {
    return this.#options.settings().objectStoragePrefix;
  }

  #address(): string | null {
    const account = this.#account();
    return account === null ? null : bucketUrl(account).href;
  }

  #account(): StorageAccount | null {
    const settings = this.#options.settings();
    const { objectStorageEndpoint: endpoint, objectStorageBucket: bucket } = settings;
    const { objectStorageAccessKey: accessKey, objectStorageSecretKey: secretKey } = settings;
    return endpoint && bucket && accessKey && secretKey ? { endpoint, bucket, accessKey, secretKey } : null;
  }

  /** @throws StreamAIError destination_not_configured */
  #wantedClient(): S3Client {
    const account = this.#account();
    if (account === null) throw new StreamAIError('destination_not_configured', { destination: this.id });
    return this.#client(account);
  }

  /** For an object that may lie elsewhere than the settings say now. */
  #clientOf({ endpoint, bucket }: Multipart): S3Client {
    return this.#client({ ...this.#wantedClient().account, endpoint, bucket });
  }

  #client(account: StorageAccount): S3Client {
    const name = JSON.stringify([account.endpoint, account.bucket, account.accessKey, account.secretKey]);
    const known = this.#clients.get(name);
    if (known !== undefined) return known;
    const client = new S3Client(account);
    this.#clients.set(name, client);
    return client;
  }
}

type Found = Pick<DestinationStatus, 'address' | 'reachable' | 'problem'>;
