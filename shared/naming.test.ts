import { describe, expect, test } from 'vitest';
import { StreamAIError } from './errors.ts';
import { checkSessionName, searchKey, sessionNameLimit, toSessionName, uniqueName } from './naming.ts';

const codeOf = (name: string): string => {
  try {
    checkSessionName(name);
    return 'accepted';
  } catch (error) {
    if (error instanceof StreamAIError) return error.code;
    throw error;
  }
};

const refused: [string, string][] = [
  ['', 'session_name_empty'],
  [' \t ', 'session_name_empty'],
  ['../../x', 'session_name_invalid'],
  ['a/b', 'session_name_invalid'],
  ['a\\b', 'session_name_invalid'],
  ['C:', 'session_name_invalid'],
  ['what?', 'session_name_invalid'],
  ['a\u0000b', 'session_name_invalid'],
  ['a\nb', 'session_name_invalid'],
  ['abc\u202egpj', 'session_name_invalid'],
  ['lone \ud800 half', 'session_name_invalid'],
  ['.', 'session_name_invalid'],
  ['.hidden', 'session_name_invalid'],
  ['ends.', 'session_name_invalid'],
  ['CON', 'session_name_reserved'],
  ['con.mkv', 'session_name_reserved'],
  ['LPT1', 'session_name_reserved'],
  ['com¹', 'session_name_reserved'],
  ['🎬🎬', 'session_name_invalid'],
  ['— !', 'session_name_invalid'],
  ['x'.repeat(10_000), 'session_name_too_long'],
  ['x'.repeat(81), 'session_name_too_long'],
  ['𝒳'.repeat(60), 'session_name_too_long'],
];
test.each(refused)('refuses %j: %s', (name, code) => {
  expect(codeOf(name)).toBe(code);
});

const accepted: [string, string][] = [
  ['Interview', 'Interview'],
  ['  Leçon 3 — été ', 'Leçon 3 — été'],
  ['Le\u0301on', 'Léon'],
  ['日本語の授業', '日本語の授業'],
  ['Stream 🎮 finale', 'Stream 🎮 finale'],
  ['family 👨‍👩‍👧 1', 'family 👨‍👩‍👧 1'],
  ['100 % done & dusted #1', '100 % done & dusted #1'],
  ['console', 'console'],
  ['x'.repeat(80), 'x'.repeat(80)],
];
test.each(accepted)('accepts %j', (name, kept) => {
  expect(checkSessionName(name)).toBe(kept);
});

describe('a name that is made', () => {
  test('is always one that would be accepted', () => {
    for (const [name] of refused) expect(codeOf(toSessionName(name))).toBe('accepted');
    for (const [name] of accepted) expect(codeOf(toSessionName(name))).toBe('accepted');
  });
});

test('a taken name gets a number and stays within the limit', () => {
  const taken = new Set(['a', 'a (2)', 'x'.repeat(80)]);
  const isTaken = (name: string): boolean => taken.has(name);
  expect(uniqueName('b', isTaken)).toBe('b');
  expect(uniqueName('a', isTaken)).toBe('a (3)');
  const long = uniqueName('x'.repeat(80), isTaken);
  expect(long).toBe(`${'x'.repeat(76)} (2)`);
  expect(long.length).toBe(sessionNameLimit);
});

test.each([
  ['Été à l’École', 'ete a l’ecole'],
  ['Łódź — ŒUVRE ﬁne', 'łodz — œuvre fine'],
  ['ＡＢＣ ①', 'abc 1'],
  ['a\u0000b', 'a b'],
  ['Straße ΟΔΟΣ', 'strasse οδοσ'],
  ['한국어 日本語', '한국어 日本語'.normalize('NFKD').replace(/\p{M}/gu, '')],
])('“%s” is searched without case, accents and widths', (text, key) => {
  expect(searchKey(text)).toBe(key);
  expect(searchKey(text.normalize('NFD').toUpperCase().toLowerCase())).toBe(key);
});
