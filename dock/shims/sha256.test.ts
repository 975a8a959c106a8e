import { createHash, createHmac, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import base64 from './base64.ts';
import { hmac, sha256 } from './sha256.ts';

describe('sha256 in base64', () => {
  // Around the ends of blocks, where padding needs another block, and beyond one byte a character.
  const texts = [
    '',
    'abc',
    'mot de passe – été 🎬',
    ...[54, 55, 56, 57, 63, 64, 65, 119, 120, 1000].map((n) => 'é'.repeat(n)),
  ];
  test.each([...texts, ...Array.from({ length: 130 }, (_, n) => 'x'.repeat(n))])('is Node’s own: %j', (text) => {
    expect(base64.stringify(sha256(text))).toBe(createHash('sha256').update(text).digest('base64'));
  });
});

test.each(['', 'k', randomBytes(32).toString('base64url'), 'x'.repeat(64)])(
  'hmac is Node’s own with the key %j',
  (key) => {
    for (const text of ['', 'agent http://127.0.0.1:5002 n m', 'é'.repeat(100)]) {
      expect(hmac(key, text)).toBe(createHmac('sha256', key).update(text).digest('base64'));
    }
  },
);
