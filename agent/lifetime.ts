/** The life of the agent's parts: started in the order in which they were added, closed in reverse, each with a bound. */
import type { Log } from './log.ts';

/** Something that has to be started or ended: a timer, a connection, a file. */
export interface Part {
  /** Takes up what the last run of the agent left, and begins. Called once, after every part is built. */
  start?(): void | Promise<void>;
  /** Ends what was begun. Called once, after the parts that were started later have ended. */
  close?(): void | Promise<void>;
}

/** A part that takes longer to end is left behind, so that the others end (ms). */
const longestCloseMs = 10_000;

export class Lifetime {
  readonly #log: Pick<Log, 'error' | 'warn'>;
  readonly #closeMs: number;
  readonly #added: { readonly name: string; readonly part: Part }[] = [];
  readonly #running = new Set<Part>();

  /** @param closeMs how long each part may take to end, ms */
  constructor(log: Pick<Log, 'error' | 'warn'>, closeMs: number = longestCloseMs) {
    this.#log = log;
    this.#closeMs = closeMs;
  }

  /** Adds the next part; one without `start` counts as running from now on. */
  add(name: string, part: Part): void {
    this.#added.push({ name, part });
    if (part.start === undefined) this.#running.add(part);
  }

  /** Starts the parts. @throws what a part throws that cannot start; `close` then ends that one and those before it */
  async start(): Promise<void> {
    for (const { part } of this.#added) {
      this.#running.add(part);
      await part.start?.();
    }
  }

  /** Ends every part that runs, one after the other. Never rejects. */
  async close(): Promise<void> {
    for (const { name, part } of this.#added.splice(0).reverse()) {
      if (this.#running.delete(part)) await this.#closeInTime(name, part);
    }
  }

  async #closeInTime(name: string, part: Part): Promise<void> {
    const late = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => late.resolve('late'), this.#closeMs);
    try {
      const ended = await Promise.race([(async () => part.close?.())(), late.promise]);
      if (ended === 'late') this.#log.warn({ part: name }, 'a part of the agent did not end in time');
    } catch (error) {
      this.#log.error({ err: error, part: name }, 'a part of the agent did not end in order');
    } finally {
      clearTimeout(timer);
    }
  }
}
