/** Interim answers (`100 Continue` and all of 1xx), which may come at any time before the answer, asked for or not (RFC 9110 §15.2). */
import type { Socket } from 'node:net';

/** The code of the error that ends a connection which goes on in another protocol, unasked. */
export const switchedProtocols = 'SWITCHED_PROTOCOLS';

const interim = /^HTTP\/1\.[01] 1(\d\d)/;
/** So many bytes tell an interim answer from another one. */
const tellingBytes = 'HTTP/1.1 100'.length;
/** More than any server sends while it works. */
const mostBytes = 64 * 1024;
const headEnd = Buffer.from('\r\n\r\n');
const nothing = Buffer.alloc(0);

/**
 * Takes interim answers out of what comes in, before anybody reads it: undici breaks the connection at a 100, and waits for ever
 * after a 101 without `Upgrade`. `101 Switching Protocols` destroys the socket: nobody asked for it.
 * @returns to be called before each further request on this connection
 */
export function skipInterimAnswers(socket: Socket): () => void {
  const push = socket.push.bind(socket);
  /** The next byte is an answer's first. */
  let due = true;
  let held: Buffer = nothing;
  let skipped = 0;
  const filter = (chunk: Buffer): Buffer => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    while (held.length >= tellingBytes && skipped + held.length <= mostBytes) {
      const [, digits] = interim.exec(held.toString('latin1', 0, tellingBytes)) ?? [];
      if (digits === undefined) break;
      if (digits === '01') {
        const error = new Error('the other side goes on in another protocol');
        socket.destroy(Object.assign(error, { code: switchedProtocols }));
        return nothing;
      }
      const end = held.indexOf(headEnd);
      if (end === -1) return nothing;
      skipped += end + headEnd.length;
      held = held.subarray(end + headEnd.length);
    }
    if (held.length < tellingBytes) return nothing;
    due = false;
    return release();
  };
  const release = (): Buffer => {
    const all = held;
    held = nothing;
    return all;
  };
  socket.push = (chunk: unknown, encoding?: BufferEncoding) => {
    if (chunk === null && held.length > 0) push(release());
    if (!due || !Buffer.isBuffer(chunk)) return push(chunk, encoding);
    const passed = filter(chunk);
    // What was taken out leaves room for more.
    return passed.length === 0 || push(passed);
  };
  return () => {
    due = true;
    skipped = 0;
  };
}
