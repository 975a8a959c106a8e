/**
 * A TCP link between a client and a server that behaves as uplinks do: slow, far away, cut, reset, dead. It knows nothing
 * of what passes through it; ./gate.ts is the one that understands HTTP.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { listen } from './listen.ts';
import { Pace } from './pace.ts';

export interface Link {
  readonly port: number;
  /** The target's URL, by way of this link. */
  readonly url: string;
  /** Bytes that came in from clients and from the server, since the start. */
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** Connections open now, and ever. */
  readonly open: number;
  readonly accepted: number;
  /** Bits per second over all connections, in each direction by itself; null: as fast as it goes. */
  setRate(bitsPerSecond: number | null): void;
  /** Every byte takes so much longer, each way. */
  setDelay(ms: number): void;
  /** The cable is out: nothing passes, nothing is answered, nothing is lost; TCP itself would go on sending. */
  cut(): void;
  /** The cable is in again: what was held passes. */
  restore(): void;
  /** Every open connection is answered by RST, on both sides. */
  resetAll(): void;
  /** From now on every connection is refused, as by a machine that is offline; open ones are reset. */
  refuse(on: boolean): void;
  /** From now on each so-manieth connection is reset as soon as it stands; null: none. */
  resetEvery(nth: number | null): void;
  /**
   * On: every connection that is open, or opened meanwhile, swallows all that it gets, for ever: what a sleeping laptop or
   * a router that lost its memory leaves behind. Off: new ones work.
   */
  blackHole(on: boolean): void;
  close(): Promise<void>;
}

/** @param target the server's URL */
export async function startLink(target: string): Promise<Link> {
  const link = new TcpLink(new URL(target));
  await link.listen();
  return link;
}

type Direction = 'up' | 'down';

class TcpLink implements Link {
  port = 0;
  readonly #target: URL;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  readonly #bytes = { up: 0, down: 0 };
  readonly #pace = { up: new Pace(), down: new Pace() };
  #hearing: NodeJS.Timeout | undefined;
  #accepted = 0;
  #delayMs = 0;
  #refusing = false;
  #resetEvery: number | null = null;
  #swallowing = false;
  /** Resolves when the cable is in; null while it is. */
  #cut: PromiseWithResolvers<void> | null = null;

  constructor(target: URL) {
    this.#target = target;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
  }

  async listen(): Promise<void> {
    this.port = await listen(this.#server);
    this.#hearing = setInterval(() => {
      if (!this.#cut) for (const connection of this.#connections) connection.hear();
    }, hearEveryMs);
  }

  get url(): string {
    return `${this.#target.protocol}//127.0.0.1:${this.port}`;
  }

  get bytesUp(): number {
    return this.#bytes.up;
  }

  get bytesDown(): number {
    return this.#bytes.down;
  }

  get open(): number {
    return this.#connections.size;
  }

  get accepted(): number {
    return this.#accepted;
  }

  setRate(bitsPerSecond: number | null): void {
    for (const pace of Object.values(this.#pace)) pace.setRate(bitsPerSecond === null ? null : bitsPerSecond / 8);
  }

  setDelay(ms: number): void {
    this.#delayMs = ms;
  }

  cut(): void {
    this.#cut ??= Promise.withResolvers();
  }

  restore(): void {
    this.#cut?.resolve();
    this.#cut = null;
  }

  resetAll(): void {
    for (const connection of this.#connections) connection.reset();
  }

  refuse(on: boolean): void {
    this.#refusing = on;
    if (on) this.resetAll();
  }

  resetEvery(nth: number | null): void {
    this.#resetEvery = nth;
  }

  blackHole(on: boolean): void {
    this.#swallowing = on;
    if (on) for (const connection of this.#connections) connection.dead = true;
  }

  async close(): Promise<void> {
    clearInterval(this.#hearing);
    this.restore();
    this.resetAll();
    await once(this.#server.close(), 'close');
  }

  #accept(client: Socket): void {
    if (this.#refusing) {
      client.resetAndDestroy();
      return;
    }
    this.#accepted += 1;
    if (this.#resetEvery !== null && this.#accepted % this.#resetEvery === 0) {
      client.resetAndDestroy();
      return;
    }
    const port = Number(this.#target.port || (this.#target.protocol === 'https:' ? 443 : 80));
    const server = connect({ port, host: this.#target.hostname, allowHalfOpen: true, noDelay: true });
    const connection = new Connection(client, server, () => this.#connections.delete(connection));
    connection.dead = this.#swallowing;
    this.#connections.add(connection);
    connection.pass('up', client, server, this.#road);
    connection.pass('down', server, client, this.#road);
  }

  readonly #road: Road = {
    enter: async (direction, bytes) => {
      this.#bytes[direction] += bytes;
      await this.#pace[direction].take(bytes);
      return performance.now() + this.#delayMs;
    },
    leave: async (at) => {
      const rest = at - performance.now();
      if (rest > 0) await delay(rest);
      while (this.#cut) await this.#cut.promise;
    },
  };
}

/** What every piece of data goes through. */
interface Road {
  /** Resolves once there is room at the rate, with the time at which the piece is at the other end. */
  enter(direction: Direction, bytes: number): Promise<number>;
  leave(at: number): Promise<void>;
}

/** Small enough for an even flow at 1 Mbit/s, large enough not to cost. */
export const pieceBytes = 16 * 1024;
/** Bytes that a connection's one direction may have under way: 1 Gbit/s over 60 ms. */
const mostOnTheWay = 8 * 1024 * 1024;
/** How soon a reset is heard on a connection that is not being read from, ms. */
const hearEveryMs = 50;

class Connection {
  /** It swallows what it gets. */
  dead = false;
  readonly #sockets: readonly [Socket, Socket];
  readonly #onEnd: () => void;

  constructor(client: Socket, server: Socket, onEnd: () => void) {
    this.#sockets = [client, server];
    this.#onEnd = onEnd;
    for (const socket of this.#sockets) {
      // When one side is reset, so is the other.
      socket.on('error', () => this.reset());
      socket.on('close', () => {
        if (this.#sockets.every(({ destroyed }) => destroyed)) onEnd();
      });
    }
  }

  reset(): void {
    for (const socket of this.#sockets) if (!socket.destroyed) socket.resetAndDestroy();
    this.#onEnd();
  }

  /**
   * Learns of a reset at once, as a line would. What came before it may wait here for long, and the system tells of a reset
   * only when something is read or written: so an empty piece is written.
   */
  hear(): void {
    if (this.dead) return;
    for (const socket of this.#sockets) if (socket.writable && socket.writableLength === 0) socket.write('');
  }

  /** Moves bytes one way until that way ends. No more is read than may be on the way. */
  async pass(direction: Direction, from: Socket, to: Socket, road: Road): Promise<void> {
    let onTheWay = 0;
    let last: Promise<void> = Promise.resolve();
    const arrive = async (piece: Buffer, at: number): Promise<void> => {
      await road.leave(at);
      onTheWay -= piece.length;
      if (!this.dead && !to.write(piece)) await once(to, 'drain');
    };
    try {
      // The end of one way must not destroy the other.
      for await (const chunk of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        for (let start = 0; start < chunk.length; start += pieceBytes) {
          const piece = chunk.subarray(start, start + pieceBytes);
          const at = await road.enter(direction, piece.length);
          onTheWay += piece.length;
          last = last.then(() => arrive(piece, at));
          last.catch(() => undefined); // awaited below
          if (onTheWay > mostOnTheWay || at <= performance.now()) await last;
        }
      }
      await last;
      if (!this.dead) to.end();
    } catch {
      this.reset();
    }
  }
}
