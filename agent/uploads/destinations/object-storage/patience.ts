/** How long a silent connection is waited for. Times in ms. */

/** Nothing taken, nothing acknowledged for this long: the connection counts as dead, although the system still tries. */
const stallMs = 20_000;
const longestMs = 5 * 60_000;

/**
 * Grows with what the line has shown. The system's own buffer (some MiB per connection) hides what is really on its way:
 * it takes a slice only when much of it has drained, and holds the last ones when ours are all gone. On a slow line that
 * looks like a stall; so each stall of the same part doubles the patience, and after the last byte the server has at
 * least as long as the part took to be taken.
 */
export class Patience {
  readonly #stallMs: number;
  #stalls = 0;

  constructor(base = stallMs) {
    this.#stallMs = base;
  }

  /** Between two slices. */
  forSlice(): number {
    return Math.min(this.#stallMs * 2 ** this.#stalls, longestMs);
  }

  /** From the last byte to the answer. @param takenMs how long the body took */
  forAnswer(takenMs: number): number {
    return Math.min(Math.max(this.forSlice(), takenMs), longestMs);
  }

  stalled(): void {
    this.#stalls += 1;
  }
}
