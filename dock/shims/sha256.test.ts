import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import base64 from './base64.ts';
import { sha256 } from './sha256.ts';

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
