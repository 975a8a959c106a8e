/** The sockets of one undici client: what of them is written, and their end at once. */
// Tests: object-storage/s3/connection.test.ts and destination-contract-fixture.ts
import { once } from 'node:events';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { buildConnector } from 'undici';

export class ClientSockets {
  /** TCP's sockets, which are reset. */
  readonly #tcp = new Set<Socket>();
  /** The sockets that requests are written to: TCP's, or TLS's above it. */
  readonly #outlets = new Set<Socket>();

  /**
   * For a client's `connect`. HTTP/1.1 alone: what a socket took is known there, behind HTTP/2's windows it is not. undici is
   * loaded here, at the first use: idle agents do without its 20 MB.
   * @param connectMs for TCP, and again for TLS, to stand
   */
  async connector(connectMs: number): Promise<buildConnector.connector> {
    const { buildConnector } = await import('undici');
    const connectTcp = buildConnector({ timeout: connectMs });
    const connectTls = buildConnector({ timeout: connectMs, allowH2: false });
    return (options, done) => {
      // TCP first, and TLS above it: only a TCP socket of our own can be reset.
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
      keep(this.#tcp, tcp);
    };
  }

  /** Resolves when they hold nothing that was written to them, or are closed: what was handed out is free again. */
  async drained(): Promise<void> {
    for (const outlet of this.#outlets) {
      while (!outlet.destroyed && outlet.writableLength > 0) await nextDrain(outlet);
    }
  }

  /**
   * Ends what is open at once: after `destroy` alone the kernel goes on sending what it holds, megabytes of what is being sent
   * again already (seen on a 1 Mbit/s line), and a small file that was called off would still arrive as a whole.
   */
  reset(): void {
    for (const socket of this.#tcp) {
      // One that still connects is not the client's yet, and holds nothing.
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
    }
  }

  /** Resolves when those are closed that are open now. */
  async closed(): Promise<void> {
    await Promise.all([...this.#tcp].map((socket) => (socket.closed ? null : once(socket, 'close'))));
  }
}

async function nextDrain(socket: Socket): Promise<void> {
  // No drain event comes for what never filled the socket's buffer; that little is gone in a moment.
  if (!socket.writableNeedDrain) return sleep(5);
  const done = new AbortController();
  const { signal } = done;
  await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close', { signal })]).catch(() => {});
  done.abort();
}

/** While it is open. The types of undici's connectors hide that they return the socket. */
function keep(sockets: Set<Socket>, socket: unknown): void {
  if (!(socket instanceof Socket)) return;
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
}
