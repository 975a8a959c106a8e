/**
 * An HTTP proxy in front of an S3 server: it sees every call by its S3 name, and can hold it, refuse it, and lose or change its
 * answer. Any other HTTP server may stand behind it as well: its calls are `other`.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { listen } from './listen.ts';

export type S3Verb =
  | 'create'
  | 'part'
  | 'complete'
  | 'abort'
  | 'list-parts'
  | 'list-multiparts'
  | 'put'
  | 'head'
  | 'get'
  | 'delete'
  | 'other';

/** One call on its way through the gate. */
export interface GateCall {
  readonly verb: S3Verb;
  /** Of a part; 0 otherwise. */
  readonly part: number;
  /** Bucket and key as in the URL. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** The client's connection that it came over, counted from 1. */
  readonly connection: number;
  /** Bytes of its body that came so far. */
  bodyBytes: number;
  /** Of the server's answer; null until it is there. */
  status: number | null;
  /** `delivered`: the client's system has the whole answer. `lost`: it ended without one. */
  end: 'open' | 'delivered' | 'lost';
}

/** An answer in the server's place. */
export interface Refusal {
  readonly status: number;
  /** S3's error code; absent: no XML. */
  readonly code?: string;
  /** HTML in place of S3's XML, as a load balancer in front of the store answers. */
  readonly page?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A success that is not what the server said. */
export interface AnswerChange {
  /** Laid over the server's. */
  readonly headers?: Readonly<Record<string, string>>;
  body?(text: string): string;
}

/** What the gate does at a call; each may wait as long as it likes. */
export interface GateRules {
  /**
   * Before anything is forwarded. A refusal is answered in the server's place, its body read first as S3 servers do. `reset`: the
   * server never hears of it, its connection is reset.
   */
  onCall?(call: GateCall): Promise<CallFault> | CallFault;
  /** More of its body has come: `call.bodyBytes`. */
  onBody?(call: GateCall): void;
  /** The server has answered, the client knows nothing yet. `lose`: it never will, its connection is reset. */
  onAnswer?(call: GateCall): Promise<AnswerFault> | AnswerFault;
  /** The client's system has the answer. */
  onDelivered?(call: GateCall): void;
  /** Before every answer of the server come interim ones that nobody asked for (100, 102, 103), as some load balancers give them. */
  interim?: boolean;
}

type CallFault = 'reset' | Refusal | undefined;
type AnswerFault = 'lose' | AnswerChange | undefined;

export interface Gate {
  readonly url: string;
  /** Every call since the start or the last `forget`. */
  readonly calls: readonly GateCall[];
  rules: GateRules;
  forget(): void;
  close(): Promise<void>;
}

export interface GateOptions {
  /** Calls name the target as their Host, for servers that answer to no other name. Default: the Host passes as it was signed. */
  readonly renameHost?: boolean;
}

/** @param target the server's URL */
export async function startGate(target: string, { renameHost = false }: GateOptions = {}): Promise<Gate> {
  const gate = new HttpGate(new URL(target), renameHost);
  await gate.listen();
  return gate;
}

class HttpGate implements Gate {
  rules: GateRules = {};
  calls: GateCall[] = [];
  url = '';
  readonly #target: URL;
  readonly #renameHost: boolean;
  readonly #server: Server;
  readonly #connections = new WeakMap<Socket, number>();
  #accepted = 0;

