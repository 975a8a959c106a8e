/** How long a silent connection is waited for. Times in ms. */

/** Nothing taken, nothing acknowledged for this long: the connection counts as dead, although the system still tries. */
const stallMs = 20_000;
const longestMs = 5 * 60_000;

/**
 * Grows with what the line has shown, for all parts of an attempt. The system's own buffer (some MiB per connection) hides
 * what is really on its way: it takes a slice only when much of it has drained, and holds the last ones when ours are all
 * gone. On a slow line that looks like a stall; so each stall doubles the patience until a part arrives quickly again, and
 * after the last byte the store has at least as long as the part took to be taken.
 */
export class Patience {
  #level = 0;

  /** Counts the doublings; a part remembers the one that it began with. */
  get level(): number {
    return this.#level;
  }

  /** Between two slices. */
  forSlice(): number {
    return Math.min(stallMs * 2 ** this.#level, longestMs);
  }

  /** From the last byte to the answer. @param takenMs how long the body took */
  forAnswer(takenMs: number): number {
    return Math.min(Math.max(this.forSlice(), takenMs), longestMs);
  }

  /** Parts that stall together count once. @param level when the part began */
  stalled(level: number): void {
    if (level === this.#level) this.#level += 1;
  }

  /** @param tookMs from the part's first byte to its acknowledgement */
  arrived(tookMs: number): void {
    if (tookMs < stallMs) this.#level = 0;
  }
}
