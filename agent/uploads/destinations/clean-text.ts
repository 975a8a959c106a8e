/** The words of others, made safe to show. */
// Tests: processing/http/http-failure.test.ts

/** In characters. */
const longestText = 300;

/** A foreign text as one line of at most 300 characters, without control and format characters. */
export function cleanText(text: string): string {
  const line = text
    .slice(0, 10 * longestText)
    .toWellFormed()
    // A server may repeat the link that it was given to fetch a file from, which is as good as a key.
    .replace(/(https?:\/\/[^\s?#"']*)[?#][^\s"']*/gi, '$1')
    .replace(/x-amz-[\w-]+(=|%3d)[^\s&"']*/gi, '…')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  const characters = [...line];
  return characters.length <= longestText ? line : `${characters.slice(0, longestText - 1).join('')}…`;
}
