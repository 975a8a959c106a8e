/** A recording that is being made goes first: while its parts are on their way, uploads of finished files wait. */
import type { Pacer } from './pacer.ts';

/** Who waits sends one slice so often all the same, so that no server takes the connection for dead (ms). */
const sliceEveryMs = 1000;

export class RightOfWay {
  readonly #holds = new Set<symbol>();
  #freed = Promise.withResolvers<void>();

  /** Takes the right of way. @returns gives it back; safe to call again */
  hold(): () => void {
    const hold = Symbol('hold');
    this.#holds.add(hold);
    return () => {
      if (!this.#holds.delete(hold) || this.#holds.size > 0) return;
      this.#freed.resolve();
      this.#freed = Promise.withResolvers<void>();
    };
  }

  /** The given pacer, which now waits as well while somebody holds the right of way. */
  yielding(pacer: Pacer): Pacer {
    const letPass = (signal: AbortSignal): Promise<void> => this.#letPass(signal);
    const holds = this.#holds;
    return {
      get sliceBytes() {
        return pacer.sliceBytes;
      },
      take(bytes, signal) {
        return holds.size === 0 ? pacer.take(bytes, signal) : letPass(signal).then(() => pacer.take(bytes, signal));
      },
    };
  }

  /** Resolves when nobody holds it any more, when the next slice is due all the same, or when it is called off. */
  async #letPass(signal: AbortSignal): Promise<void> {
    const waited = Promise.withResolvers<void>();
    const timer = setTimeout(waited.resolve, sliceEveryMs);
    const onAbort = (): void => waited.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    await Promise.race([this.#freed.promise, waited.promise]);
    signal.removeEventListener('abort', onAbort);
    clearTimeout(timer);
  }
}
