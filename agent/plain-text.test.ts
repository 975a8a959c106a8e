import { describe, expect, test } from 'vitest';
import { plainLines, plainText } from './plain-text.ts';

describe('what a terminal or a reader would fall for is taken out', () => {
  test.each([
    ['a colour', '32.2\u001b[31m', '32.2 [31m'],
    ['a window’s title', '\u001b]0;owned\u0007x', ' ]0;owned x'],
    ['a sequence of one byte', 'a\u009b2Jb', 'a 2Jb'],
    ['lines', 'a\r\nb\u2028c', 'a b c'],
    ['a name turned around', 'film\u202e4pm.exe', 'film4pm.exe'],
    ['isolates and marks', '\u2066a\u2069\u200fb\u061c', 'ab'],
    ['half a character', 'a\ud83d', 'a\ufffd'],
  ])('%s', (_, text, plain) => expect(plainText(text)).toBe(plain));
});

describe('names stay', () => {
  test.each(['Zoé – Été 2026', 'مقابلة مع سارة', 'שיעור 1', '👩‍👩‍👧‍👦 family', '🏳️‍🌈 🏴󠁧󠁢󠁥󠁮󠁧󠁿', 'क्‍ष می‌خواهم', 'レッスン１'])(
    '%s',
    (name) => {
      expect(plainText(name)).toBe(name);
      expect(plainLines(name)).toBe(name);
    },
  );
});

test('lines stay lines where there are several', () => {
  expect(plainLines('Error: a\n\tat b\u001b[2J\u202e')).toBe('Error: a\n\tat b [2J');
});
