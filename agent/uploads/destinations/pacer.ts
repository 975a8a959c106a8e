/** What paces uploads: the one bandwidth limit over all of them, and what holds them back while OBS is on air. */
// Tests: right-of-way.test.ts
export interface Pacer {
  /** Ask for no more bytes than this at once: a small part of what may leave in a second. Changes with the pace; read it before each slice. */
  readonly sliceBytes: number;
  /**
   * Resolves once `bytes` may leave; ask for each slice right before it is sent. While uploads are held it does not
   * resolve: whoever watches for stalls must not count this time. Costs nothing where nothing is limited.
   * @throws the signal's reason when it is aborted while waiting
   */
  take(bytes: number, signal: AbortSignal): Promise<void>;
}

/** One write: small enough to show progress, stalls and early answers on slow lines, large enough to cost little on fast ones. */
export const largestSliceBytes = 512 * 1024;

const granted = Promise.resolve();

/** Lets everything through at once. */
export const unpaced: Pacer = { sliceBytes: largestSliceBytes, take: () => granted };
