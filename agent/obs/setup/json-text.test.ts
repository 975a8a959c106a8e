import { expect, test } from 'vitest';
import { insertPart, removePart, replacePart, setMember } from './json-text.ts';

test.each<[string, string]>([
  ['{}', '{"on": true}'],
  ['{"a":1}', '{"a":1, "on": true}'],
  ['{"a":1,"b":2}', '{"a":1,"b":2,"on": true}'],
  ['{"on":false,"a":1}', '{"on":true,"a":1}'],
  ['{"on" :\t"x" }', '{"on" :\ttrue }'],
  [
    '{\r\n    "a": {"on": 1},\r\n    "b": "},{\\""\r\n}',
    '{\r\n    "a": {"on": 1},\r\n    "b": "},{\\"",\r\n    "on": true\r\n}',
  ],
  ['{"\\u006fn":1,"a":[1,{}]}', '{"\\u006fn":true,"a":[1,{}]}'],
  ['{"on":1,"on":2}', '{"on":1,"on":true}'],
])('%s becomes %s', (before, after) => {
  expect(setMember(before, 'on', true)).toBe(after);
  expect(JSON.parse(after)).toMatchObject({ on: true });
});

test.each<[string, string, string]>([
  ['[]', '[1]', '[]'],
  [' [ ] ', ' [1 ] ', ' [ ] '],
  ['[{"a":"]"}]', '[{"a":"]"}, 1]', '[]'],
  ['[0,{"a":[1,2]}]', '[0,{"a":[1,2]},1]', '[{"a":[1,2]}]'],
])('%s with another one is %s, without the first %s', (before, inserted, removed) => {
  expect(insertPart(before, '1')).toBe(inserted);
  expect(removePart(before, 0)).toBe(removed);
});

test('one of several is replaced, or goes, and the others stay as they are written', () => {
  expect(replacePart('[ 1, {"a" : 2} ,3]', 1, '{}')).toBe('[ 1, {} ,3]');
  expect(removePart('[ 1, {"a" : 2} ,3]', 1)).toBe('[ 1 ,3]');
  expect(removePart('[ 1, {"a" : 2} ,3]', 2)).toBe('[ 1, {"a" : 2}]');
  expect(removePart('[1]', 5)).toBe('[1]');
});
