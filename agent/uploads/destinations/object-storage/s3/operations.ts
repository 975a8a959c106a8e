/** The S3 calls that we use, by S3's names: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html */
import { createHash } from 'node:crypto';
import type { S3Client } from './client.ts';
import type { Line } from './connection.ts';
import { plainEtag } from './etag.ts';
import { isDenied, notS3, S3Error } from './failure.ts';
import type { StoredPart } from './known-part.ts';
import {
  completedSchema,
  completeXml,
  createdSchema,
  multipartsSchema,
  parseXml,
  partsSchema,
  readXml,
} from './xml.ts';

/** Joining thousands of parts takes a while; beyond this the answer counts as lost, and HEAD tells what became of it. ms */
export const assembleMs = (parts: number): number => 30_000 + 20 * parts;
/** Of a list, over all its pages: S3 has no more parts, and nobody looks through more uploads. */
const mostListed = 10_000;
/** What we ask for of each page; S3's own default is 1,000, which takes long to parse (xml.ts). */
const partsPage = '500';
const uploadsPage = '250';
/** A page may be short, or empty. */
const mostPages = 100;

export interface OpenMultipart {
  readonly key: string;
  readonly uploadId: string;
  /** ms since 1970; null where the store does not say. */
  readonly initiatedAt: number | null;
}

export interface MultipartRef {
  readonly key: string;
  readonly uploadId: string;
}

/** @returns the store's id of the new multipart upload */
export async function createMultipart(
  client: S3Client,
  key: string,
  contentType: string,
  signal: AbortSignal,
): Promise<string> {
  const headers = { 'content-type': contentType };
  const { text } = await client.request({ method: 'POST', key, query: { uploads: '' }, headers, signal });
  return (await readXml(createdSchema, text)).InitiateMultipartUploadResult.UploadId;
}

export interface PartUpload extends MultipartRef {
  readonly number: number;
  readonly bytes: number;
  /** hex */
  readonly md5: string;
  /** Called again where the connection turns out to be dead: it makes the same bytes anew. */
  body(line: Line): AsyncGenerator<Uint8Array>;
}

/**
 * The store compares the part with its Content-MD5 before it acknowledges it.
 * @returns its ETag where that is not its MD5
 * @throws S3Error storage_damaged when the store got other bytes than these
 */
export async function uploadPart(client: S3Client, part: PartUpload, signal: AbortSignal): Promise<string | undefined> {
  const { key, uploadId, number, bytes, md5, body } = part;
  const answer = await client.request({
    method: 'PUT',
    key,
    query: { partNumber: String(number), uploadId },
    headers: { 'content-md5': Buffer.from(md5, 'hex').toString('base64') },
    body,
    contentLength: bytes,
    signal,
  });
  const etag = plainEtag(answer.header('etag') ?? '');
  if (etag === '') throw notS3('no ETag of the part');
  return etag === md5 ? undefined : etag;
}

/** The parts that the store has. */
export async function listParts(client: S3Client, ref: MultipartRef, signal: AbortSignal): Promise<StoredPart[]> {
  const found: StoredPart[] = [];
  let marker = '0';
  for (let page = 0; page < mostPages && found.length < mostListed; page += 1) {
    const query = { uploadId: ref.uploadId, 'max-parts': partsPage, 'part-number-marker': marker };
    const { text } = await client.request({ method: 'GET', key: ref.key, query, signal });
    const { ListPartsResult: list } = await readXml(partsSchema, text);
    found.push(...list.Part.map(({ PartNumber, ETag, Size }) => ({ number: PartNumber, etag: ETag, bytes: Size })));
    const next = list.NextPartNumberMarker ?? found.at(-1)?.number ?? 0;
    if (!list.IsTruncated || String(next) === marker) break;
    marker = String(next);
  }
  return found;
}

/**
 * @returns the object's ETag, without quotes; empty where the answer leaves it out (RGW 16 the first time, RGW 18 when it is asked again):
 *   only HEAD tells it there. null: the answer cannot be read, as if it were lost
 */
export async function completeMultipart(
  client: S3Client,
  { key, uploadId }: MultipartRef,
  etags: readonly string[],
  signal: AbortSignal,
  conditions: Readonly<Record<string, string>> = {},
): Promise<string | null> {
  const { text } = await client.request({
    method: 'POST',
    key,
    query: { uploadId },
    headers: { 'content-type': 'application/xml', ...conditions },
    body: Buffer.from(completeXml(etags)),
    signal,
    answerMs: assembleMs(etags.length),
  });
  const parsed = completedSchema.safeParse(await parseXml(text));
  return parsed.success ? parsed.data.CompleteMultipartUploadResult.ETag : null;
}

/** Repeats until the store says that it does not know it: a part that was still on its way may have outlived the first time. */
export async function abortMultipart(
  client: S3Client,
  { key, uploadId }: MultipartRef,
  signal: AbortSignal,
): Promise<void> {
  for (let time = 0; time < 3; time += 1) {
    try {
      await client.request({ method: 'DELETE', key, query: { uploadId }, signal });
    } catch (error) {
      if (error instanceof S3Error && error.s3Code === 'NoSuchUpload') return;
      throw error;
    }
  }
}

