import { expect, test } from 'vitest';
import { parseMarkTime } from './mark-time.ts';

test.each([
  ['5', 5000],
  ['02:03', 123_000],
  [' 1:02:03 ', 3_723_000],
  ['100:00:00', 360_000_000],
  ['', null],
  ['1:60', null],
  ['61:00', null],
  ['1:2:3:4', null],
  ['1,5', null],
  ['-5', null],
])('“%s” is %s ms', (text, ms) => {
  expect(parseMarkTime(text)).toBe(ms);
});
