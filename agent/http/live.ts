/** The live channel: a snapshot for every client that shows the token or proves that it has it, then every event. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { type Language, StreamAIError, translateError } from '../../shared/errors.ts';
import {
  askSessionSchema,
  type ChallengeMessage,
  helloSchema,
  helloTimeoutMs,
  type LiveEvent,
  languageSchema,
  liveCloseCodes,
  proofSchema,
  type TokenMessage,
} from '../../shared/live.ts';
import type { Log } from '../log.ts';
import type { AgentServices, SessionsService } from '../services.ts';
import { isSame } from './access.ts';
import { localisedJson } from './localise.ts';
import { refuseSocket } from './raw-answer.ts';
import { isAllowedOrigin, refusal, type SecurityPolicy } from './security.ts';
import { SessionUpdates } from './session-updates.ts';

export interface LiveLimits {
  /** How long a client may take to say hello and to prove itself, ms. */
  readonly helloMs: number;
  /** How often clients are pinged, ms; who has not answered by the next time is cut off. */
  readonly pingMs: number;
  /** How many clients that have shown the token there may be at once. */
  readonly clients: number;
  /** The largest message from a client, bytes. */
  readonly messageBytes: number;
  /** How much may be waiting to be sent to one client, bytes; who reads more slowly is closed. */
  readonly bufferedBytes: number;
}
export const liveLimits: LiveLimits = {
  helloMs: helloTimeoutMs,
  pingMs: 20_000,
  clients: 50,
  messageBytes: 16 * 1024,
  bufferedBytes: 4 * 1024 * 1024,
};

/** `/` is where the clients of StreamAI's predecessor look. */
const paths = new Set(['/ws', '/']);
/** RFC 6455 §7.4.1 and IANA's registry: the server goes away; it failed; it has too many clients. */
const closeCodes = { goingAway: 1001, failed: 1011, tryAgainLater: 1013 } as const;

export interface LiveChannel {
  /** Called by the HTTP server for each upgrade: lets the client in, or refuses it before the handshake. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Closes all clients' connections, and cuts off those that have not answered within a second. */
  close(): Promise<void>;
}

export interface LiveOptions {
  readonly services: Pick<AgentServices, 'live' | 'snapshot'> & { readonly sessions: Pick<SessionsService, 'get'> };
  readonly policy: SecurityPolicy;
  /** Changes with the dock's build: a page that has seen another one loads itself again. */
  readonly page: string;
  readonly log: Log;
  /** Called with the connection of each client that has shown the token; how many others there may be is not decided here. */
  readonly proven?: (socket: Socket) => void;
  readonly limits?: Partial<LiveLimits>;
}

interface Challenged {
  /** What the client must answer with. */
  readonly key: string;
  readonly language: Language;
  /** Whether it came with a pass and not with the token. */
  readonly byPass: boolean;
}

