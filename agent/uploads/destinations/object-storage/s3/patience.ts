/** How long a silent connection is waited for. Times in ms. */

/** Nothing taken, nothing acknowledged for this long: the connection counts as dead, although the system still tries. */
const stallMs = 20_000;
const longestMs = 5 * 60_000;
/** What the system's own buffers may hide of a connection: Linux lets a sender's grow to 4 MiB (net.ipv4.tcp_wmem), others to less. */
const hiddenBytes = 4 * 1024 * 1024;
/** A smaller part says more of the way there and back than of the line's speed. */
const leastTelling = 1024 * 1024;
/** A neighbour may take its half of the line. */
const margin = 2;
/** A line that was dead is well for new connections, and soon shows it; a slow one must not be given up again and again. */
const growth = 4;

/**
 * Knows what the line has shown, for all connections to a store: it outlives parts and attempts. The system's buffers hide
 * what is really on its way: they take a slice only when much of them has drained, and still hold the last ones when ours are all
 * gone. On a slow line that looks like a stall. So a connection is given the time that the line as it was last needs for as
 * much; a wait that was long and ended well teaches that before anything is given up; and each stall makes the patience much
 * longer, until a part arrives quickly again.
 */
export class Patience {
  /** What waits and stalls have taught. */
  #ms = stallMs;
  /** Bytes per ms of the connection that the last telling part came over; infinite until one did. */
  #speed = Number.POSITIVE_INFINITY;

  /** Between two slices. */
  forSlice(): number {
    return Math.min(Math.max(this.#ms, this.#needs(hiddenBytes)), longestMs);
  }

  /** From the last byte to the answer. @param takenMs how long the body of so many bytes took */
  forAnswer(bytes: number, takenMs: number): number {
    return Math.min(Math.max(this.#ms, takenMs, this.#needs(Math.min(bytes, hiddenBytes))), longestMs);
  }

  /** A silence ended by itself, after so long. */
  waited(ms: number): void {
    this.#ms = Math.max(this.#ms, Math.min(growth * ms, longestMs));
  }

  /** Connections that stall together count once. @param patience `forSlice` when it began */
  stalled(patience: number): void {
    if (this.forSlice() <= patience) this.#ms = Math.min(growth * patience, longestMs);
  }

  /** @param tookMs from the part's first byte to its acknowledgement */
  arrived(bytes: number, tookMs: number): void {
    if (bytes < leastTelling) return;
    this.#speed = bytes / Math.max(tookMs, 1);
    if (this.#needs(hiddenBytes) <= stallMs) this.#ms = stallMs;
  }

  #needs(bytes: number): number {
    return (margin * bytes) / this.#speed;
  }
}
