/**
 * How many parts are sent at once: as many as make it faster, and no more, because what is on its way is lost where the line
 * breaks. It is told what arrives and what fails, with the time; it has no clock of its own.
 */

const firstLanes = 2;
export const mostLanes = 4;
/** A line that takes the first part within this time gets all lanes at once: little is lost when it breaks (ms). */
const quickMs = 1000;
/** A window is judged after this long, or later once every lane has finished a part in it. */
const windowMs = 1000;
/** One more lane must bring at least this much to stay. */
const gain = 1.05;
/** After a step back nothing is tried for this long. */
const holdMs = 30_000;

export class LaneCount {
  #lanes = firstLanes;
  #startedAt: number;
  #bytes = 0;
  #parts = 0;
  /** Bytes per ms with one lane fewer, while one more is on trial. */
  #before: number | null = null;
  #holdUntil = 0;
  #untried = true;

  /** @param now ms */
  constructor(now: number) {
    this.#startedAt = now;
  }

  get lanes(): number {
    return this.#lanes;
  }

  /** A part has arrived. */
  arrived(bytes: number, now: number): void {
    this.#bytes += bytes;
    this.#parts += 1;
    const ms = now - this.#startedAt;
    if (this.#untried && ms < quickMs) this.#lanes = mostLanes;
    this.#untried = false;
    if (ms < windowMs || this.#parts < this.#lanes) return;
    const rate = this.#bytes / ms;
    if (this.#before !== null && rate < this.#before * gain) {
      this.#lanes -= 1;
      this.#before = null;
      this.#holdUntil = now + holdMs;
    } else if (this.#lanes < mostLanes && now >= this.#holdUntil) {
      this.#lanes += 1;
      this.#before = rate;
    } else {
      this.#before = null;
    }
    this.#restart(now);
  }

  /** The store asked to slow down, or a part timed out. */
  troubled(now: number): void {
    this.#lanes = Math.max(1, Math.floor(this.#lanes / 2));
    this.#before = null;
    this.#holdUntil = now + holdMs;
    this.#restart(now);
  }

  #restart(now: number): void {
    this.#startedAt = now;
    this.#bytes = 0;
    this.#parts = 0;
  }
}
