/** Stands in for `eventemitter3`, with what obs-websocket-js uses of it. */

type Listener = (...data: unknown[]) => void;

export class EventEmitter {
  #listeners = new Map<string, Set<Listener>>();

  on(event: string, listener: Listener): this {
    this.#listeners.set(event, (this.#listeners.get(event) ?? new Set()).add(listener));
    return this;
  }

  once(event: string, listener: Listener): this {
    const first: Listener = (...data) => {
      this.off(event, first);
      listener(...data);
    };
    return this.on(event, first);
  }

  off(event: string, listener: Listener): this {
    this.#listeners.get(event)?.delete(listener);
    return this;
  }

  /** @returns whether anybody listened */
  emit(event: string, ...data: unknown[]): boolean {
    // Those that were there when it happened, whatever they do to the list.
    const listeners = [...(this.#listeners.get(event) ?? [])];
    for (const listener of listeners) listener(...data);
    return listeners.length > 0;
  }

  removeAllListeners(): this {
    this.#listeners.clear();
    return this;
  }
}
