/** What the tests of the processing destination share: the destination, and servers of a few lines on real sockets. */
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createNetServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { listen } from '../../../../scripts/rig/listen.ts';
import { LiveEvents } from '../../../live-events.ts';
import type { Pacer } from '../pacer.ts';
import type { PostLimits } from './post-file.ts';
import { ProcessingDestination } from './processing.ts';

/** The processing server at this URL, for one test. */
export function destination(
  url: string,
  {
    apiKey = null,
    embedded = false,
    pacer,
    ...limits
  }: Partial<PostLimits> & { apiKey?: string | null; embedded?: boolean; pacer?: Pacer } = {},
): ProcessingDestination {
  const driver = new ProcessingDestination({
    live: new LiveEvents(),
    settings: () => ({ uploadEndpoint: '/upload', statusEndpoint: '/status' }),
    processingServer: () => ({ url, apiKey, embedded }),
    limits,
    ...(pacer && { pacer }),
  });
  onTestFinished(() => driver.close());
  return driver;
}

/** An HTTP server for one test. @returns its base URL */
export async function httpServer(handle: RequestListener): Promise<string> {
  const server = createHttpServer(handle);
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${await listen(server)}`;
}

/** A bare TCP server for one test. @returns its base URL */
export async function rawServer(handle: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createNetServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
    handle(socket);
  });
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${await listen(server)}`;
}
