/** Signed requests to one bucket, over connections that are kept while they are well. */
import { STATUS_CODES } from 'node:http';
import { StreamAIError } from '../../../../../shared/errors.ts';
import { parseRetryAfter } from '../../../../backoff.ts';
import { cleanText } from '../../clean-text.ts';
import type { ProxyFinder } from '../../connect.ts';
import { isPage, redirectTarget } from '../../redirect.ts';
import { type Addressing, type BucketAddress, bucketUrl, fitsInHost, regionOf } from './bucket-address.ts';
import { type Answer, Connection, type Exchange, type Line } from './connection.ts';
import { notS3, redirected, S3Error, storageFailure } from './failure.ts';
import { Patience } from './patience.ts';
import { despiteResets } from './repeat.ts';
import { encodeValue } from './url-encoding.ts';
import { errorSchema, looksLikeError, parseXml } from './xml.ts';

export interface StorageAccount extends BucketAddress {
  readonly accessKey: string;
  readonly secretKey: string;
  /** Default: `auto`. */
  readonly addressing?: Addressing;
  /** That signatures name. Default: what the endpoint says, or what the store says when it refuses that. */
  readonly region?: string;
}

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Not given: the bucket itself. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | ((line: Line) => AsyncGenerator<Uint8Array>);
  /** Of a body that is made while it is sent. */
  readonly contentLength?: number;
  readonly signal: AbortSignal;
  /** Silence before the answer, ms. */
  readonly answerMs?: number;
}

/** Silence before an answer. Where the network was lost without a word, TCP stays silent for much longer than the loss lasted. ms */
const usualAnswerMs = 10_000;
/** Connections that are kept for later requests: one for each part that is sent at once, and two for everything else. */
const mostIdle = 6;
/** Servers keep a connection for at least so long after an answer (Node 5 s, RGW 65 s, nginx 75 s). ms */
const surelyOpenMs = 3000;
/** For so long after a kept connection was found dead, the others are not trusted with what must not be sent twice. ms */
const distrustMs = 10 * 60_000;

export class S3Client {
  readonly account: StorageAccount;
  readonly #proxyFor: ProxyFinder;
  /** How long to wait for this store. */
  readonly patience = new Patience();
  /** Whether a part was read back and was right, although its ETag looks like another MD5: this store's ETags are none. */
  opaqueEtags = false;
  readonly #idle: Connection[] = [];
  readonly #busy = new Set<Connection>();
  /** When a kept connection was found dead, ms of performance.now(). */
  #staleAt = Number.NEGATIVE_INFINITY;
  /** How the bucket is named: as set, and by the path once its host turned out not to be there. */
  #addressing: Addressing;
  /** Whether the store has answered: then it is known how it wants the bucket to be named. */
  #answered = false;
  /** What the store said that it wants signatures to name. */
  #region: string | null = null;
  /** The store's clock minus ours, ms; learned when it refuses ours. */
  #clockOffset = 0;
  /** Keys derived for a day, by aws4fetch. */
  readonly #signingKeys = new Map<string, ArrayBuffer>();

  /** @param proxyFor which proxy the way leads through; default: none */
  constructor(account: StorageAccount, proxyFor: ProxyFinder = () => null) {
    this.account = account;
    this.#addressing = account.addressing ?? 'auto';
    this.#proxyFor = proxyFor;
  }

