import type { LookupAddress, LookupOptions } from 'node:dns';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';
import { BlockList, isIP } from 'node:net';
import { basename } from 'node:path/posix';
import { promisify } from 'node:util';
import { type HttpProxy, type ProxyRules, proxyFor } from '../../shared/proxies.ts';
import { Problem } from '../http/problem.ts';
import { type Written, writeStream } from './disk.ts';

/** Resolves a name to all its addresses, as `dns.lookup` does. */
export type Lookup = (
  hostname: string,
  options: LookupOptions & { all: true },
  done: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

export type SourceLimits = {
  maxFileBytes: number;
  /** How long the source may send nothing or next to nothing, and how long it may take to begin its answer, in ms. */
  stallMs: number;
  /** Whether addresses of this machine and its network may be fetched: they give what the sender could not reach itself. */
  allowPrivate: boolean;
  /** Who resolves the names that are checked. */
  lookup: Lookup;
  /** The ways out of this network. */
  proxies: ProxyRules;
};

/**
 * Reads the form field `source_url`. Throws a 422 for what is no plain web address. The address may be a secret: no message
 * repeats it.
 */
export function parseSourceUrl(value: string): URL {
  const url = value.length <= 8000 ? URL.parse(value) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new Problem(422, 'source_url must be an http or https address');
  }
  if (url.username !== '' || url.password !== '') {
    throw new Problem(422, 'source_url must not carry a user name or password');
  }
  url.hash = '';
  return url;
}

/** The file's name as its address has it. */
export function sourceFileName(url: URL): string {
  const last = basename(url.pathname);
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

/**
 * Fetches a file into `path` as a stream, hashing on the way. Takes no redirect, which could lead where the address
 * itself may not. Throws 422 for an address that may not or cannot be fetched, 413 for a file too large, 502 when the
 * source breaks off, 504 when it stalls, or the signal's reason.
 * @param onLength hears how many bytes are announced, and may refuse by throwing
 */
export async function fetchSource(
  url: URL,
  path: string,
  { maxFileBytes, stallMs, allowPrivate, proxies, lookup }: SourceLimits,
  signal: AbortSignal,
  onLength: (bytes: number) => Promise<void>,
): Promise<Written> {
  const stalled = new Problem(504, 'The source sends nothing');
  const response = await open(url, { stallMs, allowPrivate, proxies, lookup, signal, stalled });
  try {
    if (response.statusCode !== 200) {
      const redirect = (response.statusCode ?? 0) >= 300 && (response.statusCode ?? 0) < 400;
      throw new Problem(422, `The source ${redirect ? 'redirects' : 'answers'} with HTTP ${response.statusCode}`);
    }
    if ((response.headers['content-encoding'] ?? 'identity') !== 'identity') {
      throw new Problem(422, 'The source sends an encoded file');
    }
    const announced = response.headers['content-length'];
    if (announced !== undefined) await onLength(Number(announced));
    response.setTimeout(stallMs, () => response.destroy(stalled));
    const pace = watchPace(response, stallMs, stalled);
    try {
      return await writeStream(response, path, maxFileBytes);
    } finally {
      clearInterval(pace);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Problem || error !== response.errored) throw error;
    throw new Problem(502, 'The source broke off', { cause: error });
  } finally {
    response.destroy();
  }
}

/** A source that sends less, over the time in which it must not stall, is one that is kept from ending. Bytes per second. */
const slowestSource = 1024;

/** Ends a source that keeps its connection alive with a byte now and then. Where our own disk is the slow one, bytes wait for it. */
function watchPace(response: IncomingMessage, stallMs: number, stalled: Problem): NodeJS.Timeout {
  let before = response.socket.bytesRead;
  return setInterval(() => {
    const read = response.socket.bytesRead;
    const waitsForUs = response.complete || response.readableLength >= response.readableHighWaterMark;
    if (read - before < (slowestSource * stallMs) / 1000 && !waitsForUs) response.destroy(stalled);
    before = read;
  }, stallMs);
}

type Opening = Pick<SourceLimits, 'stallMs' | 'allowPrivate' | 'proxies' | 'lookup'> & {
  signal: AbortSignal;
  stalled: Problem;
};

async function open(
  url: URL,
  { stallMs, allowPrivate, proxies, lookup, signal, stalled }: Opening,
): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // A name is checked where it is resolved, in `publicLookup`; what is an address already is not looked up.
  if (isIP(host) !== 0 && !allowPrivate && isPrivate(host)) throw privateProblem();
  const proxy = proxyFor(url, proxies);
  const way = proxy === null ? straight(allowPrivate, lookup) : await through(proxy, url, allowPrivate, lookup);
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const request = send(url, {
    headers: { accept: '*/*', 'accept-encoding': 'identity', host: url.host },
    maxHeaderSize: 16 * 1024,
    signal,
    ...way,
  });
  // For all of it: an answer's head, or interim answers before it, may come byte by byte.
  const late = setTimeout(() => request.destroy(stalled), stallMs);
  request.on('response', resolve).on('error', reject);
  // A source that goes on in another protocol unasked (101) ends the request without an error.
  request.on('close', () => reject(new Error('the connection ended without an answer'))).end();
  try {
    return await promise;
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof Problem ? error : new Problem(422, 'The source cannot be reached', { cause: error });
  } finally {
    clearTimeout(late);
  }
}

