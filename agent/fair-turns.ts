/** Work that comes in any amount, done without keeping everybody else waiting. */
import { setImmediate } from 'node:timers/promises';

/** For so long pieces of work may follow one another within one turn of the event loop, ms. */
const turnMs = 10;

export class FairTurns {
  #last: Promise<void> = Promise.resolve();
  /** When the first piece of this turn began, on the clock of `performance.now`; null: none has. */
  #began: number | null = null;

  /**
   * To be awaited before each piece, which is done at once then. Resolves in the order of the calls, each once the piece before
   * it is done; in the next turn where this one has been long enough.
   */
  next(): Promise<void> {
    this.#last = this.#last.then(() => this.#turn());
    return this.#last;
  }

  async #turn(): Promise<void> {
    if (this.#began !== null && performance.now() - this.#began > turnMs) {
      await setImmediate();
      this.#began = null;
    }
    if (this.#began !== null) return;
    this.#began = performance.now();
    // A turn in which nothing more comes ends by itself.
    void setImmediate().then(() => {
      this.#began = null;
    });
  }
}
