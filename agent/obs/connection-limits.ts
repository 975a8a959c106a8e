/** How long the connection to OBS waits for what. */

export interface ConnectionLimits {
  /** For an answer of OBS: none takes this long unless it shows a dialog or hangs (ms). */
  readonly callMs: number;
  /** Between two questions whether a connection that stands is still alive (ms). */
  readonly heartbeatMs: number;
  /** Between two looks whether anything changed since OBS refused us; OBS itself is not contacted by this (ms). */
  readonly refusedLookMs: number;
  /** Until the next attempt (ms). `failed`: attempts that failed since the last connection, 0 after one that was lost. */
  readonly retryMs: (failed: number) => number;
}

export const connectionLimits: ConnectionLimits = {
  callMs: 5000,
  heartbeatMs: 15_000,
  refusedLookMs: 3000,
  retryMs: (failed) => retryDelay(failed, Math.random()),
};

const retry = { firstMs: 500, factor: 1.6, mostMs: 10_000 } as const;

/**
 * From 0.5 s growing to 10 s, spread by ±25 % so that several programs do not return to an OBS at once.
 * @param failed attempts that failed since the last connection, from 0
 * @param random 0..1
 * @returns ms
 */
export function retryDelay(failed: number, random: number): number {
  return Math.min(retry.mostMs, retry.firstMs * retry.factor ** failed) * (0.75 + random / 2);
}
