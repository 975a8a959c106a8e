/**
 * Watches a recording whose OBS cannot be reached. OBS may come back (its WebSocket server was restarted, the network was away) and
 * then tells by itself; or it crashed and never does. When nobody has answered at its address for a while, and the file has not
 * grown for as long, the recording is over.
 */
import { sizeOf } from '../files/local-files.ts';
import type { ObsConnection } from '../obs/connection.ts';
import type { SessionBook } from './session-book.ts';

export interface LostWatchLimits {
  /** After so many looks in a row without growth the recording is over. Looks, not time: a machine may have been asleep. */
  readonly stillLooks: number;
  /** Between two looks at the file (ms). */
  readonly lookEveryMs: number;
}

/** At a low bitrate a file may not grow for 10 s although OBS writes it (measured on OBS 29 and 32): twice that. */
const usualLimits: LostWatchLimits = { stillLooks: 20, lookEveryMs: 1000 };

export class LostWatch {
  readonly #obs: Pick<ObsConnection, 'state'>;
  readonly #book: SessionBook;
  readonly #limits: LostWatchLimits;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(obs: Pick<ObsConnection, 'state'>, book: SessionBook, limits: LostWatchLimits = usualLimits) {
    this.#obs = obs;
    this.#book = book;
    this.#limits = limits;
  }

  /** Watches the active session until it has ended or `stop` is called. `onLost` is called again if it has not ended by that. */
  start(onLost: (sessionId: string) => void): void {
    this.stop();
    if (this.#closed) return;
    let sizeBefore = -1;
    let stillLooks = 0;
    let looking = false;
    const look = async (): Promise<void> => {
      const session = this.#book.active();
      if (!session) return this.stop();
      const file = session.run.files.at(-1);
      const size = file ? await sizeOf(file.path) : 0;
      // `waiting`: nobody answers at OBS's address. In any other state OBS is there, or may turn out to be.
      if (size !== sizeBefore || this.#obs.state !== 'waiting') {
        sizeBefore = size;
        stillLooks = 0;
        return;
      }
      stillLooks += 1;
      if (stillLooks % this.#limits.stillLooks === 0) onLost(session.id);
    };
    this.#timer = setInterval(async () => {
      // A disk that is away may take its time.
      if (looking) return;
      looking = true;
      await look();
      looking = false;
    }, this.#limits.lookEveryMs);
  }

  /** As `stop`, for good. */
  close(): void {
    this.#closed = true;
    this.stop();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }
}
