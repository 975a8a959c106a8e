/** Bytes to a server as they are, and all that comes back: for requests that no HTTP client would send. */
import { once } from 'node:events';
import { connect } from 'node:net';

export interface RawExchange {
  /** All that the server sent, as latin1. */
  readonly text: string;
  /** The status of each answer in it, in their order. */
  readonly statuses: readonly number[];
  /** How long until the server had ended the connection, ms. */
  readonly ms: number;
}

/**
 * Sends the bytes over a connection of its own, and waits until the server ends it.
 * @throws when it is still open after `ms`
 */
export async function exchangeRaw(port: number, bytes: string | Buffer, ms = 15_000): Promise<RawExchange> {
  const startedAt = performance.now();
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // To be cut off is one of the right answers.
  socket.on('error', () => {});
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
  try {
    await once(socket, 'close', { signal: AbortSignal.timeout(ms) });
  } catch {
    throw new Error(`still open after ${ms} ms; so far: ${Buffer.concat(chunks).toString('latin1').slice(0, 500)}`);
  } finally {
    socket.destroy();
  }
  const text = Buffer.concat(chunks).toString('latin1');
  const statuses = Array.from(text.matchAll(/^HTTP\/1\.[01] (\d{3}) /gm), ([, status]) => Number(status));
  return { text, statuses, ms: performance.now() - startedAt };
}
