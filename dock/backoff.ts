/** How long to wait before connecting again. */
const firstMs = 500;
const longestMs = 5000;

/**
 * Wait before attempt `attempt` (0: the first after a loss), in ms: 0.5 s doubling to 5 s, with up to a fifth taken off at
 * random, so that several docks do not knock together.
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const whole = Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 10));
  return Math.round(whole * (1 - 0.2 * random()));
}
