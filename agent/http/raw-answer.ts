/** Answers written straight to a socket, where there is no HTTP response: refused upgrades and requests that are no HTTP. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { StreamAIError } from '../../shared/errors.ts';
import { closedContentSecurityPolicy, protectiveHeaders } from './headers.ts';
import { preferredLanguage } from './language.ts';

/** Sends an error as JSON and ends the connection. */
export function refuseSocket(
  socket: Duplex,
  error: StreamAIError,
  acceptLanguage?: string,
  status: number = error.status,
): void {
  const body = JSON.stringify({ error: error.info(preferredLanguage(acceptLanguage)) });
  const headers = {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': closedContentSecurityPolicy,
    ...protectiveHeaders,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  // Without a listener, a connection that is reset here would end the whole agent.
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}
