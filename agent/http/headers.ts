/** The headers that every answer carries. */

/** Where a page may connect besides us: OBS on this machine, and OBS where the settings say. */
function obsSources(obsAddress: string): string {
  const near = 'ws://127.0.0.1:* ws://localhost:*';
  // Only what cannot end the directive: the host comes from a setting.
  return /^[a-z0-9.-]+(:\d{1,5})?$/i.test(obsAddress) ? `${near} ws://${obsAddress}` : near;
}

/**
 * Content-Security-Policy: our own files, our own address and OBS's, nothing else.
 * @param host the request's Host header, already checked
 * @param obsAddress host and port of obs-websocket, `192.168.1.5:4455`
 */
export function contentSecurityPolicy(host: string, obsAddress: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    `connect-src 'self' ws://${host} ${obsSources(obsAddress)}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** Content-Security-Policy of answers that are no page of ours. */
export const closedContentSecurityPolicy =
  "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** Browsers guess no type, frame or embed nothing of ours elsewhere, and tell no other site where they came from. */
export const protectiveHeaders: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
};
