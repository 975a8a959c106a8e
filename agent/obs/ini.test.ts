import { describe, expect, test } from 'vitest';
import { iniFlag, parseIni } from './ini.ts';

const value = (written: string): string | undefined => parseIni(`[S]\nName=${written}\nNext=1\n`).get('S')?.get('Name');

describe('a value is what OBS has in memory', () => {
  test.each([
    ['pa\\\\ss', 'pa\\ss'],
    ['\\\\n', '\\n'],
    ['\\\\\\n', '\\\n'],
    ['a\\rb\\nc', 'a\rb\nc'],
    ['  both ends  ', '  both ends  '],
    ['\ttab\t', '\ttab\t'],
    ['a=b=c', 'a=b=c'],
    ['#no ;comment', '#no ;comment'],
    ['"quoted"', '"quoted"'],
    ['[no title]', '[no title]'],
    ['\\t\\"', '\\t\\"'],
    ['ends with \\', 'ends with \\'],
    ['C:\\\\Users\\\\nora', 'C:\\Users\\nora'],
    ['', ''],
  ])('%j is %j', (written, meant) => {
    expect(value(written)).toBe(meant);
  });
});

test.each([
  ['Windows’', '\uFEFF[A]\r\nx= 1 \r\n\r\n[B]\r\ny=2\r\n'],
  ['Unix’', '[A]\nx= 1 \n[B]\ny=2'],
  ['old Macs’', '[A]\rx= 1 \r[B]\ry=2\r'],
  ['indented', '  [A]\n\tx= 1 \n  # y=3\n [B]\n  y=2\n'],
])('%s files are read', (_, text) => {
  const sections = parseIni(text);
  expect(sections.get('A')).toEqual(new Map([['x', ' 1 ']]));
  expect(sections.get('B')).toEqual(new Map([['y', '2']]));
});

test('what is before the first section, without a name or a comment is passed over', () => {
  expect(parseIni('x=1\n[A]\n=2\n#y=3\nnonsense\n').get('A')).toEqual(new Map());
});

test.each([
  ['true', true],
  ['True', true],
  ['1', true],
  ['false', false],
  ['0', false],
  ['', false],
  ['yes', false],
])('OBS reads the flag %j as %s', (text, flag) => {
  expect(iniFlag(text)).toBe(flag);
});
