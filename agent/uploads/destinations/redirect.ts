/** Who else answers in a destination's place: a network's sign-in page, or a front that sends everybody elsewhere. */
// Tests: processing/http/http-failure.test.ts
import { fromRoot } from '../../markup-root.ts';
import { cleanText } from './clean-text.ts';

/** Whether an answer is a web page, by what its body begins with. */
export function isPage(text: string): boolean {
  const start = fromRoot(text.slice(0, 1000));
  return /^<(?:!doctype\s+html|html|head|body|title|meta|script)\b/i.test(start);
}

/**
 * Where a redirect leads: scheme, host and path. Never more of it: names, passwords and queries may be secrets.
 * @param location as it stands in the header, perhaps relative to `from`
 * @returns empty where it does not say
 */
export function redirectTarget(location: string | null, from: URL): string {
  const url = location === null ? null : URL.parse(location, from);
  return url === null ? '' : cleanText(`${url.protocol}//${url.host}${url.pathname}`);
}
