/** Who else answers in a destination's place: a network's sign-in page, or a front that sends everybody elsewhere. */
import { fromRoot } from '../../markup-root.ts';

/** Whether an answer is a web page, by what its body begins with. */
export function isPage(text: string): boolean {
  const start = fromRoot(text.slice(0, 1000));
  return /^<(?:!doctype\s+html|html|head|body|title|meta|script)\b/i.test(start);
}

/**
 * The host that a redirect leads to, with its port where that is not the usual one. Never more of it: the rest may carry secrets.
 * @param location as it stands in the header, perhaps relative to `from`
 * @returns empty where it does not say
 */
export function redirectHost(location: string | null, from: URL): string {
  if (location === null || !URL.canParse(location, from)) return '';
  return new URL(location, from).host.slice(0, 260);
}
