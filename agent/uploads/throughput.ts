/** How fast all running attempts go together. The policy goes by it, and whoever counts OBS's frames. */

/** What one attempt shows of its speed. */
export interface Rates {
  /** Bytes that leave per second; null: too early to tell. */
  readonly bytesPerSecond: number | null;
  /** Bytes per second that its file grows by; 0: it does not. */
  readonly growth: number;
}

export class Throughput {
  readonly #running = new Set<Rates>();

  /** Counts a running attempt in. @returns what ends that */
  add(rates: Rates): () => void {
    this.#running.add(rates);
    return () => this.#running.delete(rates);
  }

  /** Bits per second that leave now; null: nothing is sent, or it is too early to tell. */
  speed(): number | null {
    const known = [...this.#running].map((rates) => rates.bytesPerSecond).filter((speed) => speed !== null);
    return known.length === 0 ? null : 8 * known.reduce((sum, speed) => sum + speed, 0);
  }

  /** What followed recordings need to keep up, bits per second. */
  needed(): number {
    return 8 * [...this.#running].reduce((sum, { growth }) => sum + growth, 0);
  }
}
