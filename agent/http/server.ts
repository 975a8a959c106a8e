/** The agent's server: one port for the API, the dock's files and the live channel. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, Server as Listener, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { type Language, StreamAIError } from '../../shared/errors.ts';
import { isWildcard, listenAt, urlHost } from '../config/agent-address.ts';
import type { Log } from '../log.ts';
import type { AgentServices } from '../services.ts';
import type { Access } from './access.ts';
import { createApp } from './app.ts';
import { closedContentSecurityPolicy, protectiveHeaders } from './headers.ts';
import { createLiveChannel, type LiveLimits } from './live.ts';
import { refuseSocket } from './raw-answer.ts';
import { carriesToken, securityPolicy } from './security.ts';
import { Unproven } from './unproven.ts';

export interface ServerOptions {
  readonly services: AgentServices;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly access: Access;
  /** Folder of the built dock. */
  readonly dockDir: string;
  /** As `AgentEnvironment.devOrigin`. */
  readonly devOrigin: string | null;
  readonly log: Log;
  readonly liveLimits?: Partial<LiveLimits>;
  /** How long a request's head may take, ms; default: 10 s. */
  readonly headersMs?: number;
  /** Of the reason in what `startServer` throws; left out: English. */
  readonly language?: Language;
}

export interface RunningServer {
  readonly port: number;
  /** Where this machine's browser finds the dock, without a slash at the end. */
  readonly url: string;
  /** Whether another program has our port at [::1], where browsers look for `localhost` first. */
  readonly localhostTaken: boolean;
  /** Takes no more clients, and tells those of the live channel that the agent ends in order. What was asked is still answered. */
  goAway(): void;
  /** Ends the live channel's clients and all other connections, within 2 s. */
  close(): Promise<void>;
}

/** How long answers that are under way at `close` may take, ms. */
const graceMs = 1500;

/**
 * Starts to listen.
 * @throws StreamAIError port_in_use, or config_invalid when the address cannot be listened at
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { services, access, dockDir, devOrigin, log, headersMs = 10_000 } = options;
  const host = listenAt(options.host);
  log.secret(access.token);
  const server = createServer({
    // Bodies are small and clients are near: whoever takes longer only holds a connection.
    headersTimeout: headersMs,
    requestTimeout: 20_000,
    // How often these are looked at; 30 s if nothing is said.
    connectionsCheckingInterval: 1000,
    keepAliveTimeout: 10_000,
    maxHeaderSize: 16 * 1024,
  });
  server.maxConnections = 256;
  const page = await fingerprint(path.join(dockDir, 'index.html'));
  // From here to the listeners below nothing is waited for: a request that came in between would never be answered.
  const port = await listen(server, host, options.port, options.language ?? 'en');
  // Such as no file descriptor left for a new connection: no reason for the agent to end.
  server.on('error', (error) => log.error({ err: error }, 'the server could not take a connection'));

  const policy = securityPolicy({ port, access, names: namesOf(host), devOrigin });
  const pageHost = `${urlHost(host)}:${port}`;
  const app = createApp(services, { policy, pageHost, dockDir, log });
  const unproven = new Unproven();
  const proven = (socket: Socket): void => unproven.proven(socket);
  const live = createLiveChannel({ services, policy, page, log, proven, limits: options.liveLimits ?? {} });
  const listener = getRequestListener(app.fetch, {
    // HTTP/1.0 may leave the Host header out. With this name in its place the request gets to the check that refuses it.
    hostname: 'no-host.invalid',
    // The rest of the agent keeps Node's own fetch and Response.
    overrideGlobalObjects: false,
    errorHandler: (error) => malformedRequest(error, log),
  });
  server.on('connection', (socket) => unproven.add(socket));
  server.on('request', (request, response) => {
    if (carriesToken(request.headers.authorization, access)) proven(request.socket);
    void listener(request, response);
  });
  server.on('upgrade', (request, socket, head) => live.upgrade(request, socket, head));
  server.on('clientError', (error, socket) => {
    if (!socket.writable) return socket.destroy();
    const code = 'code' in error ? error.code : '';
    const status = code === 'HPE_HEADER_OVERFLOW' ? 431 : code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
    refuseSocket(socket, new StreamAIError('invalid_request', notHttp), undefined, status);
  });

  // Only where nobody else can be asked for `localhost` in our place is it ours.
  const second = host === '127.0.0.1' || host === '0.0.0.0' ? await listenBeside(server, port, log) : null;
  const listeners = [server, ...(second instanceof Listener ? [second] : [])];

  let gone: Promise<unknown> | undefined;
  const goAway = (): Promise<unknown> => {
    gone ??= Promise.all([live.close(), ...listeners.map((each) => new Promise((resolve) => each.close(resolve)))]);
    server.closeIdleConnections();
    return gone;
  };
  return {
    port,
    url: `http://${pageHost}`,
    localhostTaken: second === 'taken',
    goAway: () => void goAway(),
    async close() {
      const cut = setTimeout(() => server.closeAllConnections(), graceMs);
      await goAway();
      clearTimeout(cut);
    },
  };
}

/** Of a file that names all others with a hash of theirs; empty where there is none. */
async function fingerprint(file: string): Promise<string> {
  const content = await readFile(file).catch(() => '');
  return content === '' ? '' : createHash('sha256').update(content).digest('base64');
}

