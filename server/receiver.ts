import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { isIPv6 } from 'node:net';
import { resolve } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { createApp } from './http/app.ts';
import { systemCode } from './http/problem.ts';
import { Uploads } from './intake/uploads.ts';
import { defaultTaskSteps, type TaskSteps } from './tasks/task.ts';
import { TaskStore } from './tasks/task-store.ts';

export type ReceiverOptions = {
  /** Where tasks and files are kept; made if missing. One receiver per folder. */
  dir: string;
  /** Default 127.0.0.1. Other than loopback needs an `apiKey`; a wildcard is refused. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
  /** When set, every route but /health wants it as a bearer token. */
  apiKey?: string;
  /** Largest file, in bytes; default 256 GiB. */
  maxFileBytes?: number;
  /** Most files kept; default 10,000. */
  maxFiles?: number;
  /** How long an upload may send nothing, in ms; default 60,000. */
  stallMs?: number;
  /** Whether `source_url` may be an address of this machine or its network; default false. */
  allowPrivateSources?: boolean;
  taskSteps?: TaskSteps;
  log?: (level: 'info' | 'error', message: string, details?: unknown) => void;
};

export type Receiver = {
  url: string;
  port: number;
  dir: string;
  /** Ends uploads under way (nothing of them stays), closes every connection. */
  close: () => Promise<void>;
};

/**
 * Starts the embedded processing server: it takes recordings as the user's server on Vultr would, stores them and says
 * honestly that it makes no subtitles. Rejects when the port is taken or the folder cannot be used.
 */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { host = '127.0.0.1', apiKey, log = () => {} } = options;
  checkHost(host, apiKey);
  const dir = resolve(options.dir);
  const store = await TaskStore.open(dir, (folder, error) => log('error', `task ${folder} is damaged`, error));
  const uploads = new Uploads(store, dir, {
    maxFileBytes: options.maxFileBytes ?? 256 * 1024 ** 3,
    maxFiles: options.maxFiles ?? 10_000,
    stallMs: options.stallMs ?? 60_000,
    allowPrivateSources: options.allowPrivateSources ?? false,
  });
  let hosts: ReadonlySet<string> = new Set();
  const app = createApp({
    store,
    uploads,
    hosts: () => hosts,
    apiKey,
    taskSteps: options.taskSteps ?? defaultTaskSteps,
    onError: (error) => log('error', 'request failed', error),
  });
  const server = createServer(
    // requestTimeout would end an upload after 5 minutes, however well it goes; stallMs bounds the body instead.
    {
      ...{ requestTimeout: 0, headersTimeout: 20_000, maxHeaderSize: 16 * 1024, keepAliveTimeout: 5_000 },
      // How often these are looked at; 30 s if nothing is said.
      connectionsCheckingInterval: 1000,
    },
    getRequestListener(app.fetch, { overrideGlobalObjects: false }),
  );
  server.maxConnections = 100;
  // A client that asks first (curl does) gets its refusal before it sends gigabytes; POST /upload says "go on" itself.
  server.on('checkContinue', (request, response) => server.emit('request', request, response));

  const port = await listen(server, host, options.port ?? 0);
  const names = ['127.0.0.1', 'localhost', '[::1]', urlHost(host)];
  hosts = new Set(names.map((name) => `${name}:${port}`));
  const url = `http://${urlHost(host)}:${port}`;
  log('info', `receiver listens on ${url}`);

  const close = async () => {
    const closed = once(server, 'close');
    server.close();
    await uploads.close();
    server.closeAllConnections();
    await closed;
  };
  let closing: Promise<void> | undefined;
  return { url, port, dir, close: () => (closing ??= close()) };
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    if (systemCode(cause) !== 'EADDRINUSE') throw cause;
    throw new Error(`Port ${port} of ${host} is already in use: choose another, or end the program that has it`, {
      cause,
    });
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The receiver has no TCP port');
  return address.port;
}

function checkHost(host: string, apiKey: string | undefined): void {
  // Behind a wildcard no Host header could be told from a rebound one.
  if (['0.0.0.0', '::', ''].includes(host)) throw new Error(`Give the receiver one address, not the wildcard ${host}`);
  if (!['127.0.0.1', 'localhost', '::1'].includes(host) && apiKey === undefined) {
    throw new Error(`The receiver needs an API key to listen on ${host}`);
  }
}

const urlHost = (host: string) => (isIPv6(host) ? `[${host}]` : host.toLowerCase());
