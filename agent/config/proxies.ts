/** Which proxy the way to an address leads through, as the environment says it for all programs. */
import { BlockList, isIP } from 'node:net';
import { isLoopback } from './env-values.ts';

/** A proxy for HTTP, and for tunnels through it (CONNECT). */
export interface HttpProxy {
  /** host:port, as it may be shown. */
  readonly name: string;
  /** Without the brackets around an IPv6 address. */
  readonly host: string;
  readonly port: number;
  /** Whether the way to the proxy itself is TLS. */
  readonly secure: boolean;
  /** The value of Proxy-Authorization, a secret; null: it wants none. */
  readonly authorization: string | null;
}

/** What HTTP_PROXY, HTTPS_PROXY and NO_PROXY say. */
export interface ProxyRules {
  /** For `http://…`; null: none. */
  readonly http: HttpProxy | null;
  /** For `https://…`; null: none. */
  readonly https: HttpProxy | null;
  /** Names, suffixes, addresses and networks, each with a port or without; `*`: everything. In lower case. */
  readonly except: readonly string[];
}

export const noProxies: ProxyRules = { http: null, https: null, except: [] };

/** @returns the proxy to go through; null: straight, as always to this machine itself */
export function proxyFor(url: URL, { http, https, except }: ProxyRules): HttpProxy | null {
  const secure = url.protocol === 'https:';
  const proxy = secure ? https : http;
  if (proxy === null) return null;
  const host = withoutBrackets(url.hostname.toLowerCase()).replace(/\.$/, '');
  if (isLoopback(host) || host.endsWith('.localhost')) return null;
  const port = url.port || (secure ? '443' : '80');
  return except.some((rule) => isExcepted(rule, host, port)) ? null : proxy;
}

/** @param text such as `http://user:password@proxy:3128`, the scheme may be left out. @returns null for what is no proxy's address */
export function parseProxy(text: string): HttpProxy | null {
  const url = URL.parse(text.includes('://') ? text.trim() : `http://${text.trim()}`);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') return null;
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') return null;
  const secure = url.protocol === 'https:';
  const port = Number(url.port || (secure ? 443 : 80));
  const { username, password } = url;
  const credentials = Buffer.from(`${decoded(username)}:${decoded(password)}`, 'utf8').toString('base64');
  return {
    name: `${url.hostname}:${port}`,
    host: withoutBrackets(url.hostname),
    port,
    secure,
    authorization: username === '' && password === '' ? null : `Basic ${credentials}`,
  };
}

/** The entries of NO_PROXY, which stand between commas or blanks. */
export function parseExceptions(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '');
}

/** As curl has it: `example.com`, `.example.com` and `*.example.com` each mean the name and every name below it. */
function isExcepted(rule: string, host: string, port: string): boolean {
  if (rule === '*') return true;
  const [, bracketed, plain, wantedPort] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(rule) ?? [null, null, rule];
  if (wantedPort !== undefined && Number(wantedPort) !== Number(port)) return false;
  const wanted = (bracketed ?? plain ?? '').replace(/^\*?\./, '').replace(/\.$/, '');
  if (isIP(host) !== 0) return isAddressIn(wanted, host);
  return wanted !== '' && (host === wanted || host.endsWith(`.${wanted}`));
}

/** @param wanted an address, or a network such as `10.0.0.0/8` */
function isAddressIn(wanted: string, host: string): boolean {
  const [address = '', bits] = wanted.split('/');
  const family = isIP(address);
  if (family === 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)))) {
    return false;
  }
  const list = new BlockList();
  list.addSubnet(address, Number(bits ?? (family === 4 ? 32 : 128)), family === 4 ? 'ipv4' : 'ipv6');
  return list.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6');
}

const withoutBrackets = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
