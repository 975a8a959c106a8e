/** Time as a port, so that tests do not wait. As Node's own functions. */
export interface Clock {
  /** ms since 1970, as the machine's clock is set: for what is shown or kept over a restart. */
  now(): number;
  /** ms since some moment; nobody can set it: for waits within a run. */
  monotonic(): number;
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout | undefined),
};
