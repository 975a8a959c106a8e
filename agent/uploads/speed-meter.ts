/** Speed over the last seconds. */

const windowMs = 10_000;
/** Over less time than this a speed says nothing (ms). */
const shortestMs = 250;

export class SpeedMeter {
  readonly #samples: { at: number; bytes: number }[] = [];

  /**
   * @param at ms
   * @param bytes all so far; never less than before
   */
  add(at: number, bytes: number): void {
    this.#samples.push({ at, bytes });
    // The window begins at the last sample that is older than it: that one stays.
    while (this.#samples.length > 2 && (this.#samples[1]?.at ?? at) <= at - windowMs) this.#samples.shift();
  }

  /** Bytes per second; null: too early to tell. */
  bytesPerSecond(): number | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at - first.at < shortestMs) return null;
    return Math.round(((last.bytes - first.bytes) * 1000) / (last.at - first.at));
  }
}
