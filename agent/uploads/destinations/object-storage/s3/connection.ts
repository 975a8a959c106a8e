/** One HTTP/1.1 connection to the store. undici is loaded here, at the first use: idle agents do without its 20 MB. */
import { once } from 'node:events';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Client } from 'undici';
import { drained } from '../../drained.ts';
import { headerOf } from '../../http-header.ts';
import { connectionFailure, notS3, silence } from './failure.ts';

/** For TCP, and again for TLS, to stand; the system itself would try for minutes. ms */
const connectMs = 5000;
/** A list of 1,000 uploads or parts has some 600 kB. */
const longestAnswerBytes = 4 * 1024 * 1024;

export interface Exchange {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | ((line: Line) => AsyncGenerator<Uint8Array>) | null;
  readonly signal: AbortSignal;
  /** How long the store may be silent before its answer, when there is nothing more to send. ms */
  readonly answerMs: number;
}

/** What a body may know of the connection that it is sent over. */
export interface Line {
  /** Aborted when nobody would take another byte. */
  readonly signal: AbortSignal;
  /** Resolves when the socket holds nothing that was written to it, or is closed: what was handed out is free again. */
  drained(): Promise<void>;
  /** The store has this long from now on to take or answer something. */
  allow(ms: number): void;
  /** Nothing is sent now because we hold it back: no silence counts, until `allow`. */
  holding(): void;
}

export interface Answer {
  readonly status: number;
  header(name: string): string | null;
  readonly text: string;
}

export class Connection {
  /** Whether a request on it has been answered, and whether the one under way has begun to be. */
  used = false;
  answering = false;
  /** When its last answer had come, ms of performance.now(). */
  idleSince = 0;
  readonly #origin: URL;
  readonly #opening: Promise<Client>;
  /** TCP's sockets, which are reset. */
  readonly #sockets = new Set<Socket>();
  /** The sockets that requests are written to: TCP's, or TLS's above it. */
  readonly #outlets = new Set<Socket>();

  /** @param origin scheme, host and port */
  constructor(origin: URL) {
    this.#origin = origin;
    this.#opening = this.#open();
    this.#opening.catch(() => {});
  }

  /**
   * One request and its answer, whatever its status. After a failure the connection must be closed.
   * @throws StreamAIError storage_unreachable | storage_host_unknown | storage_tls | storage_timeout |
   *   storage_answer_invalid, what the body throws, or the signal's reason
   */
  async exchange({ method, path, headers, body, signal, answerMs }: Exchange): Promise<Answer> {
    this.answering = false;
    const client = await this.#opening;
    const over = new AbortController();
    const ended = AbortSignal.any([signal, over.signal]);
    let watch: NodeJS.Timeout | undefined;
    const allow = (ms: number): void => {
      clearTimeout(watch);
      if (!over.signal.aborted) watch = setTimeout(() => over.abort(silence()), ms);
    };
    const line: Line = { signal: ended, allow, holding: () => clearTimeout(watch), drained: () => this.#drained() };
    allow(connectMs + answerMs);
    const reset = (): void => this.#reset();
    const giveUp = (): void => {
      reset();
      // A socket that was not handed to undici yet ends without its knowing, and what waits for it would wait for ever.
      client.destroy().catch(() => {});
    };
    try {
      signal.throwIfAborted();
      // Heard before undici hears it: that would only destroy the socket.
      ended.addEventListener('abort', giveUp);
      // undici takes any AsyncIterable (its docs and code say so, its types don't). A Readable would read ahead.
      const sent = typeof body === 'function' ? (orElse(reset, body(line)) as unknown as Readable) : body;
      const answer = await client.request({ method, path, headers, body: sent, signal: ended });
      this.answering = true;
      const chunks: Uint8Array[] = [];
      let length = 0;
      for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
        allow(answerMs);
        length += chunk.length;
        if (length > longestAnswerBytes) throw notS3('a far too long answer');
        chunks.push(chunk);
      }
      const header = (name: string): string | null => headerOf(answer.headers, name);
      this.used = true;
      this.idleSince = performance.now();
      return { status: answer.statusCode, header, text: Buffer.concat(chunks).toString('utf8') };
    } catch (error) {
      signal.throwIfAborted();
      throw over.signal.aborted ? over.signal.reason : connectionFailure(error, this.#origin.hostname);
    } finally {
      clearTimeout(watch);
      ended.removeEventListener('abort', giveUp);
      over.abort(new Error('the exchange is over'));
    }
  }

  /** Resolves when no socket is left: from then on nothing more of a request can reach the store. */
  async close(): Promise<void> {
    const sockets = [...this.#sockets];
    this.#reset();
    await (await this.#opening.catch(() => null))?.destroy();
    await Promise.all(sockets.map((socket) => (socket.closed ? null : once(socket, 'close'))));
  }

  /**
   * Ends what is open at once: after `destroy` alone the kernel goes on sending what it holds, megabytes of a part that is being
   * sent again already (seen on a 1 Mbit/s line).
   */
  #reset(): void {
    for (const socket of this.#sockets) {
      // One that still connects is not the client's yet, and holds nothing.
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
    }
  }

  async #drained(): Promise<void> {
    for (const outlet of this.#outlets) await drained(outlet);
  }

  async #open(): Promise<Client> {
    const { buildConnector, Client } = await import('undici');
    const connectTcp = buildConnector({ timeout: connectMs });
    const connectTls = buildConnector({ timeout: connectMs, allowH2: false });
    return new Client(this.#origin, {
      connect: (options, done) => {
        // TCP first, and TLS above it: only a TCP socket of our own can be reset (see `#reset`).
        const { hostname, protocol } = options;
        const secure = protocol === 'https:';
        const port = options.port || (secure ? '443' : '80');
        const tcp: unknown = connectTcp({ hostname, port, protocol: 'http:' }, (error, socket) => {
          if (error !== null) done(error, null);
          else if (secure) keep(this.#outlets, connectTls({ ...options, httpSocket: socket }, done));
          else {
            keep(this.#outlets, socket);
            done(null, socket);
          }
        });
        keep(this.#sockets, tcp);
      },
      // Our own limits above.
      headersTimeout: 0,
      bodyTimeout: 0,
      pipelining: 1,
      maxResponseSize: longestAnswerBytes,
    });
  }
}

/** While it is open. The types of undici's connectors hide that they return the socket. */
function keep(sockets: Set<Socket>, socket: unknown): void {
  if (!(socket instanceof Socket)) return;
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
}

/** The body; where that fails, `first` is done before anybody hears of it. */
async function* orElse<T>(first: () => void, body: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  try {
    yield* body;
  } catch (error) {
    first();
    throw error;
  }
}
