import { describe, expect, test } from 'vitest';
import { iniValues, updateIni } from './ini-text.ts';

const set = (text: string, value: string | null): string =>
  updateIni(Buffer.from(text, 'latin1'), 'BasicWindow', 'Docks', () => value).toString('latin1');

test.each<[string, string, string]>([
  ['an empty file', '', '[BasicWindow]\nDocks=x\n'],
  ['only a byte order mark', '\xef\xbb\xbf', '\xef\xbb\xbf[BasicWindow]\nDocks=x\n'],
  ['another section', '[A]\nB=1\n', '[A]\nB=1\n\n[BasicWindow]\nDocks=x\n'],
  ['no end of the last line', '[A]\nB=1', '[A]\nB=1\n\n[BasicWindow]\nDocks=x\n'],
  ['the section, and blank lines behind it', '[BasicWindow]\nA=1\n\n\n[B]\n', '[BasicWindow]\nA=1\nDocks=x\n\n\n[B]\n'],
  ['the section at the end of the file', '[BasicWindow]', '[BasicWindow]\nDocks=x'],
  ['CRLF', '[BasicWindow]\r\nA=1\r\n', '[BasicWindow]\r\nA=1\r\nDocks=x\r\n'],
  ['CR', '[BasicWindow]\rA=1\r', '[BasicWindow]\rA=1\rDocks=x\r'],
  ['the value', '[BasicWindow]\r\n Docks = y \r\nA=1', '[BasicWindow]\r\nDocks=x\r\nA=1'],
  ['an empty value', '[BasicWindow]\nDocks=\n', '[BasicWindow]\nDocks=x\n'],
  ['a comment that looks like it', '[BasicWindow]\n#Docks=y\n', '[BasicWindow]\n#Docks=y\nDocks=x\n'],
  ['bytes that are no text', '[BasicWindow]\n\xff\xfe=\xe9\n', '[BasicWindow]\n\xff\xfe=\xe9\nDocks=x\n'],
  [
    'the section twice, as old and as new OBS read',
    '[BasicWindow]\nA=1\n[BasicWindow]\nB=1\n',
    '[BasicWindow]\nA=1\nDocks=x\n[BasicWindow]\nB=1\nDocks=x\n',
  ],
  [
    'the section in another case, which only old OBS reads',
    '[basicwindow]\nA=1\n[BasicWindow]\nB=1\n',
    '[basicwindow]\nA=1\nDocks=x\n[BasicWindow]\nB=1\nDocks=x\n',
  ],
  ['the value twice', '[BasicWindow]\nDocks=y\nDocks=z\n', '[BasicWindow]\nDocks=x\nDocks=z\n'],
])('%s', (_, before, after) => {
  expect(set(before, 'x')).toBe(after);
});

test('a value that goes takes its line with it', () => {
  expect(set('[BasicWindow]\r\nDocks=y\r\nA=1\r\n', null)).toBe('[BasicWindow]\r\nA=1\r\n');
});

test.each(['a\\b', 'a\rb\nc', '\\n', 'é 🎬 = [x] "y" # z'])('%j comes back as it was', (value) => {
  const bytes = updateIni(Buffer.alloc(0), 'A', 'B', () => value);
  expect(bytes.toString('utf8').split('\n')).toHaveLength(3);
  expect(iniValues(bytes, 'A', 'B')).toEqual([value]);
});

describe('what stays', () => {
  test('the same value changes no byte', () => {
    const text = '[BasicWindow]\n  Docks=a\\b \n';
    expect(updateIni(Buffer.from(text), 'BasicWindow', 'Docks', (value) => value).toString()).toBe(text);
  });
});
