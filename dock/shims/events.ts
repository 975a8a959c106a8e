/** Stands in for `eventemitter3`, as far as obs-websocket-js uses it. */

type Listener = (...data: unknown[]) => void;

export class EventEmitter {
  #listeners = new Map<string, Set<Listener>>();

  on(event: string, listener: Listener): this {
    this.#listeners.set(event, (this.#listeners.get(event) ?? new Set()).add(listener));
    return this;
  }

  once(event: string, listener: Listener): this {
    const wrapped: Listener = (...data) => {
      this.off(event, wrapped);
      listener(...data);
    };
    return this.on(event, wrapped);
  }

  off(event: string, listener: Listener): this {
    this.#listeners.get(event)?.delete(listener);
    return this;
  }

  /** @returns whether anybody listened */
  emit(event: string, ...data: unknown[]): boolean {
    // A copy, because a listener may add or remove listeners.
    const listeners = [...(this.#listeners.get(event) ?? [])];
    for (const listener of listeners) listener(...data);
    return listeners.length > 0;
  }

  removeAllListeners(): this {
    this.#listeners.clear();
    return this;
  }
}