const notHttp = { field: 'request', reason: 'it is not well-formed HTTP' };

/** The answer to requests whose address or headers are not valid: they never reach the app. */
function malformedRequest(error: unknown, log: Log): Response {
  log.debug({ err: error }, 'a malformed request');
  const problem = new StreamAIError('invalid_request', notHttp);
  const headers = { ...protectiveHeaders, 'Content-Security-Policy': closedContentSecurityPolicy };
  return Response.json({ error: problem.info() }, { status: problem.status, headers });
}

function listen(server: Server, host: string, port: number, language: Language): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(listenProblem(error, host, port, language));
    server.once('error', failed);
    server.listen({ host, port }, () => {
      server.off('error', failed);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/**
 * Has the server answer at [::1] as well: browsers and curl try that first for `localhost`, and would else meet whoever listens there.
 * @returns `taken`: somebody does; null: this system has no such address
 */
async function listenBeside(server: Server, port: number, log: Log): Promise<Listener | 'taken' | null> {
  const listener = new Listener((socket) => server.emit('connection', socket));
  listener.maxConnections = server.maxConnections;
  try {
    listener.listen({ host: '::1', port, ipv6Only: true });
    await once(listener, 'listening');
  } catch (error) {
    log.info({ err: error }, 'the port cannot be had at [::1]');
    return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' ? 'taken' : null;
  }
  listener.on('error', (error) => log.error({ err: error }, 'the server could not take a connection'));
  return listener;
}

const reasons = {
  en: {
    portKept: (port: number) => `this system does not give port ${port} away`,
    foreignHost: (host: string) => `${host} is no address of this machine`,
  },
  fr: {
    portKept: (port: number) => `ce système ne cède pas le port ${port}`,
    foreignHost: (host: string) => `${host} n’est pas une adresse de cette machine`,
  },
} as const;

function listenProblem(error: Error, host: string, port: number, language: Language): StreamAIError {
  const code = 'code' in error ? error.code : undefined;
  const cause = { cause: error };
  if (code === 'EADDRINUSE') return new StreamAIError('port_in_use', { port }, cause);
  const { portKept, foreignHost } = reasons[language];
  const params =
    code === 'EACCES'
      ? { variable: 'AGENT_PORT', reason: portKept(port) }
      : { variable: 'AGENT_HOST', reason: foreignHost(host) };
  return new StreamAIError('config_invalid', params, cause);
}

/** The names and addresses that we listen at. */
function namesOf(host: string): string[] {
  if (!isWildcard(host)) return [host];
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  // At an IPv6 address somebody else may listen where we do so at those of IPv4 alone.
  const ours = host === '::' ? all : all.filter(({ family }) => family === 'IPv4');
  return ['127.0.0.1', ...ours.map(({ address }) => address)];
}
