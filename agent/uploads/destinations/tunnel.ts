/** Tunnels through a proxy (CONNECT, RFC 9110 §9.3.6). */
import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpProxy } from '../../../shared/proxies.ts';
import { headerOf } from './http-header.ts';
import { skipInterimAnswers } from './interim-answers.ts';
import { proxyRefusal, proxySilence } from './proxy-failure.ts';

/**
 * Asks the proxy at the other end of the socket to lead on from there; then the socket is the destination's.
 * @param to host and port of the destination
 * @param timeoutMs of silence; the proxy has to get through meanwhile
 * @throws StreamAIError proxy_*; what broke the connection
 */
export async function openTunnel(
  socket: Socket,
  to: { readonly host: string; readonly port: number },
  proxy: HttpProxy,
  timeoutMs: number,
): Promise<void> {
  const authority = `${to.host.includes(':') ? `[${to.host}]` : to.host}:${to.port}`;
  skipInterimAnswers(socket);
  const { promise, resolve, reject } = Promise.withResolvers<[IncomingMessage, Buffer]>();
  const call = request({
    method: 'CONNECT',
    path: authority,
    createConnection: () => socket,
    setHost: false,
    headers: { host: authority, ...(proxy.authorization !== null && { 'proxy-authorization': proxy.authorization }) },
  });
  const timer = setTimeout(() => reject(proxySilence(proxy, to.host)), timeoutMs);
  call.on('connect', (answer, _, head) => resolve([answer, head]));
  call.on('error', reject).end();
  try {
    const [{ statusCode: status = 0, headers }, head] = await promise;
    const header = (name: string): string | null => headerOf(headers, name);
    // Some proxies announce an empty body. A page in place of a tunnel is what a web server gives, or a network that wants a sign-in.
    const page = /\bhtml\b/i.test(header('content-type') ?? '') || Number(header('content-length') ?? 0) > 0;
    if (status < 200 || status >= 300 || page) throw proxyRefusal({ status, header, text: '' }, proxy, to.host);
    if (head.length > 0) socket.unshift(head);
  } finally {
    clearTimeout(timer);
  }
}
