/**
 * SHA-256 (FIPS 180-4), for obs-websocket's password challenge and the agent's. obs-websocket-js needs the hash synchronously,
 * which the browser's own `crypto.subtle` cannot give; on a page of another machine's agent, which is no secure context, that is
 * not there at all; and crypto-js is five times as large.
 */
import base64 from './base64.ts';

/** The first 32 bits of a number's fractional part. */
const fraction = (value: number): number => (value % 1) * 2 ** 32;

// §4.2.2 and §5.3.3: of the cube roots of the first 64 primes, and of the square roots of the first 8.
const primes: number[] = [];
for (let value = 2; primes.length < 64; value++) {
  if (primes.every((prime) => value % prime !== 0)) primes.push(value);
}
const roundConstants = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
const initialHash = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));

/** A word rotated to the right by each of these numbers of bits, combined by exclusive or. */
const mix = (word: number, ...by: number[]): number =>
  by.reduce((mixed, bits) => mixed ^ (word >>> bits) ^ (word << (32 - bits)), 0);

/** The hash of bytes, or of a text in UTF-8: 32 bytes. */
export function sha256(content: string | readonly number[]): Uint8Array {
  const message = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const padded = new Uint8Array((((message.length + 8) >> 6) + 1) * 64);
  padded.set([...message, 0x80]);
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 4, message.length * 8);
  // Typed arrays wrap to 32 bits. Every index below is within them, which the compiler cannot know: hence `at`.
  const hash = initialHash.slice();
  const words = new Int32Array(64);
  const at = (array: Int32Array, index: number): number => array[index] as number;
  for (let start = 0; start < padded.length; start += 64) {
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = hash;
    for (let round = 0; round < 64; round++) {
      const [near, far] = [at(words, round - 2), at(words, round - 15)];
      words[round] =
        round < 16
          ? view.getInt32(start + round * 4)
          : at(words, round - 16) +
            at(words, round - 7) +
            (mix(far, 7, 18) ^ (far >>> 3)) +
            (mix(near, 17, 19) ^ (near >>> 10));
      const first = h + mix(e, 6, 11, 25) + ((e & f) ^ (~e & g)) + at(roundConstants, round) + at(words, round);
      const second = mix(a, 2, 13, 22) + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
    }
    for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) hash[index] = at(hash, index) + word;
  }
  const bytes = new DataView(new ArrayBuffer(32));
  for (const [index, word] of hash.entries()) bytes.setInt32(index * 4, word);
  return new Uint8Array(bytes.buffer);
}

/** HMAC-SHA-256 (RFC 2104) of a text. @param key of ASCII, at most 64 characters @returns base64 */
export function hmac(key: string, text: string): string {
  // Beyond the key's end is NaN, which counts as 0 here.
  const padded = (by: number): number[] => Array.from({ length: 64 }, (_, index) => key.charCodeAt(index) ^ by);
  return base64.stringify(sha256([...padded(0x5c), ...sha256([...padded(0x36), ...new TextEncoder().encode(text)])]));
}

// biome-ignore lint/style/noDefaultExport: obs-websocket-js imports it so, from crypto-js/sha256.js
export default sha256;
