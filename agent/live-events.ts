/** Where every part announces what changed, and where every client's channel listens. */
import type { LiveData, LiveEvent, LiveEventType } from '../shared/live.ts';

export type LiveListener = (event: LiveEvent) => void;

export class LiveBus {
  readonly #listeners = new Set<LiveListener>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Announces one event to all listeners, in order of publication. */
  publish<T extends LiveEventType>(type: T, data: LiveData<T>): void {
    const event = { type, timestamp: new Date(this.#now()).toISOString(), data } as LiveEvent;
    for (const listener of this.#listeners) listener(event);
  }

  /** @returns ends the subscription */
  subscribe(listener: LiveListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
