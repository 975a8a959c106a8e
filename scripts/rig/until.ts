import { setTimeout as delay } from 'node:timers/promises';

export interface UntilOptions {
  /** How long at most, ms. Default 20 s. */
  readonly ms?: number;
  /** How long from one question to the next, ms. Default 100. */
  readonly everyMs?: number;
  /** Added to the message when the time is over. */
  readonly detail?: () => string | Promise<string>;
}

type Nothing = null | undefined | false;

/**
 * Asks again and again until `ask` gives something: for what cannot announce itself. An error of `ask` ends it.
 * @param what is waited for, in words
 * @throws when the time is over
 */
export async function until<T>(
  what: string,
  ask: () => T | Nothing | Promise<T | Nothing>,
  { ms = 20_000, everyMs = 100, detail }: UntilOptions = {},
): Promise<Exclude<T, Nothing>> {
  const deadline = performance.now() + ms;
  for (;;) {
    const found = await ask();
    if (found !== null && found !== undefined && found !== false) return found as Exclude<T, Nothing>;
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}\n${(await detail?.()) ?? ''}`);
    await delay(everyMs);
  }
}
