/** How long a silent connection is waited for. Times in ms. */

/** Nothing taken, nothing acknowledged for this long: the connection counts as dead, although the system still tries. */
const stallMs = 20_000;
const longestMs = 5 * 60_000;
/** The system takes so much of us before it sends it: Linux lets a sender's buffer grow to 4 MiB (net.ipv4.tcp_wmem), others to less. */
const hiddenBytes = 4 * 1024 * 1024;
/** A smaller part takes as long as the way there and back: it tells nothing of the line's speed. */
const leastTelling = 1024 * 1024;
/** Another connection may take half of the line. */
const margin = 2;
/** After a stall it is waited so many times longer: a slow line must not be given up again and again. */
const growth = 4;

/**
 * How long a connection to a store may be silent; one for all connections, parts and attempts.
 *
 * Silence is no proof that a line is dead. The system's buffers take bytes much faster than the line does, and then nothing for
 * as long as the line needs for what they hold; after the last byte of a part they still have megabytes to send. On a slow
 * line that looks like a stall. So three things are learnt:
 *
 * - how fast the line was: it gets the time that it needs, as it was last, for as much as the buffers hold
 * - how long a silence was that ended well: the next ones may be longer than that
 * - that a connection stalled: the next one may be silent for much longer, until a part arrives quickly again
 */
export class Patience {
  /** From silences and stalls. */
  #ms = stallMs;
  /** Bytes per ms that the last part of some size was sent at; infinite until there was one. */
  #speed = Number.POSITIVE_INFINITY;

  /** Between two slices, ms. */
  forSlice(): number {
    return Math.min(Math.max(this.#ms, this.#needs(hiddenBytes)), longestMs);
  }

  /** From the last byte to the answer, ms. @param takenMs how long it took to write the body of so many bytes */
  forAnswer(bytes: number, takenMs: number): number {
    return Math.min(Math.max(this.#ms, takenMs, this.#needs(Math.min(bytes, hiddenBytes))), longestMs);
  }

  /** A silence of so many ms ended by itself. */
  waited(ms: number): void {
    this.#ms = Math.max(this.#ms, Math.min(growth * ms, longestMs));
  }

  /** A connection was given up. Several that stall at the same time count once. @param patience `forSlice` when the part was begun, ms */
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
