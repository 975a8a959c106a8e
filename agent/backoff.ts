/** How long to wait before what failed is tried again. */

const firstDelayMs = 1000;
/** The longest that we choose ourselves; with its spread, `longestDelayMs` (ms). */
const longestChosenMs = 5 * 60_000;
export const longestDelayMs = 1.2 * longestChosenMs;
/** A server may ask for a longer wait than we would choose, up to this (ms). */
export const longestRetryAfterMs = 60 * 60_000;

/**
 * 1 s after the first failed attempt, doubling to 5 minutes, spread by ±20 % so that many agents do not return at once.
 * A `Retry-After` replaces it (at least 1 s: a server that says 0 for ever must not be hammered).
 * @param attempts failed so far, 1-based
 * @param random 0..1
 * @returns ms
 */
export function backoffDelay(attempts: number, random: number, retryAfterMs: number | null = null): number {
  if (retryAfterMs !== null) return Math.min(Math.max(retryAfterMs, firstDelayMs), longestRetryAfterMs);
  const doubled = firstDelayMs * 2 ** Math.min(Math.max(attempts, 1) - 1, 30);
  return Math.round(Math.min(doubled, longestChosenMs) * (0.8 + 0.4 * random));
}

/**
 * A `Retry-After` header in ms: seconds or an HTTP date (RFC 9110 §10.2.3), capped at one hour.
 * @param now ms since 1970
 * @returns null when there is none, or none that makes sense
 */
export function parseRetryAfter(header: string | null | undefined, now: number): number | null {
  const text = header?.trim() ?? '';
  if (/^\d{1,10}$/.test(text)) return Math.min(Number(text) * 1000, longestRetryAfterMs);
  // Date.parse takes much that is no HTTP date; a weekday and GMT tell them apart.
  const at = /^[A-Z][a-z]+,? .*GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : Math.min(Math.max(at - now, 0), longestRetryAfterMs);
}
