/** Which proxy the way to an address leads through, as the environment says it for all programs. */
import { addressBytes, isInNetwork, isLoopback } from './ip-address.ts';

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
  /** All of this as one address, a secret too. */
  readonly url: string;
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
  const [user, password] = [decoded(url.username), decoded(url.password)];
  const login = user === '' && password === '' ? null : `${user}:${password}`;
  const name = `${url.hostname}:${port}`;
  return {
    name,
    host: withoutBrackets(url.hostname),
    port,
    secure,
    authorization: login === null ? null : `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(login)))}`,
    url: `${url.protocol}//${login === null ? '' : `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`}${name}`,
  };
}

/**
 * The variables that name the proxies, small letters first, as with curl. NODE_USE_ENV_PROXY is Node's own switch: whoever sets it to 0
 * wants none of them. @throws Error naming the variable that is no proxy's address, and not its value, which may hold a password
 */
export function readProxies(env: Readonly<Record<string, string | undefined>>): ProxyRules {
  if (env.NODE_USE_ENV_PROXY === '0') return noProxies;
  const value = (name: string): string =>
    [env[name.toLowerCase()], env[name]].find((text) => text !== undefined && text.trim() !== '') ?? '';
  const proxy = (name: string): HttpProxy | null => {
    const text = value(name);
    const parsed = text === '' ? null : parseProxy(text);
    if (text !== '' && parsed === null) throw new Error(`${name} is not a proxy such as http://proxy.example.com:3128`);
    return parsed;
  };
  return { http: proxy('HTTP_PROXY'), https: proxy('HTTPS_PROXY'), except: parseExceptions(value('NO_PROXY')) };
}

/** The variables that say this, as `readProxies` reads them. */
export function proxyVariables({ http, https, except }: ProxyRules): Record<string, string> {
  return {
    ...(http !== null && { HTTP_PROXY: http.url }),
    ...(https !== null && { HTTPS_PROXY: https.url }),
    ...(except.length > 0 && { NO_PROXY: except.join(',') }),
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
  if (addressBytes(host) !== null) return isInNetwork(host, wanted);
  return wanted !== '' && (host === wanted || host.endsWith(`.${wanted}`));
}

const withoutBrackets = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
