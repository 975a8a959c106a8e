/** One POST of a file over a connection of its own. undici is loaded here, at the first upload: idle agents do without its 20 MB. */
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { StreamAIError } from '../../../../shared/errors.ts';
import { drained } from '../drained.ts';
import { headerOf } from '../http-header.ts';
import { type HttpAnswer, readAnswer } from './http/http-answer.ts';
import { networkFailure } from './http/http-failure.ts';

export interface PostLimits {
  readonly connectMs: number;
  /** Without the socket taking a byte, or without the answer going on once it began. */
  readonly stallMs: number;
  /** From the last byte sent to the answer's beginning: the server may work on the file before it answers. */
  readonly answerMs: number;
  readonly answerBytes: number;
}

export interface PostRequest {
  readonly url: URL;
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
 * @throws StreamAIError destination_unreachable | destination_timeout | destination_answer_invalid, what the body throws,
 *   or the signal's reason
 */
export async function postFile(request: PostRequest): Promise<HttpAnswer> {
  const { url, headers, limits } = request;
  const { buildConnector, Client } = await import('undici');
  const timeout = new AbortController();
  const over = new AbortController();
  const signal = AbortSignal.any([request.signal, timeout.signal]);
  let watch: NodeJS.Timeout | undefined;
  const allow = (ms: number): void => {
    clearTimeout(watch);
    watch = setTimeout(() => timeout.abort(new StreamAIError('destination_timeout')), ms);
  };
  allow(limits.connectMs + limits.stallMs);

  let socket: Socket | undefined;
  // HTTP/1.1 alone: what a socket took is known there, behind HTTP/2's windows it is not.
  const connector = buildConnector({ timeout: limits.connectMs, allowH2: false });
  const client = new Client(url.origin, {
    connect: (options, done) => {
      const opening: unknown = connector(options, done);
      if (opening instanceof Socket) socket = opening;
    },
    // Our own limits above; undici's would cut a server that works long before it answers.
    headersTimeout: 0,
    bodyTimeout: 0,
    pipelining: 1,
  });
  let answered = false;
  const connection: Connection = {
    signal: AbortSignal.any([signal, over.signal]),
    drained: async () => {
      if (socket !== undefined) await drained(socket);
    },
    alive: () => {
      if (!over.signal.aborted) allow(limits.stallMs);
    },
    holding: () => clearTimeout(watch),
    sent: () => {
      if (!answered) allow(limits.answerMs);
    },
  };
  try {
    const path = url.pathname + url.search;
    // undici takes any AsyncIterable (its docs and code say so, its types don't). A Readable would read ahead, and with it
    // nobody could tell which of our buffers are still in use.
    const body = request.body(connection) as unknown as Readable;
    const answer = await client.request({ method: 'POST', path, headers, body, signal, reset: true });
    answered = true;
    allow(limits.stallMs);
    const header = (name: string): string | null => headerOf(answer.headers, name);
    const read = await readAnswer(url, answer.statusCode, header, answer.body, limits.answerBytes);
    signal.throwIfAborted();
    return read;
  } catch (error) {
    request.signal.throwIfAborted();
    throw timeout.signal.aborted ? timeout.signal.reason : networkFailure(error);
  } finally {
    over.abort();
    clearTimeout(watch);
    // A socket that is still connecting is not the client's yet.
    socket?.destroy();
    await client.destroy();
  }
}
