/**
 * For tests: an S3 store in memory, over real HTTP, that answers as a Ceph RGW 16 does. `s3-store-contract-fixture.ts` holds both to the same
 * tests. Faults are played by a proxy in front of it, `scripts/rig/gate.ts`, as they are in front of a real store.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from '../../../../../scripts/rig/listen.ts';
import { type Keys, signatureFault } from './s3-signature-fixture.ts';

export interface S3Store extends Keys {
  readonly url: string;
  close(): Promise<void>;
}

interface StoredPart {
  readonly body: Buffer;
  readonly md5: string;
  readonly etag: string;
}
interface StoredObject {
  readonly body: Buffer;
  readonly etag: string;
  readonly contentType: string;
  /** The id of the multipart that it was, and how its parts were named. */
  readonly multipart?: string;
  readonly named?: string;
}
interface OpenMultipart {
  readonly key: string;
  readonly id: string;
  readonly contentType: string;
  readonly initiated: string;
  readonly parts: Map<number, StoredPart>;
}
interface Bucket {
  readonly etagOf: (md5: string) => string;
  readonly objects: Map<string, StoredObject>;
  readonly multiparts: Map<string, OpenMultipart>;
}

/** One request, read whole. */
interface Call {
  readonly method: string;
  readonly bucket: string;
  /** Empty: the bucket itself. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}
interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

class Refused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

/** S3's, of any part but the last. */
const leastPartBytes = 5 * 1024 * 1024;
/** Of any list. */
const pageSize = 1000;

export interface S3StoreOptions {
  /** What it calls a part or an object, instead of its MD5 or what S3 makes of the parts'. Default: that. */
  etagOf?(md5: string): string;
}

/** Starts an empty store; `PUT /<bucket>` makes a bucket. */
export async function startS3Store({ etagOf = (md5) => md5 }: S3StoreOptions = {}): Promise<S3Store> {
  const keys = { accessKey: 'AKIASIMULATED', secretKey: 'the-secret-of-the-simulated-store' };
  const buckets = new Map<string, Bucket>();
  const server = createServer((request, response) => {
    answer(request, keys, buckets, etagOf).then(
      (found) => write(request, response, found),
      // The client has gone in the middle of its body.
      () => response.destroy(),
    );
  });
  server.keepAliveTimeout = 0;
  const url = `http://127.0.0.1:${await listen(server)}`;
  return {
    ...keys,
    url,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function answer(
  request: IncomingMessage,
  keys: Keys,
  buckets: Map<string, Bucket>,
  etagOf: Bucket['etagOf'],
): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  // Tests may move the clock of `Date`.
  const fault = signatureFault(request, keys, performance.timeOrigin + performance.now());
  if (fault !== null) return refusal(403, fault);
  const url = new URL(request.url ?? '/', 'http://store');
  const [, bucket = '', ...rest] = url.pathname.split('/').map(decodeURIComponent);
  const { method = '', headers } = request;
  const call = { method, bucket, key: rest.join('/'), query: url.searchParams, headers, body: Buffer.concat(chunks) };
  try {
    return call.key === '' ? ofBucket(buckets, call, etagOf) : ofObject(bucketOf(buckets, call), call);
  } catch (error) {
    if (error instanceof Refused) return refusal(error.status, error.code);
    throw error;
  }
}

function write(request: IncomingMessage, response: ServerResponse, { status, headers = {}, body = '' }: Answer): void {
  // Node's own stands still where a test moves the clock of `Date`.
  const date = new Date(performance.timeOrigin + performance.now()).toUTCString();
  response.writeHead(status, { 'content-length': Buffer.byteLength(body), date, ...headers });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function ofBucket(buckets: Map<string, Bucket>, call: Call, etagOf: Bucket['etagOf']): Answer {
  const { method, bucket, query } = call;
  if (method === 'PUT') {
    if (!buckets.has(bucket)) buckets.set(bucket, { etagOf, objects: new Map(), multiparts: new Map() });
    return { status: 200 };
  }
  const found = bucketOf(buckets, call);
  if (method === 'GET') return query.has('uploads') ? listMultiparts(found, query) : listObjects(found);
  if (method !== 'DELETE') throw new Refused(405, 'MethodNotAllowed');
  if (found.objects.size > 0) throw new Refused(409, 'BucketNotEmpty');
  buckets.delete(bucket);
  return { status: 204 };
}

function ofObject(bucket: Bucket, call: Call): Answer {
  const { method, query } = call;
  if (query.has('uploads') && method === 'POST') return create(bucket, call);
  if (query.has('uploadId')) return ofMultipart(bucket, call);
  if (method === 'PUT') return put(bucket, call);
  if (method === 'HEAD' || method === 'GET') return get(bucket, call);
  if (method !== 'DELETE') throw new Refused(405, 'MethodNotAllowed');
  bucket.objects.delete(call.key);
  return { status: 204 };
}

function ofMultipart(bucket: Bucket, call: Call): Answer {
  const { method, key, query } = call;
  const multipart = bucket.multiparts.get(query.get('uploadId') ?? '');
  if (multipart?.key !== key) {
    if (method === 'POST') return completeAgain(bucket, call);
    throw new Refused(404, method === 'GET' ? 'NoSuchKey' : 'NoSuchUpload');
  }
  if (method === 'PUT') return putPart(bucket, multipart, call);
  if (method === 'GET') return listParts(multipart, query);
  if (method === 'POST') return complete(bucket, multipart, call);
  if (method !== 'DELETE') throw new Refused(405, 'MethodNotAllowed');
  bucket.multiparts.delete(multipart.id);
  return { status: 204 };
}

function create(bucket: Bucket, { bucket: name, key, headers }: Call): Answer {
  const id = `2~${createHash('sha256').update(`${key} ${Math.random()}`).digest('base64url')}`;
  const contentType = headers['content-type'] ?? 'binary/octet-stream';
  bucket.multiparts.set(id, { key, id, contentType, initiated: new Date().toISOString(), parts: new Map() });
  const inner = `<Bucket>${xml(name)}</Bucket><Key>${xml(key)}</Key><UploadId>${id}</UploadId>`;
  return document('InitiateMultipartUploadResult', inner);
}

function putPart({ etagOf }: Bucket, multipart: OpenMultipart, call: Call): Answer {
  const md5 = checkedMd5(call);
  const etag = etagOf(md5);
  multipart.parts.set(Number(call.query.get('partNumber')), { body: call.body, md5, etag });
  return { status: 200, headers: { etag: `"${etag}"` } };
}

function listParts({ parts }: OpenMultipart, query: URLSearchParams): Answer {
  const marker = Number(query.get('part-number-marker') ?? 0);
  const after = [...parts].filter(([number]) => number > marker).sort(([a], [b]) => a - b);
  const page = after.slice(0, pageSize);
  const inner = page.map(
    ([number, { body, etag }]) =>
      `<Part><PartNumber>${number}</PartNumber><ETag>&quot;${xml(etag)}&quot;</ETag><Size>${body.length}</Size></Part>`,
  );
  const next = `<NextPartNumberMarker>${page.at(-1)?.[0] ?? 0}</NextPartNumberMarker>`;
  return document('ListPartsResult', `${next}${truncated(page.length < after.length)}${inner.join('')}`);
}

/** RGW leaves the ETag out, wants every part that it has named, and does not mind in which order. */
function complete({ etagOf, objects, multiparts }: Bucket, multipart: OpenMultipart, call: Call): Answer {
  const named = namedParts(call);
  if (named.size !== multipart.parts.size) throw new Refused(400, 'InvalidPart');
  const parts = [...multipart.parts].sort(([a], [b]) => a - b);
  for (const [index, [number, { body, etag }]] of parts.entries()) {
    if (index < parts.length - 1 && body.length < leastPartBytes) throw new Refused(400, 'EntityTooSmall');
    if (named.get(number) !== etag) throw new Refused(400, 'InvalidPart');
  }
  const body = Buffer.concat(parts.map(([, part]) => part.body));
  const { id, contentType } = multipart;
  const etag = etagOf(joinedMd5(new Map(parts.map(([number, { md5 }]) => [number, md5]))));
  objects.set(call.key, { body, etag, contentType, multipart: id, named: wordsOf(named) });
  multiparts.delete(id);
  return completed(call, '');
}

/** The multipart is not there any more: RGW knows of which one the object is, and says the same again. */
function completeAgain({ objects }: Bucket, call: Call): Answer {
  const object = objects.get(call.key);
  const same = object?.multipart === call.query.get('uploadId') && object.named === wordsOf(namedParts(call));
  if (same) return completed(call, object.etag);
  throw new Refused(500, 'InternalError');
}

/** @returns their ETags by number */
function namedParts({ body }: Call): Map<number, string> {
  const found = body.toString('utf8').matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>"?([^<"]*)"?<\/ETag>/g);
  const plain = (text: string): string => text.replaceAll('&lt;', '<').replaceAll('&amp;', '&');
  const named = new Map([...found].map(([, number, etag = '']) => [Number(number), plain(etag)]));
  if (named.size === 0) throw new Refused(400, 'MalformedXML');
  return named;
}

const wordsOf = (named: ReadonlyMap<number, string>): string => JSON.stringify([...named].sort(([a], [b]) => a - b));

function joinedMd5(md5s: ReadonlyMap<number, string>): string {
  const hash = createHash('md5');
  for (const [, md5] of [...md5s].sort(([a], [b]) => a - b)) hash.update(md5, 'hex');
  return `${hash.digest('hex')}-${md5s.size}`;
}

const completed = ({ bucket, key }: Call, etag: string): Answer =>
  document(
    'CompleteMultipartUploadResult',
    `<Bucket>${xml(bucket)}</Bucket><Key>${xml(key)}</Key><ETag>${xml(etag)}</ETag>`,
  );

function put({ etagOf, objects }: Bucket, call: Call): Answer {
  if (call.headers['if-none-match'] === '*' && objects.has(call.key)) throw new Refused(412, 'PreconditionFailed');
  const etag = etagOf(checkedMd5(call));
  objects.set(call.key, { body: call.body, etag, contentType: call.headers['content-type'] ?? 'binary/octet-stream' });
  return { status: 200, headers: { etag: `"${etag}"` } };
}

function get({ objects }: Bucket, { key, headers: { range } }: Call): Answer {
  const found = objects.get(key);
  if (found === undefined) throw new Refused(404, 'NoSuchKey');
  const { body, etag, contentType } = found;
  const headers = { etag: `"${etag}"`, 'content-type': contentType };
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  if (first === undefined) return { status: 200, headers, body };
  if (Number(first) >= body.length) throw new Refused(416, 'InvalidRange');
  return { status: 206, headers, body: body.subarray(Number(first), Number(last) + 1) };
}

function listMultiparts({ multiparts }: Bucket, query: URLSearchParams): Answer {
  const [prefix, keyMarker] = [query.get('prefix') ?? '', query.get('key-marker') ?? ''];
  const idMarker = query.get('upload-id-marker') ?? '';
  const most = Math.min(Number(query.get('max-uploads') ?? pageSize), pageSize);
  const after = [...multiparts.values()]
    .filter(({ key }) => key.startsWith(prefix))
    .sort((a, b) => compare(a.key, b.key) || compare(a.id, b.id))
    .filter(({ key, id }) => keyMarker === '' || (compare(key, keyMarker) || compare(id, idMarker)) > 0);
  const page = after.slice(0, most);
  const last = page.at(-1);
  const inner = page.map(
    ({ key, id, initiated }) =>
      `<Upload><Key>${xml(key)}</Key><UploadId>${id}</UploadId><Initiated>${initiated}</Initiated></Upload>`,
  );
  const next = `<NextKeyMarker>${xml(last?.key ?? '')}</NextKeyMarker><NextUploadIdMarker>${last?.id ?? ''}</NextUploadIdMarker>`;
  return document('ListMultipartUploadsResult', `${next}${truncated(page.length < after.length)}${inner.join('')}`);
}

/** The first page. */
function listObjects({ objects }: Bucket): Answer {
  const page = [...objects].sort(([a], [b]) => compare(a, b)).slice(0, pageSize);
  const inner = page.map(
    ([key, { body, etag }]) =>
      `<Contents><Key>${xml(key)}</Key><ETag>&quot;${xml(etag)}&quot;</ETag><Size>${body.length}</Size></Contents>`,
  );
  return document('ListBucketResult', `${truncated(page.length < objects.size)}${inner.join('')}`);
}

function bucketOf(buckets: ReadonlyMap<string, Bucket>, { bucket }: Call): Bucket {
  const found = buckets.get(bucket);
  if (found === undefined) throw new Refused(404, 'NoSuchBucket');
  return found;
}

/** @returns hex */
function checkedMd5({ headers, body }: Call): string {
  const md5 = createHash('md5').update(body).digest();
  const wanted = headers['content-md5'];
  if (typeof wanted === 'string' && wanted !== md5.toString('base64')) throw new Refused(400, 'BadDigest');
  return md5.toString('hex');
}

function refusal(status: number, code: string): Answer {
  const inner = `<Code>${code}</Code><RequestId>simulated</RequestId>`;
  return { ...document('Error', inner), status, headers: { 'content-type': 'application/xml' } };
}

function document(name: string, inner: string): Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?><${name}>${inner}</${name}>`;
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
}

const truncated = (is: boolean): string => `<IsTruncated>${is}</IsTruncated>`;
const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const xml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
