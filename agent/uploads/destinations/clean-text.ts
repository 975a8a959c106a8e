/** The words of others, made safe to show. */
// Tests: processing/http/http-failure.test.ts
import { plainText } from '../../plain-text.ts';

/** In characters. */
const longestText = 300;

/** A foreign text as one line of at most 300 characters, made plain. */
export function cleanText(text: string): string {
  const line = plainText(text.slice(0, 10 * longestText))
    // A server may repeat the link that it was given to fetch a file from, which is as good as a key.
    .replace(/https?:\/\/[^\s"']*/gi, (url) => url.split(/[?#]/, 1)[0] ?? '')
    .replace(/x-amz-[^\s&"']*/gi, (parameter) => (/=|%3d/i.test(parameter) ? '…' : parameter))
    .replace(/\s+/g, ' ')
    .trim();
  const characters = [...line];
  return characters.length <= longestText ? line : `${characters.slice(0, longestText - 1).join('')}…`;
}
