import type { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import type { MiddlewareHandler } from 'hono';

/** How long, and for how many bytes, a client that was answered early may go on sending before the socket closes. */
const lingerMs = 5_000;
const lingerBytes = 64 * 1024 * 1024;

/**
 * Lets an answer reach a client that is still sending its body. Closing a socket with unread bytes sends a reset, which
 * can overtake the answer; so the whole answer goes out with `Connection: close`, and what still arrives is thrown
 * away until the client stops or a bound is reached (as nginx's lingering_close does).
 */
export const earlyAnswer: MiddlewareHandler<{ Bindings: HttpBindings }> = async (c, next) => {
  await next();
  const { incoming } = c.env;
  if (incoming.complete || incoming.destroyed || c.req.method === 'GET' || c.req.method === 'HEAD') return;
  const body = new Uint8Array(await c.res.arrayBuffer());
  const headers = new Headers(c.res.headers);
  headers.set('content-length', String(body.byteLength));
  headers.set('connection', 'close');
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(body),
    async pull(controller) {
      await discardRest(incoming);
      controller.close();
    },
  });
  const { status } = c.res;
  // Assigning over a response merges the old headers in: clear it first.
  c.res = undefined;
  c.res = new Response(stream, { status, headers });
};

/** Throws away what is left of a request's body; resolves when it ended, the client is gone or a bound is reached. */
export function discardRest(incoming: IncomingMessage): Promise<void> {
  if (incoming.complete || incoming.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    let discarded = 0;
    const done = () => {
      clearTimeout(timer);
      incoming.pause();
      resolve();
    };
    const timer = setTimeout(done, lingerMs);
    incoming.on('data', (chunk: Buffer) => {
      discarded += chunk.length;
      if (discarded > lingerBytes) done();
    });
    incoming.once('end', done).once('close', done).once('error', done);
    incoming.resume();
  });
}
