/** One HTTP/1.1 connection to the store. undici is loaded here, at the first use: idle agents do without its 20 MB. */
import type { Readable } from 'node:stream';
import type { Client } from 'undici';
import type { StreamAIError } from '../../../../../shared/errors.ts';
import { decodeText } from '../../../../decode-text.ts';
import { ClientSockets } from '../../client-sockets.ts';
import { type Route, throughProxy, wholeRequestProxy } from '../../connect.ts';
import { headerOf } from '../../http-header.ts';
import { answeredByProxy, proxySilence } from '../../proxy-failure.ts';
import { connectionFailure, notS3, silence } from './failure.ts';

/** For TCP, and again for TLS, to stand; the system itself would try for minutes. ms */
const connectMs = 5000;
/** A tunnel takes more steps, and the proxy time to get through. ms */
const tunnelMs = 15_000;
/** A list of 1,000 uploads or parts has some 600 kB. */
const longestAnswerBytes = 4 * 1024 * 1024;
/** An answer that comes more slowly, over all of it, is one that is kept from ending; the slowest modem is faster. Bytes per second. */
const slowestAnswer = 1024;

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
  readonly bytes: Buffer;
}

export class Connection {
  /** Whether a request on it has been answered, and whether the one under way has begun to be. */
  used = false;
  answering = false;
  /** Where it leads. */
  readonly origin: string;
  /** When its last answer had come, ms of performance.now(). */
  idleSince = 0;
  readonly #route: Route;
  readonly #opening: Promise<Client>;
  readonly #sockets: ClientSockets;

  constructor(route: Route) {
    this.#route = route;
    this.origin = route.origin.origin;
    this.#sockets = new ClientSockets(route);
    this.#opening = this.#open();
    this.#opening.catch(() => {});
  }

  /**
   * One request and its answer, whatever its status. After a failure the connection must be closed.
   * @throws StreamAIError storage_unreachable | storage_host_unknown | storage_tls | storage_timeout |
   *   storage_answer_invalid | proxy_*, what the body throws, or the signal's reason
   */
  async exchange({ method, path, headers, body, signal, answerMs }: Exchange): Promise<Answer> {
    this.answering = false;
    const client = await this.#opening;
    const over = new AbortController();
    const ended = AbortSignal.any([signal, over.signal]);
    let watch: NodeJS.Timeout | undefined;
    const allow = (ms: number): void => {
      clearTimeout(watch);
      if (!over.signal.aborted) watch = setTimeout(() => over.abort(this.#silence()), ms);
    };
    const line: Line = {
      signal: ended,
      allow,
      holding: () => clearTimeout(watch),
      drained: () => this.#sockets.drained(),
    };
    allow((this.#isTunnel ? tunnelMs : connectMs) + answerMs);
    const reset = (): void => this.#sockets.reset();
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
      const target = throughProxy(this.#route, path);
      this.#sockets.answerDue();
      const answer = await client.request({
        ...{ method, path: target.path, headers: { ...headers, ...target.headers } },
        ...{ body: sent, signal: ended },
      });
      this.answering = true;
      allow(answerMs);
      const chunks: Uint8Array[] = [];
      let length = 0;
      const began = performance.now();
      for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
        length += chunk.length;
        const leftMs = answerMs + (length * 1000) / slowestAnswer - (performance.now() - began);
        allow(Math.max(0, Math.min(answerMs, leftMs)));
        if (length > longestAnswerBytes) throw notS3('a far too long answer');
        chunks.push(chunk);
      }
      const header = (name: string): string | null => headerOf(answer.headers, name);
      const bytes = Buffer.concat(chunks);
      const read = { status: answer.statusCode, header, bytes, text: decodeText(bytes) };
      const proxy = wholeRequestProxy(this.#route);
      const foreign = proxy === null ? null : answeredByProxy(read, proxy, this.#route.origin.hostname);
      if (foreign !== null) throw foreign;
      this.used = true;
      this.idleSince = performance.now();
      return read;
    } catch (error) {
      signal.throwIfAborted();
      throw over.signal.aborted ? over.signal.reason : connectionFailure(error, this.#route.origin.hostname);
    } finally {
      clearTimeout(watch);
      ended.removeEventListener('abort', giveUp);
      over.abort(new Error('the exchange is over'));
    }
  }

  /** Resolves when no socket is left: from then on nothing more of a request can reach the store. */
  async close(): Promise<void> {
    this.#sockets.reset();
    const closed = this.#sockets.closed();
    await (await this.#opening.catch(() => null))?.destroy();
    await closed;
  }

  get #isTunnel(): boolean {
    return this.#route.proxy !== null && wholeRequestProxy(this.#route) === null;
  }

  /** Who is silent: a proxy that gets requests whole is all that we talk to. */
  #silence(): StreamAIError {
    const proxy = wholeRequestProxy(this.#route);
    return proxy === null ? silence() : proxySilence(proxy, this.#route.origin.hostname);
  }

  async #open(): Promise<Client> {
    const { Client } = await import('undici');
    return new Client(this.#route.origin, {
      connect: this.#sockets.connector(connectMs),
      // Our own limits above.
      headersTimeout: 0,
      bodyTimeout: 0,
      pipelining: 1,
      maxResponseSize: longestAnswerBytes,
    });
  }
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
