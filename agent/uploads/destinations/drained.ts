/** When buffers that were written to a socket may be used again. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when the socket holds nothing that was written to it, or is closed. */
export async function drained(socket: Socket): Promise<void> {
  while (!socket.destroyed && socket.writableLength > 0) await drainedOnce(socket);
}

async function drainedOnce(socket: Socket): Promise<void> {
  // No drain event comes for what never filled the socket's buffer; that little is gone in a moment.
  if (!socket.writableNeedDrain) return sleep(5);
  const done = new AbortController();
  const { signal } = done;
  await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close', { signal })]).catch(() => {});
  done.abort();
}
