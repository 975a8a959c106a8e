/** An answer that is here already outlives the connection that it came on. */
import type { Socket } from 'node:net';

/** How long a failed write waits for the end of what can be read; what a reset leaves is read in a moment. */
const hearMs = 1000;

type Done = (error?: Error | null) => void;

/**
 * Lets a socket be read to its end before a failed write destroys it. A server that refuses in mid-body and closes resets the
 * connection, since it leaves bytes unread (RFC 9112 §9.6): a write that meets the reset fails while the answer before it
 * lies unread in the system. Linux and macOS still hand it out; Windows drops it, there the next attempt hears it
 * (`waitForRefusal`). Call it before the first write.
 */
export function hearOut(socket: Socket): void {
  const { _write: write, _writev: writeMany } = socket;
  const late = (done: Done): Done => {
    return (error) => {
      if (!error) return done();
      const fail = (): void => {
        clearTimeout(timer);
        socket.off('close', fail);
        done(error);
      };
      const timer = setTimeout(fail, hearMs);
      // Reading comes to its own end: the answer is complete, or it meets the reset as well.
      socket.once('close', fail);
    };
  };
  socket._write = (chunk, encoding, done) => write.call(socket, chunk, encoding, late(done));
  if (writeMany) socket._writev = (chunks, done) => writeMany.call(socket, chunks, late(done));
}