/** Begun and neither completed nor aborted, under a prefix. */
export async function listMultiparts(client: S3Client, prefix: string, signal: AbortSignal): Promise<OpenMultipart[]> {
  const found: OpenMultipart[] = [];
  let markers: Record<string, string> = {};
  for (let page = 0; page < mostPages && found.length < mostListed; page += 1) {
    const { text } = await client.request({
      method: 'GET',
      query: { uploads: '', 'max-uploads': uploadsPage, prefix, ...markers },
      signal,
    });
    const { ListMultipartUploadsResult: list } = await readXml(multipartsSchema, text);
    for (const { Key: key, UploadId: uploadId, Initiated } of list.Upload) {
      const at = Date.parse(Initiated ?? '');
      found.push({ key, uploadId, initiatedAt: Number.isNaN(at) ? null : at });
    }
    if (!list.IsTruncated || list.NextKeyMarker === '') break;
    markers = { 'key-marker': list.NextKeyMarker, 'upload-id-marker': list.NextUploadIdMarker };
  }
  return found;
}

export interface ObjectFacts {
  readonly bytes: number;
  /** Without quotes. */
  readonly etag: string;
  /** In a bucket that keeps versions. */
  readonly versionId?: string;
}

/** @returns null when there is no such object */
export async function headObject(client: S3Client, key: string, signal: AbortSignal): Promise<ObjectFacts | null> {
  try {
    return await head(client, key, signal);
  } catch (error) {
    if (!(error instanceof S3Error) || !isUnnamedRefusal(error)) throw error;
    // A HEAD is refused without a word, be it the clock, the key or the secret. A GET is told why, and learns the store's time.
    await client.request({ method: 'GET', key, headers: { range: 'bytes=0-0' }, signal }).catch((named: unknown) => {
      if (!(named instanceof S3Error && ['NoSuchKey', 'InvalidRange'].includes(named.s3Code))) throw named;
    });
    return await head(client, key, signal);
  }
}

async function head(client: S3Client, key: string, signal: AbortSignal): Promise<ObjectFacts | null> {
  try {
    const answer = await client.request({ method: 'HEAD', key, signal });
    const bytes = Number(answer.header('content-length') ?? Number.NaN);
    if (!Number.isSafeInteger(bytes)) throw notS3('no length of the object');
    const etag = plainEtag(answer.header('etag') ?? '');
    if (etag === '') throw notS3('no ETag of the object');
    const versionId = answer.header('x-amz-version-id');
    return { bytes, etag, ...(versionId !== null && { versionId }) };
  } catch (error) {
    if (error instanceof S3Error && error.s3Code === 'NoSuchKey') return null;
    throw error;
  }
}

const isUnnamedRefusal = ({ s3Code }: S3Error): boolean => ['HTTP 400', 'HTTP 401', 'HTTP 403'].includes(s3Code);

/** As `headObject`; `denied` where the keys may not read, or may not know what is not there. */
export async function headIfAllowed(
  client: S3Client,
  key: string,
  signal: AbortSignal,
): Promise<ObjectFacts | null | 'denied'> {
  try {
    return await headObject(client, key, signal);
  } catch (error) {
    if (isDenied(error)) return 'denied';
    throw error;
  }
}

/** A small object in one piece. @param conditions headers such as `If-None-Match` */
export async function putObject(
  client: S3Client,
  key: string,
  body: Buffer,
  contentType: string,
  signal: AbortSignal,
  conditions: Readonly<Record<string, string>> = {},
): Promise<void> {
  const md5 = createHash('md5').update(body).digest('base64');
  const headers = { 'content-type': contentType, 'content-md5': md5, ...conditions };
  await client.request({ method: 'PUT', key, headers, body, signal });
}

/** One read of an object. */
const readBytes = 2 * 1024 * 1024;

/** Reads some of an object back. @returns its MD5, hex */
export async function rangeMd5(
  client: S3Client,
  key: string,
  { start, bytes }: { readonly start: number; readonly bytes: number },
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash('md5');
  for (let done = 0; done < bytes; done += readBytes) {
    const range = { start: start + done, bytes: Math.min(readBytes, bytes - done) };
    hash.update(await getRange(client, key, range, signal));
  }
  return hash.digest('hex');
}

/** A range of an object's bytes, at most some megabytes. @throws S3Error as for every status but 2xx */
async function getRange(
  client: S3Client,
  key: string,
  { start, bytes }: { readonly start: number; readonly bytes: number },
  signal: AbortSignal,
): Promise<Buffer> {
  const headers = { range: `bytes=${start}-${start + bytes - 1}` };
  const answer = await client.request({ method: 'GET', key, headers, signal });
  if (answer.bytes.length !== bytes) throw notS3('another range than was asked for');
  return answer.bytes;
}

/** A small object's content. @returns null when there is no such object */
export async function getObject(client: S3Client, key: string, signal: AbortSignal): Promise<Buffer | null> {
  try {
    const { text } = await client.request({ method: 'GET', key, signal });
    return Buffer.from(text);
  } catch (error) {
    if (error instanceof S3Error && error.s3Code === 'NoSuchKey') return null;
    throw error;
  }
}

/** @param versionId that version for good; null: the object, of which a bucket that keeps versions keeps this one */
export async function deleteObject(
  client: S3Client,
  key: string,
  signal: AbortSignal,
  versionId: string | null = null,
): Promise<void> {
  await client.request({ method: 'DELETE', key, ...(versionId !== null && { query: { versionId } }), signal });
}

/** Complete was answered with what cannot be read, and the object is not there: it is asked for again. */
export function answerLost(client: S3Client): S3Error {
  const { bucket } = client.account;
  const detail = 'an answer that cannot be read';
  return new S3Error('storage_failed', { status: 200, s3Code: detail, detail, requestId: '', bucket });
}

/** What the store has is not what we sent. */
export function damaged(client: S3Client, detail: string): S3Error {
  const { bucket } = client.account;
  return new S3Error('storage_damaged', { status: 200, s3Code: 'ETag', detail, requestId: '', bucket });
}
