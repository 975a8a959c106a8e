/**
 * Whether a request to the simulated store is signed by its key: written after AWS's own description and not with the library
 * that signs, so that each checks the other. https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface Keys {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** S3's code for what is wrong with a request's signature. */
export type SignatureFault = 'AccessDenied' | 'InvalidAccessKeyId' | 'SignatureDoesNotMatch' | 'RequestTimeTooSkewed';

/** What a signature says of itself. */
interface Signature {
  readonly accessKey: string;
  /** Date, region, service and the last word. */
  readonly scope: string;
  readonly signedHeaders: string;
  readonly signature: string;
  /** As in ISO 8601, without separators. */
  readonly time: string;
  /** ms from then on; null: a few minutes around it. */
  readonly validMs: number | null;
}

/** How far a clock may be away. */
const longestSkewMs = 15 * 60_000;

/** @param now ms since 1970. @returns null when it is signed as it has to be */
export function signatureFault(request: IncomingMessage, keys: Keys, now: number): SignatureFault | null {
  const url = new URL(request.url ?? '/', 'http://store');
  const found = fromQuery(url.searchParams) ?? fromHeaders(request);
  if (found === null) return 'AccessDenied';
  if (found.accessKey !== keys.accessKey) return 'InvalidAccessKeyId';
  // As RGW 20 has it, and S3's own description.
  const unsignedType = request.headers['content-type'] !== undefined && !/\bcontent-type\b/.test(found.signedHeaders);
  if (unsignedType) return 'AccessDenied';
  const signedAt = Date.parse(found.time.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
  if (found.validMs === null ? !(Math.abs(now - signedAt) <= longestSkewMs) : !(now <= signedAt + found.validMs)) {
    return found.validMs === null ? 'RequestTimeTooSkewed' : 'AccessDenied';
  }
  return signatureOf(request, url, found, keys.secretKey) === found.signature ? null : 'SignatureDoesNotMatch';
}

function fromHeaders({ headers }: IncomingMessage): Signature | null {
  const pattern = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=(\w+)$/;
  const [, accessKey, scope, signedHeaders, signature] = pattern.exec(headers.authorization ?? '') ?? [];
  const time = headers['x-amz-date'];
  if (!accessKey || !scope || !signedHeaders || !signature || typeof time !== 'string') return null;
  return { accessKey, scope, signedHeaders, signature, time, validMs: null };
}

function fromQuery(query: URLSearchParams): Signature | null {
  const signature = query.get('X-Amz-Signature');
  const [accessKey = '', ...scope] = (query.get('X-Amz-Credential') ?? '').split('/');
  if (signature === null) return null;
  return {
    ...{ accessKey, scope: scope.join('/'), signature },
    signedHeaders: query.get('X-Amz-SignedHeaders') ?? '',
    time: query.get('X-Amz-Date') ?? '',
    validMs: 1000 * Number(query.get('X-Amz-Expires') ?? Number.NaN),
  };
}

function signatureOf(request: IncomingMessage, url: URL, found: Signature, secretKey: string): string {
  const { scope, signedHeaders, time, validMs } = found;
  const query = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map((pair) => pair.map(encoded).join('='))
    .sort()
    .join('&');
  const header = (name: string): string => String(request.headers[name] ?? '').replace(/\s+/g, ' ');
  const canonical = [
    request.method,
    url.pathname.split('/').map(decodeURIComponent).map(encoded).join('/'),
    query,
    ...signedHeaders.split(';').map((name) => `${name}:${header(name)}`),
    '',
    signedHeaders,
    validMs === null ? header('x-amz-content-sha256') : 'UNSIGNED-PAYLOAD',
  ].join('\n');
  const text = ['AWS4-HMAC-SHA256', time, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  const key = scope.split('/').reduce<Buffer | string>((secret, word) => hmac(secret, word), `AWS4${secretKey}`);
  return hmac(key, text).toString('hex');
}

const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();

const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
