/** The sockets of one undici client: what of them is written, and their end at once. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { buildConnector } from 'undici';
import { openConnection, type Route } from './connect.ts';
import { skipInterimAnswers } from './interim-answers.ts';

export class ClientSockets {
  readonly #route: Route;
  /** TCP's sockets, which are reset. */
  readonly #tcp = new Set<Socket>();
  /** The sockets that requests are written to: TCP's, or TLS's above it. With what tells each that an answer is due. */
  readonly #outlets = new Map<Socket, () => void>();

  constructor(route: Route) {
    this.#route = route;
  }

  /**
   * For a client's `connect`.
   * @param connectMs for TCP, for a tunnel and for TLS to stand, each
   */
  connector(connectMs: number): buildConnector.connector {
    const onTcp = (socket: Socket): void => {
      this.#tcp.add(socket);
      socket.once('close', () => this.#tcp.delete(socket));
    };
    return (_, done) => {
      openConnection(this.#route, connectMs, onTcp).then(
        (outlet) => {
          this.#outlets.set(outlet, skipInterimAnswers(outlet));
          outlet.once('close', () => this.#outlets.delete(outlet));
          done(null, outlet);
        },
        (error) => done(error, null),
      );
    };
  }

  /** To be called before each request: what comes in next is its answer. */
  answerDue(): void {
    for (const due of this.#outlets.values()) due();
  }

  /** Resolves when they hold nothing that was written to them, or are closed: what was handed out is free again. */
  async drained(): Promise<void> {
    for (const outlet of this.#outlets.keys()) {
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
