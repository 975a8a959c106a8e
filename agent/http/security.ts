/**
 * Who may talk to the agent, decided from a request's headers alone, by pure functions. It keeps out other web pages in the
 * user's browser (Origin, content types), names of others that lead here (Host: DNS rebinding), and this machine's other users
 * (token).
 */
import type { ErrorCode } from '../../shared/errors.ts';
import { urlName } from '../config/agent-address.ts';
import type { Access } from './access.ts';

export interface SecurityPolicy {
  /** Host headers that we answer, in small letters: `127.0.0.1:5002`. */
  readonly hosts: ReadonlySet<string>;
  /** Those of them that pages are given at: addresses that we listen at ourselves. Another user can listen at any other one. */
  readonly pageHosts: ReadonlySet<string>;
  /** Origins of our own pages. */
  readonly origins: ReadonlySet<string>;
  readonly access: Access;
}

/** One header's value by its name in small letters; undefined when absent. */
export type HeaderOf = (name: string) => string | undefined;

/**
 * What is allowed for an agent that listens on `port`. Scripts may also say `localhost`; a page may not be there: its browser tries
 * [::1] first, and whoever has our port at that address would stand between the page and us.
 * @param names names and addresses that it listens at
 * @param devOrigin origin of Vite's page in development
 */
export function securityPolicy(options: {
  port: number;
  access: Access;
  names?: readonly string[];
  devOrigin?: string | null;
}): SecurityPolicy {
  const { port, access, names = ['127.0.0.1'], devOrigin } = options;
  // Browsers leave out the port that http has by itself.
  const withPort = (name: string): string[] => [`${urlName(name)}:${port}`, ...(port === 80 ? [urlName(name)] : [])];
  const pageHosts = new Set(names.flatMap(withPort));
  const hosts = new Set([...['127.0.0.1', 'localhost', '::1'].flatMap(withPort), ...pageHosts]);
  const origins = new Set([...pageHosts].map((host) => `http://${host}`));
  if (devOrigin) origins.add(devOrigin);
  return { hosts, pageHosts, origins, access };
}

/** Exactly one of our names with our port; anything else may be a foreign name that points here. */
export function isAllowedHost(host: string | undefined, policy: SecurityPolicy): boolean {
  return host !== undefined && policy.hosts.has(host.toLowerCase());
}

/** Absent (not a page) or our own page. `null` is what sandboxed and local-file pages send: everybody's. */
export function isAllowedOrigin(origin: string | undefined, policy: SecurityPolicy): boolean {
  return origin === undefined || policy.origins.has(origin);
}

/** Whether `Authorization: Bearer …` carries the token, or a page's key in its place. */
export function carriesToken(authorization: string | undefined, access: Access): boolean {
  const candidate = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  return candidate !== undefined && access.admits(candidate);
}

export const isWrite = (method: string): boolean => method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';

/** What any page can send without asking first (the Fetch standard's CORS-safelisted types). */
const simpleTypes = new Set(['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']);

/** Whether a request's Content-Type is one that we take: never a form's; on writes JSON, or none where there is no body. */
export function isAllowedContentType(method: string, header: HeaderOf): boolean {
  const type = header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== undefined && simpleTypes.has(type)) return false;
  if (!isWrite(method)) return true;
  return type === undefined ? !announcesBody(header) : type === 'application/json';
}

function announcesBody(header: HeaderOf): boolean {
  const length = header('content-length');
  return header('transfer-encoding') !== undefined || (length !== undefined && length.trim() !== '0');
}

/**
 * The checks that hold everywhere (pages, API, upgrades), in their order: whoever fails one learns nothing of the later ones.
 * @param needsToken whether the header must carry the token; the live channel takes it in its first message instead
 * @returns the code of the error; null: all is well
 */
export function refusal(
  request: { readonly method: string; readonly header: HeaderOf },
  policy: SecurityPolicy,
  needsToken: boolean,
): ErrorCode | null {
  const { method, header } = request;
  if (!isAllowedHost(header('host'), policy)) return 'host_not_allowed';
  if (!isAllowedOrigin(header('origin'), policy)) return 'origin_not_allowed';
  if (isWrite(method) && header('sec-fetch-site') === 'cross-site') return 'origin_not_allowed';
  if (needsToken && !carriesToken(header('authorization'), policy.access)) return 'unauthorized';
  if (!isAllowedContentType(method, header)) return 'unsupported_media_type';
  return null;
}
