/** Connections of which none has shown the token yet: anybody on this machine can open them, and must not shut the others out. */
import type { Socket } from 'node:net';

/** So many may be open at once; a page and its live channel open a handful, and prove themselves at once. */
export const mostUnproven = 64;

export class Unproven {
  readonly #most: number;
  /** Oldest first. */
  readonly #open = new Set<Socket>();

  constructor(most: number = mostUnproven) {
    this.#most = most;
  }

  /** One more. Where there are too many, the oldest makes way. */
  add(socket: Socket): void {
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    const [oldest] = this.#open;
    if (this.#open.size > this.#most && oldest !== undefined) {
      this.#open.delete(oldest);
      oldest.destroy();
    }
  }

  /** It has shown the token. */
  proven(socket: Socket): void {
    this.#open.delete(socket);
  }
}
