/** One POST of a file over a connection of its own. undici is loaded here, at the first upload: idle agents do without its 20 MB. */
// Tests: processing.test.ts and hear-out.test.ts
import type { Readable } from 'node:stream';
import { StreamAIError } from '../../../../shared/errors.ts';
import type { HttpProxy } from '../../../../shared/proxies.ts';
import { ClientSockets } from '../client-sockets.ts';
import { type Route, throughProxy, wholeRequestProxy } from '../connect.ts';
import { headerOf } from '../http-header.ts';
import { answeredByProxy, proxySilence } from '../proxy-failure.ts';
import { hearOut } from './hear-out.ts';
import { type HttpAnswer, readAnswer } from './http/http-answer.ts';
import { networkFailure } from './http/http-failure.ts';

export interface PostLimits {
  readonly connectMs: number;
  /** Without the socket taking a byte; and for the answer, once it has begun. */
  readonly stallMs: number;
  /** From the last byte sent to the answer's beginning: the server may work on the file before it answers. */
  readonly answerMs: number;
  readonly answerBytes: number;
}

export interface PostRequest {
  readonly url: URL;
  /** On the way there; null: none. */
  readonly proxy: HttpProxy | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly limits: PostLimits;
  body(connection: Connection): AsyncIterable<Uint8Array>;
}

/** What a body may know of the connection that it is sent over. */
export interface Connection {
  /** Aborted when the connection is over, however it ended: nobody would take another byte. */
  readonly signal: AbortSignal;
  /** Resolves when the socket holds nothing that was written to it, or is closed. */
  drained(): Promise<void>;
  /** The socket took bytes: no stall. */
  alive(): void;
  /** Nothing is sent now because we hold it back: no stall, until `alive`. */
  holding(): void;
  /** The body's last byte is written: from now on the server has `answerMs`. */
  sent(): void;
}

/**
 * Posts and reads the answer, also one that comes before the body is sent. Nothing of the connection is left when it has
 * ended: each upload has its own, so none is ever stale after sleep or a change of network.
 * @throws StreamAIError destination_unreachable | destination_timeout | destination_answer_invalid | proxy_*, what the body
 *   throws, or the signal's reason
 */
export async function postFile(request: PostRequest): Promise<HttpAnswer> {
  const { url, limits } = request;
  const route: Route = { origin: new URL(url.origin), proxy: request.proxy };
  const whole = wholeRequestProxy(route);
  const sockets = new ClientSockets(route);
  const connect = sockets.connector(limits.connectMs);
  const { Client } = await import('undici');
  const timeout = new AbortController();
  const over = new AbortController();
  const signal = AbortSignal.any([request.signal, timeout.signal]);
  let watch: NodeJS.Timeout | undefined;
  // A proxy that gets requests whole is all that we talk to.
  const silence = (): StreamAIError =>
    whole === null ? new StreamAIError('destination_timeout') : proxySilence(whole, url.hostname);
  const allow = (ms: number): void => {
    clearTimeout(watch);
    watch = setTimeout(() => timeout.abort(silence()), ms);
  };
  allow(limits.connectMs + limits.stallMs);

  const client = new Client(url.origin, {
    connect: (options, done) =>
      connect(options, (error, socket) => {
        if (error !== null) return done(error, null);
        hearOut(socket);
        done(null, socket);
      }),
    // Our own limits above; undici's would cut a server that works long before it answers.
    headersTimeout: 0,
    bodyTimeout: 0,
    pipelining: 1,
  });
  let answered = false;
  const connection: Connection = {
    signal: AbortSignal.any([signal, over.signal]),
    drained: () => sockets.drained(),
    // An answer that has begun has its own time, whatever else is still sent.
    alive: () => {
      if (!over.signal.aborted && !answered) allow(limits.stallMs);
    },
    holding: () => {
      if (!answered) clearTimeout(watch);
    },
    sent: () => {
      if (!answered) allow(limits.answerMs);
    },
  };
  const reset = (): void => {
    sockets.reset();
    // A socket that is still connecting is not the client's yet: it ends without the client's knowing.
    client.destroy().catch(() => {});
  };
  // Heard before undici hears it: that would only destroy the socket.
  signal.addEventListener('abort', reset);
  try {
    signal.throwIfAborted();
    const { path, headers } = throughProxy(route, url.pathname + url.search);
    // undici takes any AsyncIterable (its docs and code say so, its types don't). A Readable would read ahead, and with it
    // nobody could tell which of our buffers are still in use.
    const body = request.body(connection) as unknown as Readable;
    const answer = await client.request({
      ...{ method: 'POST', path, headers: { ...request.headers, ...headers } },
      ...{ body, signal, reset: true },
    });
    answered = true;
    allow(limits.stallMs);
    const header = (name: string): string | null => headerOf(answer.headers, name);
    const read = await readAnswer(url, answer.statusCode, header, answer.body, limits.answerBytes);
    signal.throwIfAborted();
    const { status, text } = read;
    const foreign = whole === null ? null : answeredByProxy({ status, header, text }, whole, url.hostname);
    if (foreign !== null) throw foreign;
    return read;
  } catch (error) {
    sockets.reset();
    request.signal.throwIfAborted();
    throw timeout.signal.aborted ? timeout.signal.reason : networkFailure(error);
  } finally {
    over.abort();
    clearTimeout(watch);
    signal.removeEventListener('abort', reset);
    await client.destroy();
    await sockets.closed();
  }
}
