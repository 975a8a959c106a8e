export interface UntilOptions {
  /** Bound, ms. */
  readonly ms?: number;
  /** Added to the message when the bound is reached. */
  readonly detail?: () => string | Promise<string>;
}

/** Asks again and again until `ask` gives something; what cannot announce itself is waited for this way. An error of `ask` ends it. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null | undefined | false>,
  options: UntilOptions = {},
): Promise<T> {
  const deadline = performance.now() + (options.ms ?? 20_000);
  for (;;) {
    const found = await ask();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > deadline) {
      throw new Error(`waited in vain: ${what}\n${(await options.detail?.()) ?? ''}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
