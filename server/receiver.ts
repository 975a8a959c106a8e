import { lookup as systemLookup } from 'node:dns';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { isIPv6 } from 'node:net';
import { resolve } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { noProxies, type ProxyRules } from '../shared/proxies.ts';
import { createApp } from './http/app.ts';
import { systemCode } from './http/problem.ts';
import type { Lookup } from './intake/source.ts';
import { Uploads } from './intake/uploads.ts';
import { InProcessQueue } from './queue/in-process.ts';
import type { Stage } from './stages/stage.ts';
import { FolderTaskStore } from './tasks/folder-task-store.ts';
import type { TaskProblem } from './tasks/task-state.ts';
import { Tasks } from './tasks/tasks.ts';
import { Worker } from './tasks/worker.ts';

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
  /** What `source_url` is fetched through; default: nothing. */
  proxies?: ProxyRules;
  /** Who resolves the names of sources; default: the system. */
  lookup?: Lookup;
  /** What is made of a recording, in the stages' order; default: nothing, it is stored. */
  stages?: readonly Stage[];
  /** How many tasks are worked on at once; default 1. 0: they wait. */
  workers?: number;
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
  const store = await FolderTaskStore.open(dir, (folder, error) => log('error', `task ${folder} is damaged`, error));
  const stages = options.stages ?? [];
  const failed = (taskId: string, error: unknown) => log('error', `task ${taskId} failed`, error);
  const queue = new InProcessQueue(({ taskId }, error) => failed(taskId, error));
  const tasks = new Tasks(store, queue);
  const worker = new Worker({ store, stages, onFailure: failed });
  const limits = {
    maxFileBytes: options.maxFileBytes ?? 256 * 1024 ** 3,
    maxFiles: options.maxFiles ?? 10_000,
    stallMs: options.stallMs ?? 60_000,
    allowPrivateSources: options.allowPrivateSources ?? false,
    proxies: options.proxies ?? noProxies,
    lookup: options.lookup ?? systemLookup,
  };
  const uploads = new Uploads(store, dir, limits, (task) => tasks.enqueue(task));
  let hosts: ReadonlySet<string> = new Set();
  const app = createApp({
    store,
    tasks,
    uploads,
    hosts: () => hosts,
    apiKey,
    health: async () => ({ missing: await missing(stages) }),
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
  await tasks.resume();
  const workers = options.workers ?? 1;
  if (workers > 0) queue.work(worker.work, workers);

  const close = async () => {
    const closed = once(server, 'close');
    server.close();
    await uploads.close();
    await queue.close();
    server.closeAllConnections();
    await closed;
  };
  let closing: Promise<void> | undefined;
  return { url, port, dir, close: () => (closing ??= close()) };
}

/** What this machine lacks for what is to be made of recordings. */
async function missing(stages: readonly Stage[]): Promise<TaskProblem[]> {
  const problems = await Promise.all(stages.map((stage) => stage.missing()));
  // Several stages may lack the same program.
  const byCode = new Map(problems.flatMap((problem) => (problem === null ? [] : [[problem.code, problem]])));
  return [...byCode.values()];
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
