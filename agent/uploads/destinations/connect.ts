/** Opens connections to destinations: straight, or through the proxy that the environment names. */
import { connect, isIP, type Socket } from 'node:net';
import type { HttpProxy } from '../../../shared/proxies.ts';
import { proxyFailure } from './proxy-failure.ts';
import { openTunnel } from './tunnel.ts';

/** Which proxy the way to an address leads through; null: none. */
export type ProxyFinder = (url: URL) => HttpProxy | null;

export interface Route {
  /** Scheme, host and port of the destination. */
  readonly origin: URL;
  /** null: straight. */
  readonly proxy: HttpProxy | null;
}

/** The proxy that gets requests whole, addressed to the destination, as `http://` has it; null: there is none, or a tunnel leads through it. */
export function wholeRequestProxy({ origin, proxy }: Route): HttpProxy | null {
  return origin.protocol === 'http:' ? proxy : null;
}

/** A request's target and what it carries for the proxy (RFC 9112 §3.2.2). @param path with its query */
export function throughProxy(route: Route, path: string): { path: string; headers: Record<string, string> } {
  const proxy = wholeRequestProxy(route);
  if (proxy === null) return { path, headers: {} };
  const { authorization } = proxy;
  return {
    path: route.origin.origin + path,
    headers: authorization === null ? {} : { 'proxy-authorization': authorization },
  };
}

/**
 * TCP, a tunnel where TLS is to go through a proxy, and TLS above it.
 * @param timeoutMs for each of these steps
 * @param onTcp gets TCP's socket at once: it alone can be reset, and destroying it ends whatever step it is
 * @returns the socket that requests are written to
 * @throws StreamAIError proxy_*; what broke the connection
 */
export async function openConnection(
  { origin, proxy }: Route,
  timeoutMs: number,
  onTcp: (socket: Socket) => void,
): Promise<Socket> {
  const secure = origin.protocol === 'https:';
  const to = { host: origin.hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(origin.port || (secure ? 443 : 80)) };
  const { host, port } = proxy ?? to;
  const tcp = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 });
  // Whoever gets the socket listens for its errors; until then nobody else may.
  tcp.on('error', () => {});
  onTcp(tcp);
  try {
    let outlet = tcp;
    try {
      await opened(tcp, 'connect', timeoutMs);
      if (proxy?.secure === true) outlet = await secured(outlet, host, timeoutMs);
      if (proxy !== null && secure) await openTunnel(outlet, to, proxy, timeoutMs);
    } catch (error) {
      throw proxy === null ? error : proxyFailure(error, proxy, to.host);
    }
    return secure ? await secured(outlet, to.host, timeoutMs) : outlet;
  } catch (error) {
    tcp.destroy();
    throw error;
  }
}

/** TLS above a socket. Loaded here, at the first use. HTTP/1.1 alone: what a socket took is known there, behind HTTP/2's windows it is not. */
async function secured(socket: Socket, host: string, timeoutMs: number): Promise<Socket> {
  const tls = await import('node:tls');
  if (socket.destroyed) throw coded('ECONNRESET');
  const named = isIP(host) === 0 ? { servername: host } : {};
  const outlet = tls.connect({ socket, host, ...named, ALPNProtocols: ['http/1.1'] });
  outlet.on('error', () => {});
  await opened(outlet, 'secureConnect', timeoutMs);
  return outlet;
}

/** Resolves at the event; a socket that is destroyed meanwhile is an error, too. */
async function opened(socket: Socket, event: 'connect' | 'secureConnect', timeoutMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const close = (): void => reject(coded('ECONNRESET'));
  const fail = (error: Error): void => reject(timedOut(error) ? coded('ETIMEDOUT', error) : error);
  const timer = setTimeout(() => reject(coded('ETIMEDOUT')), timeoutMs);
  socket.once(event, resolve).once('error', fail).once('close', close);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    socket.off(event, resolve).off('error', fail).off('close', close);
  }
}

/** Node tries every address of a name; where one of them was silent, the error may have another one's code. */
const timedOut = (error: Error): boolean =>
  error instanceof AggregateError && error.errors.some((each) => each?.code === 'ETIMEDOUT');

const coded = (code: string, cause?: unknown): Error => Object.assign(new Error(code, { cause }), { code });
