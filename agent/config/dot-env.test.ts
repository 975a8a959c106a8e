import { describe, expect, test } from 'vitest';
import { parseDotEnv } from './dot-env.ts';

/** What PASS is in a file of this text. */
const pass = (text: string): string | undefined => parseDotEnv(text).get('PASS');

describe('a value', () => {
  test.each([
    ['PASS=word', 'word'],
    ['PASS=my#pass', 'my#pass'],
    ['PASS=#pass', '#pass'],
    ['PASS=a#b#c # not this', 'a#b#c'],
    ['PASS=my #pass', 'my'],
    ['PASS=my\t#pass', 'my'],
    ['PASS= # nothing', ''],
    ['PASS=', ''],
    ['PASS =  word  ', 'word'],
    ['  PASS=word', 'word'],
    ['export PASS=word', 'word'],
    ['export  PASS = word', 'word'],
    ['PASS: word', 'word'],
    ['PASS="my # pass"', 'my # pass'],
    ["PASS='my # pass'", 'my # pass'],
    ['PASS=`my # "pass"`', 'my # "pass"'],
    ['PASS="word" # not this', 'word'],
    ['PASS="word"# not this', 'word'],
    ['PASS="  both ends  "', '  both ends  '],
    ['PASS="a\\nb"', 'a\nb'],
    ["PASS='a\\nb'", 'a\\nb'],
    ['PASS=a\\nb', 'a\\nb'],
    ['PASS="a\nb # c\nd"', 'a\nb # c\nd'],
    ['PASS="say \\"hi\\""', 'say \\"hi\\"'],
    ['PASS="a" b', '"a" b'],
    ['PASS="unclosed', '"unclosed'],
    ["PASS='it's'", "it's"],
    ["PASS=it's", "it's"],
    ['PASS="', '"'],
    ['PASS=a=b=c', 'a=b=c'],
    ['PASS=C:\\new\\r', 'C:\\new\\r'],
    ['PASS=pä ß', 'pä ß'],
    ['PASS=one\nPASS=two', 'two'],
    ['PASS=one\nPASS=', ''],
    ['PASS=word\r\nX=1\r\n', 'word'],
    ['X=1\rPASS=word\r', 'word'],
    ['# PASS=no\nPASS=word', 'word'],
  ])('%j is %j', (text, value) => {
    expect(pass(text)).toBe(value);
  });
});

test.each(['PASS', '#PASS=no', ' # PASS=no', '=no', 'PA SS=no', 'exportPASS=no', 'PASS:no'])(
  '%j sets nothing',
  (text) => {
    expect(pass(text)).toBeUndefined();
  },
);

test('lines do not run into each other', () => {
  expect([...parseDotEnv('A=\nB=\n\nC="x\nD=y\nE=1\nbare\nF=2\n')]).toEqual([
    ['A', ''],
    ['B', ''],
    ['C', '"x'],
    ['D', 'y'],
    ['E', '1'],
    ['F', '2'],
  ]);
});

test('a large file of quotes and backslashes takes no time', () => {
  const began = performance.now();
  parseDotEnv(`PASS="${'\\"'.repeat(20_000)}\nX='${"\\'".repeat(20_000)}\n`);
  expect(performance.now() - began).toBeLessThan(5000);
});