  /**
   * A refusal because of the clock teaches the store's time; then it is asked once more, unless the body can only be made once.
   * @throws S3Error for every status but 2xx, and for a 200 that carries an error (as Complete's and Copy's can);
   *   what `Connection.exchange` throws
   */
  async request(request: S3Request): Promise<Answer> {
    try {
      return await this.#addressed(request);
    } catch (error) {
      if (!(error instanceof S3Error) || !this.#learns(error)) throw error;
      if (error.code === 'storage_clock' && typeof request.body === 'function') throw error;
      return await this.#once(request);
    }
  }

  /** Whether a refusal taught what the store wants to see in signatures: its time, or its region. */
  #learns({ code, storeTime, region }: S3Error): boolean {
    if (code === 'storage_clock' && storeTime !== null) {
      this.#clockOffset = storeTime - Date.now();
      return true;
    }
    if (code !== 'storage_region_wrong' || region === null || region === this.#region) return false;
    this.#region = region;
    return true;
  }

  /**
   * Over the bucket's own host; where there is none, no certificate for it, or a store that does not know it (one's own, without
   * wildcards), by the path, and from then on always.
   */
  async #addressed(request: S3Request): Promise<Answer> {
    const before = this.#addressing;
    try {
      return await this.#once(request);
    } catch (error) {
      if (!this.#mayUsePath || !isHostMissing(error)) throw error;
      this.#addressing = 'path';
      return await this.#once(request).catch((other: unknown) => {
        // The store says something else there: it is the place. Where it says nothing, there most likely is no network.
        if (other instanceof S3Error && other.code !== error.code) throw other;
        this.#addressing = before;
        throw error;
      });
    }
  }

  /** Whether it is not settled yet that the bucket has a host of its own. */
  get #mayUsePath(): boolean {
    return this.#addressing === 'auto' && fitsInHost(this.account);
  }

  /** A link that anybody can GET the object with. @param seconds at most 7 days, as S3 has it */
  async presign(key: string, seconds: number): Promise<{ url: string; expiresAt: number }> {
    // Whoever gets it cannot try another way of naming the bucket.
    if (!this.#answered && this.#mayUsePath) {
      await this.request({ method: 'HEAD', key, signal: AbortSignal.timeout(usualAnswerMs) }).catch(() => {});
    }
    const url = bucketUrl(this.account, key, this.#addressing);
    url.searchParams.set('X-Amz-Expires', String(seconds));
    const signed = await this.#sign('GET', url, {}, true);
    return { url: signed.url.href, expiresAt: Date.now() + seconds * 1000 };
  }

  /** Drops every connection: after sleep they are dead and look alive. Requests on them fail, and can be repeated. */
  async drop(): Promise<void> {
    await close([...this.#idle.splice(0), ...this.#busy]);
  }

  async #once(request: S3Request): Promise<Answer> {
    const { method, key, query = {}, body = null, signal, answerMs = usualAnswerMs } = request;
    const url = bucketUrl(this.account, key, this.#addressing);
    url.search = Object.entries(query)
      .map((pair) => pair.map(encodeValue).join('='))
      .join('&');
    const signed = await this.#sign(method, url, request.headers ?? {}, false);
    const headers = {
      ...Object.fromEntries(signed.headers),
      ...(request.contentLength !== undefined && { 'content-length': String(request.contentLength) }),
    };
    const path = signed.url.pathname + signed.url.search;
    // A body that is made while it is sent is made anew for another connection, once the first making has ended.
    let making: AsyncGenerator<Uint8Array> | undefined;
    const bodyOf = typeof body === 'function' ? (line: Line) => (making = body(line)) : body;
    const exchange = { method, path, headers, body: bodyOf, signal, answerMs };
    const reused = this.#reusable(method, url.origin);
    if (reused !== undefined) {
      try {
        return await this.#over(reused, request, exchange);
      } catch (error) {
        if (!isStale(reused, error)) throw error;
        // Its peer had closed it: that says nothing of the store.
        this.#staleAt = performance.now();
        if (method === 'POST') throw error;
        await making?.return(undefined).catch(() => {});
      }
    }
    const route = { origin: new URL(url.origin), proxy: this.#proxyFor(url) };
    const overNew = (): Promise<Answer> => this.#over(new Connection(route), request, exchange);
    // A part has a patience of its own, and not everything may reach the store twice.
    const once = method === 'POST' || typeof body === 'function';
    return once ? overNew() : despiteResets(overNew, signal);
  }

  /**
   * An idle connection that most likely stands. What is not to reach the store twice (POST) has no second try, and so goes over a
   * new one where a used one may be dead.
   */
  #reusable(method: S3Request['method'], origin: string): Connection | undefined {
    const now = performance.now();
    // Others lead to the bucket's own host, which turned out not to be the bucket's.
    const newest = this.#idle.findLastIndex((idle) => idle.origin === origin);
    const idleSince = this.#idle[newest]?.idleSince ?? now;
    const doubtful = now - this.#staleAt < distrustMs || now - idleSince > surelyOpenMs;
    return newest === -1 || (method === 'POST' && doubtful) ? undefined : this.#idle.splice(newest, 1)[0];
  }

  /** One exchange, and what its answer means. */
  async #over(connection: Connection, { method, ...asked }: S3Request, exchange: Exchange): Promise<Answer> {
    const action = actionOf({ method, ...asked });
    this.#busy.add(connection);
    try {
      const answer = await connection.exchange(exchange);
      this.#answered = true;
      this.#busy.delete(connection);
      if (this.#idle.length < mostIdle) this.#idle.push(connection);
      else await connection.close();
      await this.#check(method, action, answer);
      return answer;
    } catch (error) {
      // Before anybody may repeat it: a late byte of this request must not meet the next one. Where one connection broke, the
      // idle ones are most likely dead too, and would only show it after a long silence.
      if (this.#busy.delete(connection)) await close([connection, ...this.#idle.splice(0)]);
      throw error;
    }
  }

  async #sign(method: string, url: URL, headers: Readonly<Record<string, string>>, signQuery: boolean) {
    const { AwsV4Signer } = await import('aws4fetch');
    const { account } = this;
    const { accessKey, secretKey } = account;
    const now = new Date(Date.now() + this.#clockOffset);
    const signer = new AwsV4Signer({
      method,
      url: url.href,
      // Hashing the body for the signature costs more than sending it; TLS and Content-MD5 protect it.
      headers: signQuery ? headers : { ...headers, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
      // S3 wants the content type signed where there is one, and RGW 20 refuses what leaves it out.
      allHeaders: true,
      accessKeyId: accessKey,
      secretAccessKey: secretKey,
      service: 's3',
      region: this.#region ?? account.region ?? regionOf(account),
      datetime: now.toISOString().replace(/[:-]|\.\d{3}/g, ''),
      cache: this.#signingKeys,
      signQuery,
    });
    return signer.sign();
  }

  /** A 200 may carry an error when it came too late for the status. */
  async #check(method: S3Request['method'], action: string, answer: Answer): Promise<void> {
    const { status, text } = answer;
    const success = status >= 200 && status < 300;
    // The answer to a HEAD has no body.
    const page = method === 'HEAD' ? answer.header('content-type')?.startsWith('text/html') === true : isPage(text);
    // An object may be a page, a page is no object: only S3 numbers its answers.
    const isObject = (method === 'HEAD' || method === 'GET') && answer.header('x-amz-request-id') !== null;
    if (success && page && !isObject) throw notS3('a web page');
    if (success && !looksLikeError(text)) return;
    const parsed = errorSchema.safeParse(text === '' ? undefined : await parseXml(text));
    if (success && !parsed.success) return;
    const error = parsed.data?.Error;
    const date = Date.parse(answer.header('date') ?? '');
    const region = error?.Region ?? answer.header('x-amz-bucket-region');
    const location = answer.header('location') ?? (error?.Endpoint ? `https://${error.Endpoint}` : null);
    const from = bucketUrl(this.account, '', this.#addressing);
    if (status >= 300 && status < 400 && !isOwnRedirect(status, error?.Code, region)) throw redirected(location, from);
    if (error === undefined && page && !tellingStatus(status)) throw notS3(`a web page, HTTP ${status}`);
    // The answer to a HEAD has no body, and so no code. Any other 404 without one is not S3's: it says nothing of what is there.
    const unnamed = method === 'HEAD' && status === 404 ? 'NoSuchKey' : `HTTP ${status}`;
    const refusal = {
      status,
      s3Code: error?.Code ?? unnamed,
      // The store knows our secret; nobody else hears it from there.
      detail: cleanText((error?.Message ?? '').replaceAll(this.account.secretKey, '…')) || (STATUS_CODES[status] ?? ''),
      requestId: cleanText(answer.header('x-amz-request-id') ?? error?.RequestId ?? ''),
      bucket: this.account.bucket,
      action,
      storeTime: Number.isNaN(date) ? null : date,
      region: error?.Code === 'AuthorizationHeaderMalformed' ? (error.Region ?? null) : null,
      where: redirectTarget(location, from) || cleanText(region ?? ''),
    };
    throw storageFailure(refusal, parseRetryAfter(answer.header('retry-after'), Date.now()));
  }
}

/**
 * Whether S3 itself says that the bucket is elsewhere for good: in its own words, or to a HEAD, which has none, by the region. Its
 * TemporaryRedirect passes: the names of a new bucket are not known everywhere yet.
 */
const isOwnRedirect = (status: number, s3Code: string | undefined, region: string | null): boolean =>
  s3Code === undefined ? region !== null && (status === 301 || status === 308) : s3Code !== 'TemporaryRedirect';

/** Statuses that mean the same whoever says them, and are known to be said by proxies before a store. */
const tellingStatus = (status: number): boolean => status >= 500 || [404, 408, 413, 429].includes(status);

/** What policies call a request: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html */
function actionOf({ method, key, query = {} }: S3Request): string {
  if (key === undefined) return 'uploads' in query ? 's3:ListBucketMultipartUploads' : 's3:ListBucket';
  const ofMultipart = 'uploadId' in query;
  if (method === 'GET' || method === 'HEAD') return ofMultipart ? 's3:ListMultipartUploadParts' : 's3:GetObject';
  if (method === 'DELETE' && ofMultipart) return 's3:AbortMultipartUpload';
  if (method === 'DELETE') return 'versionId' in query ? 's3:DeleteObjectVersion' : 's3:DeleteObject';
  return 's3:PutObject';
}

/**
 * What a bucket's own host meets where there is none: nobody knows the name, no certificate is for it, a proxy does not find it, or
 * the store takes the name for one of its own, and the key's first folder for the bucket.
 */
const missingHost: readonly string[] = [
  'storage_host_unknown',
  'storage_tls',
  'proxy_failed',
  'storage_bucket_missing',
];
/** What resolvers say that cannot ask anybody: https://nodejs.org/api/dns.html#error-codes, getaddrinfo(3) */
const unresolved: readonly unknown[] = ['EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'ENODATA', 'ESERVFAIL'];

const isHostMissing = (error: unknown): error is StreamAIError =>
  error instanceof StreamAIError &&
  (missingHost.includes(error.code) ||
    (error.code === 'storage_unreachable' && unresolved.includes(error.params.reason)));

/** Whether a kept connection was closed by its peer before anything of the answer came; the request can be sent over another. */
const isStale = (connection: Connection, error: unknown): boolean =>
  connection.used && !connection.answering && error instanceof StreamAIError && error.code === 'storage_unreachable';

const close = (connections: readonly Connection[]): Promise<unknown> =>
  Promise.all(connections.map((connection) => connection.close()));
