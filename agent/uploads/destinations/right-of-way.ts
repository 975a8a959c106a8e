/** A recording that is being made goes first: uploads of finished files let its parts pass. */
import type { Pacer } from './pacer.ts';

/** Those who let others pass go on by one slice so often all the same, so that no server takes them for dead (ms). */
const sliceEveryMs = 1000;

export class RightOfWay {
  readonly #holds = new Set<symbol>();
  #freed = Promise.withResolvers<void>();

  /** Goes first from now on. @returns ends it; safe to call again */
  hold(): () => void {
    const hold = Symbol('hold');
    this.#holds.add(hold);
    return () => {
      if (!this.#holds.delete(hold) || this.#holds.size > 0) return;
      this.#freed.resolve();
      this.#freed = Promise.withResolvers<void>();
    };
  }

  /** A pacer that lets those pass who hold the right of way, and else is the given one. */
  yielding(pacer: Pacer): Pacer {
    const pass = (signal: AbortSignal): Promise<void> => this.#pass(signal);
    const holds = this.#holds;
    return {
      get sliceBytes() {
        return pacer.sliceBytes;
      },
      take(bytes, signal) {
        return holds.size === 0 ? pacer.take(bytes, signal) : pass(signal).then(() => pacer.take(bytes, signal));
      },
    };
  }

  async #pass(signal: AbortSignal): Promise<void> {
    const waited = Promise.withResolvers<void>();
    const timer = setTimeout(waited.resolve, sliceEveryMs);
    const onAbort = (): void => waited.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    await Promise.race([this.#freed.promise, waited.promise]);
    signal.removeEventListener('abort', onAbort);
    clearTimeout(timer);
  }
}
