/**
 * Whether a password of OBS could be guessed. What obs-websocket sends to prove it is a SHA-256 over it, a salt and a challenge
 * (docs/generated/protocol.md, Creating an authentication string): whoever takes OBS's port before OBS chooses both, and can try as many
 * guesses as it likes by itself, billions in a second. OBS's own passwords have 16 characters of 62 kinds, about 95 bits.
 */

/** About what a year of one graphics card tries (2^58), and as much again for luck. */
const leastBits = 60;
const kinds: readonly (readonly [RegExp, number])[] = [
  [/[a-z]/, 26],
  [/[A-Z]/, 26],
  [/[0-9]/, 10],
  [/[^a-zA-Z0-9]/, 32],
];

export function isWeakPassword(password: string): boolean {
  const alphabet = kinds.reduce((sum, [kind, size]) => sum + (kind.test(password) ? size : 0), 0);
  const different = new Set(password).size;
  // aaaaaaaaaaaaaaaa is long and no better than a.
  const length = Math.min(password.length, different * 2);
  return length * Math.log2(Math.max(alphabet, 1)) < leastBits;
}
