/** Keys and query values as they stand in URLs, in the one way that signatures are computed over (RFC 3986). */

/** A key in a URL's path: its slashes stay. */
export function encodeKey(key: string): string {
  return key.split('/').map(encodeValue).join('/');
}

/** Also what encodeURIComponent leaves alone: !'()* */
export function encodeValue(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
