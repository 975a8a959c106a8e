/** Bytes that others wrote, as text. */

/**
 * UTF-8, or UTF-16 where its byte order mark says so, as Windows PowerShell 5 writes files. No mark is left in the text; what
 * is no valid text becomes U+FFFD. https://encoding.spec.whatwg.org/#bom-sniff
 */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

/** A text that was decoded elsewhere, without the byte order mark that may have stayed at its beginning. */
export const withoutMark = (text: string): string => text.replace(/^\uFEFF/, '');

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}
