/**
 * OBS is gone while it recorded. It may come back (restart of its WebSocket server, a network hiccup) and then it tells; or it
 * crashed and never returns. When nobody answers at its address and the file has not grown for a while, the recording is over.
 */
import { stat } from 'node:fs/promises';
import type { ObsConnection } from '../obs/connection.ts';
import type { SessionBook } from './session-book.ts';

/** A recording at a low bitrate can stay still for 10 s while OBS writes (facts measured on OBS 29 and 32); twice that (ms). */
const stillMs = 20_000;
const lookEveryMs = 1000;

export class LostWatch {
  readonly #obs: Pick<ObsConnection, 'state'>;
  readonly #book: SessionBook;
  #timer: NodeJS.Timeout | null = null;

  constructor(obs: Pick<ObsConnection, 'state'>, book: SessionBook) {
    this.#obs = obs;
    this.#book = book;
  }

  /** Watches the active session until it is lost or `stop` is called. */
  start(onLost: (sessionId: string) => Promise<void>): void {
    this.stop();
    let size = -1;
    let stillSince = performance.now();
    const look = async (): Promise<void> => {
      const session = this.#book.active();
      if (!session) return this.stop();
      const file = session.run.files.at(-1);
      const now = file ? ((await stat(file.path).catch(() => null))?.size ?? 0) : 0;
      // `waiting`: nobody listens at OBS's address. Any other state means that OBS is alive and will tell.
      if (now !== size || this.#obs.state !== 'waiting') {
        size = now;
        stillSince = performance.now();
      }
      if (performance.now() - stillSince < stillMs) return;
      this.stop();
      await onLost(session.id);
    };
    this.#timer = setInterval(() => void look(), lookEveryMs);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }
}
