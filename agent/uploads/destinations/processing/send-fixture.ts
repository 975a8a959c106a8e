/** What the tests of the processing destination share: files, jobs, and servers of a few lines on real sockets. */
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createNetServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { uploadFixture } from '../../../../shared/upload-fixture.ts';
import { LiveEvents } from '../../../live-events.ts';
import type { SendJob } from '../destination.ts';
import type { Pacer } from '../pacer.ts';
import type { PostLimits } from './post-file.ts';
import { ProcessingDestination } from './processing.ts';

/** A folder for one test. */
export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'streamai-uploads-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** A file for one test. */
export async function tempFile(content: Uint8Array | string, name = 'recording.mkv'): Promise<string> {
  const path = join(await tempFolder(), name);
  await writeFile(path, content);
  return path;
}

export function destination(
  url: string,
  { apiKey = null, pacer, ...limits }: Partial<PostLimits> & { apiKey?: string | null; pacer?: Pacer } = {},
): ProcessingDestination {
  const driver = new ProcessingDestination({
    live: new LiveEvents(),
    settings: () => ({ uploadEndpoint: '/upload', statusEndpoint: '/status', processingApiKey: apiKey }),
    processingServer: () => ({ url, embedded: false }),
    limits,
    ...(pacer && { pacer }),
  });
  onTestFinished(() => driver.close());
  return driver;
}

export async function jobFor(path: string, change: Partial<SendJob> = {}): Promise<SendJob> {
  const { size, mtimeMs } = await stat(path);
  return {
    upload: { ...anUpload, bytesTotal: size },
    path,
    fileName: basename(path),
    container: 'mkv',
    generation: 1,
    content: { bytes: size, modifiedAt: Math.trunc(mtimeMs) },
    source: null,
    brokenBefore: false,
    followed: false,
    signal: new AbortController().signal,
    onProgress: () => {},
    ...change,
  };
}

const anUpload = uploadFixture({ state: 'uploading', subtitleModel: 'small', priority: 7, attempts: 1 });

/** An HTTP server for one test. @returns its base URL */
export async function httpServer(handle: RequestListener): Promise<string> {
  const server = createHttpServer(handle).listen(0, '127.0.0.1');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  await once(server, 'listening');
  return urlOf(server.address());
}

/** A bare TCP server for one test. @returns its base URL */
export async function rawServer(handle: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createNetServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
    handle(socket);
  }).listen(0, '127.0.0.1');
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  await once(server, 'listening');
  return urlOf(server.address());
}

function urlOf(address: ReturnType<ReturnType<typeof createNetServer>['address']>): string {
  if (address === null || typeof address === 'string') throw new Error('no TCP port');
  return `http://127.0.0.1:${address.port}`;
}