/** Opens the live channel on upgrades that the HTTP server hands over. */
export function createLiveChannel({ services, policy, page, log, proven, limits }: LiveOptions): LiveChannel {
  const { helloMs, pingMs, clients: most, messageBytes, bufferedBytes } = { ...liveLimits, ...limits };
  const server = new WebSocketServer({ noServer: true, maxPayload: messageBytes });
  /** Clients that said hello, each with the language that it is told errors in. */
  const greeted = new Map<WebSocket, Language>();
  /** Clients that have been challenged and have not proven themselves yet. */
  const challenged = new WeakMap<WebSocket, Challenged>();
  /** Clients that have answered the last ping, or are new. */
  const answering = new WeakSet<WebSocket>();

  const send = (client: WebSocket, text: string): void => {
    if (client.bufferedAmount > bufferedBytes) {
      greeted.delete(client);
      client.close(liveCloseCodes.tooSlow);
      // The close frame waits behind all that the client does not read.
      setTimeout(() => client.terminate(), 1000).unref();
    } else client.send(text);
  };

  const updates = new SessionUpdates();

  // Each event is made into text once per language.
  const endSubscription = services.live.subscribe((announcement) => {
    const event = updates.told(announcement);
    if (event === null || greeted.size === 0) return;
    const texts = new Map<Language, string>();
    for (const [client, language] of greeted) {
      const text = texts.get(language) ?? eventText(event, language);
      texts.set(language, text);
      send(client, text);
    }
  });

  const pings = setInterval(() => {
    for (const client of server.clients) {
      if (!answering.has(client)) client.terminate();
      else if (client.readyState === WebSocket.OPEN) {
        answering.delete(client);
        client.ping();
      }
    }
  }, pingMs).unref();

  function hello(client: WebSocket, socket: Socket, message: unknown, isPage: boolean): void {
    const { success, data } = helloSchema.safeParse(message);
    if (!success) client.close(liveCloseCodes.invalidMessage);
    else if ('nonce' in data) challenge(client, data);
    // A page that sends its token is older than this agent: refused, it asks its person to open it anew.
    else if (isPage || !policy.access.isToken(data.token)) client.close(liveCloseCodes.unauthorized);
    else greet(client, socket, data.language ?? 'en');
  }

  function challenge(
    client: WebSocket,
    hello: { origin: string; nonce: string; language?: Language | undefined; pass?: boolean | undefined },
  ): void {
    // Opened at another address: a stranger there would hand our proof on.
    if (!isAllowedOrigin(hello.origin, policy)) {
      client.close(liveCloseCodes.unauthorized);
      return;
    }
    const { nonce, proof, key } = policy.access.challenge(hello.origin, hello.nonce, hello.pass);
    challenged.set(client, { key, language: hello.language ?? 'en', byPass: hello.pass === true });
    client.send(JSON.stringify({ type: 'challenge', data: { nonce, proof, page } } satisfies ChallengeMessage));
  }

  function prove(client: WebSocket, socket: Socket, message: unknown, due: Challenged): void {
    const { key, language, byPass } = due;
    const { success, data } = proofSchema.safeParse(message);
    if (!success || !isSame(data.proof, key)) {
      client.close(success ? liveCloseCodes.unauthorized : liveCloseCodes.invalidMessage);
      return;
    }
    // Before the snapshot, after which the page uses it.
    policy.access.addKey(key);
    client.on('close', () => policy.access.removeKey(key));
    // The pass ends with this agent, and the page is to find the next one by itself.
    if (byPass)
      client.send(JSON.stringify({ type: 'token', data: { token: policy.access.token } } satisfies TokenMessage));
    greet(client, socket, language);
  }

  // Nothing is awaited in here: an event comes either in the snapshot or after it, never in both or in neither.
  function greet(client: WebSocket, socket: Socket, language: Language): void {
    proven?.(socket);
    // There was room when it came; others may have been faster.
    if (!greeted.has(client) && greeted.size >= most) {
      client.close(closeCodes.tryAgainLater);
      return;
    }
    const data = services.snapshot();
    updates.shown(data.sessions);
    client.send(localisedJson({ type: 'snapshot', timestamp: new Date().toISOString(), data }, language));
    greeted.set(client, language);
  }

  /** In its place among the events: what comes after it follows what it says. */
  function answer(client: WebSocket, id: string): void {
    if (updates.current(id) === undefined) updates.shown([services.sessions.get(id)]);
    const message = { type: 'session', timestamp: new Date().toISOString(), data: updates.current(id) };
    send(client, localisedJson(message, greeted.get(client) ?? 'en'));
  }

  // What came from the old token counts no more, and neither does who has not proven to have the new one.
  policy.access.onRenewed(() => {
    for (const client of server.clients) client.close(liveCloseCodes.unauthorized);
    greeted.clear();
  });

  server.on('connection', (client, request: IncomingMessage) => {
    answering.add(client);
    const helloTimer = setTimeout(() => client.close(liveCloseCodes.helloTimeout), helloMs);
    client.on('pong', () => answering.add(client));
    client.on('error', (error) => log.debug({ err: error }, 'a client of the live channel failed'));
    client.on('close', () => {
      clearTimeout(helloTimer);
      greeted.delete(client);
    });
    client.on('message', (data, isBinary) => {
      if (client.readyState !== WebSocket.OPEN) return;
      const message = isBinary ? undefined : parse(data);
      const due = challenged.get(client);
      try {
        if (greeted.has(client)) {
          const changed = languageSchema.safeParse(message);
          const asked = askSessionSchema.safeParse(message);
          if (changed.success) greet(client, request.socket, changed.data.language);
          else if (asked.success) answer(client, asked.data.id);
          // Some clients send pings of their own; nothing else is expected.
          else if (!isPing(message)) client.close(liveCloseCodes.invalidMessage);
        } else if (due !== undefined) prove(client, request.socket, message, due);
        else hello(client, request.socket, message, request.headers.origin !== undefined);
        if (greeted.has(client)) clearTimeout(helloTimer);
      } catch (error) {
        // Forgotten since: that was an event.
        if (error instanceof StreamAIError && error.code === 'session_not_found') return;
        log.error({ err: error }, 'the snapshot for a client of the live channel failed');
        client.close(closeCodes.failed);
      }
    });
  });

  return {
    upgrade(request, socket, head) {
      const header = (name: string): string | undefined => request.headers[name]?.toString();
      const code =
        refusal({ method: request.method ?? '', header }, policy, false) ??
        (paths.has((request.url ?? '').split('?')[0] ?? '') ? null : 'not_found') ??
        (greeted.size < most ? null : 'too_many_clients');
      if (code !== null) return refuseSocket(socket, new StreamAIError(code), header('accept-language'));
      server.handleUpgrade(request, socket, head, (client) => server.emit('connection', client, request));
    },
    async close() {
      endSubscription();
      clearInterval(pings);
      const gone = [...server.clients].map((client) => new Promise((resolve) => client.once('close', resolve)));
      for (const client of server.clients) client.close(closeCodes.goingAway);
      const cut = setTimeout(() => {
        for (const client of server.clients) client.terminate();
      }, 1000);
      await Promise.all(gone);
      clearTimeout(cut);
      server.close();
    },
  };
}

/** The whole data of an `error` event is an error; `localisedJson` finds only those inside. */
function eventText(event: LiveEvent, language: Language): string {
  if (event.type !== 'error') return localisedJson(event, language);
  return JSON.stringify({ ...event, data: translateError(event.data, language) });
}

function parse(data: RawData): unknown {
  try {
    return JSON.parse(data.toString());
  } catch {
    return undefined;
  }
}

function isPing(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'ping';
}
