/** How fast all attempts that run go together: what the policy and the watch over OBS's frames go by. */

/** What one attempt shows of its speed. */
export interface Rates {
  /** Bytes of it that leave per second; null: too early to tell. */
  readonly bytesPerSecond: number | null;
  /** Bytes per second that its file grows by; 0: it does not. */
  readonly growth: number;
}

export class Throughput {
  readonly #running = new Set<Rates>();

  /** An attempt runs. @returns ends it */
  add(rates: Rates): () => void {
    this.#running.add(rates);
    return () => this.#running.delete(rates);
  }

  /** Bits per second that leave now; null: nothing is sent, or it is too early to tell. */
  speed(): number | null {
    const known = [...this.#running].map((rates) => rates.bytesPerSecond).filter((speed) => speed !== null);
    return known.length === 0 ? null : 8 * known.reduce((sum, speed) => sum + speed, 0);
  }

  /** What recordings that are sent while they grow need to keep up, bits per second. */
  needed(): number {
    return 8 * [...this.#running].reduce((sum, { growth }) => sum + growth, 0);
  }
}
