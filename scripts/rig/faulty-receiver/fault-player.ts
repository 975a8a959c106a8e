import { once } from 'node:events';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { discardRest } from '../../../server/http/early-answer.ts';
import type { StatusFault, UploadFault } from './faults.ts';

export type SeenRequest = {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  idempotencyKey: string | undefined;
  /** Body bytes read so far; grows while the request is under way. */
  bodyBytes: number;
  /** The fault it met, or none. */
  fault: string | undefined;
  /** The status answered, once it was. */
  status: number | undefined;
  /** True when the connection ended before there was an answer. */
  aborted: boolean;
};

/** One request at the proxy, and the port of the real receiver behind it. */
export type Exchange = {
  incoming: IncomingMessage;
  outgoing: ServerResponse;
  seen: SeenRequest;
  changed: () => void;
  target: number;
};

/** Plays a fault on a request, or passes it on when there is none. */
export async function play(exchange: Exchange, fault: UploadFault | StatusFault | undefined): Promise<void> {
  const { incoming, outgoing } = exchange;
  switch (fault?.kind) {
    case undefined:
      return forward(exchange, {});
    case 'slow':
      return forward(exchange, { bytesPerSecond: fault.bytesPerSecond });
    case 'change':
      return forward(exchange, { change: fault.fields });
    case 'lose-answer':
      return forward(exchange, { loseAnswer: true });
    case 'cut':
      await readBody(exchange, 'afterBytes' in fault ? fault.afterBytes : 0);
      incoming.socket.resetAndDestroy();
      return;
    case 'never-answer':
      return readBody(exchange);
    case 'answer':
      await readBody(exchange);
      outgoing.writeHead(200, { 'content-type': 'application/json' }).end(fault.text);
      return;
    case 'page':
      await readBody(exchange);
      outgoing.writeHead(200, { 'content-type': 'text/html', ...fault.headers }).end(fault.text);
      return;
    case 'huge-answer':
      await readBody(exchange);
      return sendSpace(outgoing, fault.bytes);
    case 'redirect':
      await readBody(exchange);
      outgoing.writeHead(fault.status ?? 307, { location: fault.location }).end();
      return;
    case 'refuse': {
      const atOnce = 'atOnce' in fault && fault.atOnce === true;
      if (!atOnce) await readBody(exchange);
      const text = JSON.stringify({ detail: fault.detail ?? `Refused with ${fault.status}` });
      const length = { 'content-length': String(Buffer.byteLength(text)) };
      const connection = atOnce ? { connection: 'close' } : {};
      outgoing.writeHead(fault.status, {
        'content-type': 'application/json',
        ...length,
        ...connection,
        ...fault.headers,
      });
      outgoing.write(text);
      await discardRest(incoming);
      outgoing.end();
    }
  }
}

type Forwarding = { bytesPerSecond?: number; loseAnswer?: boolean; change?: Record<string, unknown> };

/** Passes a request on to the real receiver, and its answer back. */
async function forward({ incoming, outgoing, seen, changed, target }: Exchange, how: Forwarding): Promise<void> {
  const { method, url: path } = incoming;
  const headers = { ...incoming.headers, host: `127.0.0.1:${target}` };
  const inner = request({ host: '127.0.0.1', port: target, method, path, headers, agent: false });
  outgoing.once('close', () => inner.destroy());
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen.bodyBytes += chunk.length;
      changed();
      if (how.bytesPerSecond === undefined) done(null, chunk);
      else setTimeout(done, (chunk.length / how.bytesPerSecond) * 1000, null, chunk);
    },
  });
  // Not pipeline(): an early answer ends the inner request while this one is still coming in.
  incoming.pipe(counter).pipe(inner);
  const [answer] = (await once(inner, 'response')) as [IncomingMessage];
  inner.on('error', () => {});
  if (!answer.headers['content-type']?.startsWith('application/json')) {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    return void answer.pipe(outgoing);
  }
  const text = await readText(answer);
  if (how.loseAnswer) return void incoming.socket.resetAndDestroy();
  const body = how.change ? JSON.stringify({ ...JSON.parse(text), ...how.change }) : text;
  incoming.unpipe(counter);
  const early = incoming.complete ? {} : { connection: 'close' };
  outgoing.writeHead(answer.statusCode ?? 502, {
    'content-type': answer.headers['content-type'] ?? 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...early,
  });
  outgoing.write(body);
  await discardRest(incoming);
  outgoing.end();
}

/** Reads the body, to its end or until `upTo` bytes came. */
async function readBody({ incoming, seen, changed }: Exchange, upTo = Number.POSITIVE_INFINITY): Promise<void> {
  if (upTo === 0) return;
  // Leaving the loop must not destroy the request: the fault decides what happens to it.
  for await (const chunk of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    seen.bodyBytes += chunk.length;
    changed();
    if (seen.bodyBytes >= upTo) return;
  }
}

async function readText(answer: IncomingMessage): Promise<string> {
  answer.setEncoding('utf8');
  let text = '';
  for await (const chunk of answer as AsyncIterable<string>) text += chunk;
  return text;
}

async function sendSpace(outgoing: ServerResponse, bytes: number): Promise<void> {
  outgoing.writeHead(200, { 'content-type': 'application/json' });
  const chunk = Buffer.alloc(64 * 1024, ' ');
  function* spaces() {
    for (let left = bytes; left > 0; left -= chunk.length) yield chunk.subarray(0, left);
    yield Buffer.from('{}');
  }
  await pipeline(Readable.from(spaces()), outgoing);
}
