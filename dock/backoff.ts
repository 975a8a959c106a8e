/** Waits between attempts to connect. */
const firstWaitMs = 500;
const longestWaitMs = 5000;

/**
 * How long to wait before the next attempt, in ms: 0.5 s doubling to 5 s, less up to a fifth at random, so that several docks
 * do not all connect in the same moment.
 * @param attempt 0 for the first one after the connection was lost
 * @param random a number from 0 to 1
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const waitMs = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(attempt, 10));
  return Math.round(waitMs * (1 - 0.2 * random()));
}