const straight = (allowPrivate: boolean, lookup: Lookup): RequestOptions => ({
  agent: false,
  ...(!allowPrivate && { lookup: publicLookup(lookup) }),
});

/**
 * Through a proxy it is the proxy that resolves a name, and it could find a private address where we found none. So what may not be
 * private is resolved and checked here, and the proxy is asked for a tunnel to the address that was checked.
 */
async function through(proxy: HttpProxy, url: URL, allowPrivate: boolean, lookup: Lookup): Promise<RequestOptions> {
  const secure = url.protocol === 'https:';
  const agent = secure
    ? new HttpsAgent({ proxyEnv: { HTTPS_PROXY: proxy.url } })
    : new HttpAgent({ proxyEnv: { HTTP_PROXY: proxy.url } });
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (allowPrivate || isIP(host) !== 0) return { agent };
  // A request that is handed over whole names what the proxy is to resolve.
  if (!secure) throw new Problem(422, 'Through its proxy this receiver fetches from https addresses alone');
  const address = await promisify(publicLookup(lookup))(host, {}).catch((error: unknown) => {
    throw error instanceof Problem ? error : new Problem(422, 'The source cannot be reached', { cause: error });
  });
  return { agent, hostname: String(address), servername: host };
}

const privateProblem = () => new Problem(422, 'This receiver does not fetch from private addresses');

/**
 * Resolves as the system does, and refuses a name with a private address. The connection uses what is checked here: asked
 * again, a name could give another address.
 */
function publicLookup(lookup: Lookup) {
  return (
    hostname: string,
    options: LookupOptions,
    done: (error: Error | null, address: string | LookupAddress[], family?: number) => void,
  ): void =>
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, []);
      if (addresses.some(({ address }) => isPrivate(address))) return done(privateProblem(), []);
      if (options.all) return done(null, addresses);
      const [first] = addresses;
      done(null, first?.address ?? '', first?.family);
    });
}

/** Not of the public internet, by IANA's special-purpose registries (RFC 6890 and later). */
const privateAddresses = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  privateAddresses.addSubnet(network, prefix, 'ipv4');
}
/** All public IPv6 addresses, and some that wrap an IPv4 address for a gateway (Teredo, 6to4), which are taken out again. */
const publicAddresses = new BlockList();
publicAddresses.addSubnet('2000::', 3, 'ipv6');
const wrappedAddresses = new BlockList();
wrappedAddresses.addSubnet('2001::', 32, 'ipv6');
wrappedAddresses.addSubnet('2002::', 16, 'ipv6');

/** Whether an IP address belongs to this machine, its network, or nobody. */
export function isPrivate(address: string): boolean {
  const plain = address.split('%', 1)[0] ?? '';
  if (isIP(plain) === 4) return privateAddresses.check(plain);
  return !publicAddresses.check(plain, 'ipv6') || wrappedAddresses.check(plain, 'ipv6');
}