  constructor(target: URL, renameHost: boolean) {
    this.#target = target;
    this.#renameHost = renameHost;
    this.#server = createServer((incoming, answer) => {
      const call = callOf(incoming, this.#connections.get(incoming.socket) ?? 0);
      this.calls.push(call);
      this.#pass(call, incoming, answer).catch(() => {
        // Either side went away: so does the other.
        call.end = 'lost';
        incoming.socket.resetAndDestroy();
      });
    });
    this.#server.on('connection', (socket) => this.#connections.set(socket, ++this.#accepted));
    this.#server.keepAliveTimeout = 0;
    this.#server.requestTimeout = 0;
  }

  async listen(): Promise<void> {
    this.url = `http://127.0.0.1:${await listen(this.#server)}`;
  }

  forget(): void {
    this.calls = [];
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #pass(call: GateCall, incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    incoming.on('data', (chunk: Buffer) => {
      call.bodyBytes += chunk.length;
      this.rules.onBody?.(call);
    });
    incoming.pause();
    const refusal = await this.rules.onCall?.(call);
    if (refusal === 'reset') throw new Error('reset on purpose');
    if (refusal) {
      incoming.resume();
      if (!incoming.readableEnded) await once(incoming, 'end');
      call.status = refusal.status;
      const { page, code } = refusal;
      const type = page === undefined ? 'application/xml' : 'text/html';
      answer.writeHead(refusal.status, { 'content-type': type, ...refusal.headers });
      answer.end(call.verb === 'head' ? '' : (page ?? (code === undefined ? '' : errorXml(code))));
      await this.#delivered(call, answer);
      return;
    }
    const onward = request(new URL(incoming.url ?? '/', this.#target), {
      method: incoming.method,
      headers: this.#renameHost ? { ...incoming.headers, host: this.#target.host } : incoming.headers,
      agent: false,
      setHost: false,
    });
    const answered = once(onward, 'response');
    const sent = pipeline(incoming, onward);
    // An answer can come before the body's end.
    await Promise.race([answered, sent.then(() => answered)]);
    const [response] = (await answered) as [IncomingMessage];
    call.status = response.statusCode ?? 0;
    const fault = await this.rules.onAnswer?.(call);
    if (fault === 'lose') throw new Error('lost on purpose');
    if (this.rules.interim) {
      answer.writeContinue();
      answer.writeProcessing();
      answer.writeEarlyHints({ link: '</>; rel=preload' });
    }
    if (fault === undefined) {
      answer.writeHead(call.status, response.headers);
      await pipeline(response, answer);
    } else {
      const sent = await text(response);
      const body = fault.body?.(sent) ?? sent;
      const { 'transfer-encoding': _, ...headers } = response.headers;
      const length = call.verb === 'head' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      answer.writeHead(call.status, { ...headers, ...length, ...fault.headers }).end(body);
    }
    await this.#delivered(call, answer);
  }

  async #delivered(call: GateCall, answer: ServerResponse): Promise<void> {
    if (!answer.writableFinished) await once(answer, 'finish');
    call.end = 'delivered';
    this.rules.onDelivered?.(call);
  }
}

const errorXml = (code: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><RequestId>gate</RequestId></Error>`;

function callOf({ method = '', url = '/', headers }: IncomingMessage, connection: number): GateCall {
  const { pathname, searchParams } = new URL(url, 'http://gate');
  const base = { path: pathname, headers, connection, bodyBytes: 0, status: null, end: 'open' } as const;
  return { ...base, verb: verbOf(method, pathname, searchParams), part: Number(searchParams.get('partNumber') ?? 0) };
}

function verbOf(method: string, pathname: string, query: URLSearchParams): S3Verb {
  const ofObject = pathname.split('/').filter((piece) => piece !== '').length > 1;
  const upload = query.has('uploadId');
  if (method === 'POST' && query.has('uploads')) return 'create';
  if (method === 'POST' && upload) return 'complete';
  if (method === 'PUT' && upload) return 'part';
  if (method === 'DELETE' && upload) return 'abort';
  if (method === 'GET' && upload) return 'list-parts';
  if (method === 'GET' && query.has('uploads')) return 'list-multiparts';
  if (!ofObject) return 'other';
  const plain: Readonly<Record<string, S3Verb>> = { PUT: 'put', HEAD: 'head', GET: 'get', DELETE: 'delete' };
  return plain[method] ?? 'other';
}
