/** Bytes per second over the last seconds. */

const windowMs = 10_000;

export class SpeedMeter {
  readonly #samples: { at: number; bytes: number }[] = [];

  /** @param bytes sent so far in this attempt; never less than before */
  add(at: number, bytes: number): void {
    this.#samples.push({ at, bytes });
    // One sample from before the window stays: it is where the window begins.
    while (this.#samples.length > 2 && (this.#samples[1]?.at ?? at) <= at - windowMs) this.#samples.shift();
  }

  /** null until there is enough to tell */
  bytesPerSecond(): number | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at - first.at < 250) return null;
    return Math.round(((last.bytes - first.bytes) * 1000) / (last.at - first.at));
  }
}
