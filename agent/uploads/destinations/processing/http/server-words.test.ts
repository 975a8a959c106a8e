import { expect, test } from 'vitest';
import { serverDetail } from './server-words.ts';

test.each([
  // FastAPI
  ['{"detail": "Too big"}', 'Too big'],
  ['{"detail": [{"loc": ["body", "priority"], "msg": "Not a number", "type": "int"}]}', 'body.priority: Not a number'],
  ['{"detail": [{"loc": ["body", 0], "msg": "A"}, {"loc": "odd", "msg": "B"}]}', 'body.0: A; odd: B'],
  // Express, Spring, Flask, Laravel, Rails, OAuth, RFC 9457, AWS, Google, JSON:API, GraphQL
  ['{"error": "Too big"}', 'Too big'],
  ['{"error": {"message": "Too big", "code": 7}}', 'Too big'],
  ['{"error": {"code": "quota_exceeded"}}', 'quota_exceeded'],
  ['{"message": "Too big"}', 'Too big'],
  ['{"Message": "Too big"}', 'Too big'],
  ['{"msg": "Too big"}', 'Too big'],
  ['{"title": "Too big"}', 'Too big'],
  ['{"title": "No credit", "detail": "30 are left, 50 are needed"}', '30 are left, 50 are needed; No credit'],
  ['{"status": 400, "error": "Bad Request", "message": "file is missing"}', 'file is missing; Bad Request'],
  ['{"message": "Bad Request", "error": "Bad Request"}', 'Bad Request'],
  ['{"errors": ["A", "B"]}', 'A; B'],
  ['{"errors": [{"message": "A"}, {"title": "T", "detail": "B"}]}', 'A; B; T'],
  [
    '{"message": "Invalid", "errors": {"file": ["is missing"], "priority": ["a", "b"]}}',
    'Invalid; file: is missing; priority: a; priority: b',
  ],
  ['{"errors": [{"field": "priority", "message": "too high"}]}', 'priority: too high'],
  ['{"error": "invalid_grant", "error_description": "The key is old"}', 'The key is old; invalid_grant'],
  ['{"success": false, "error": "Too big"}', 'Too big'],
  ['{"success": false, "data": {"message": "Too big"}}', 'Too big'],
  ['{"response": {"error": {"reason": "Too big"}}}', 'Too big'],
  ['[{"message": "Too big"}]', 'Too big'],
  ['"Too big"', 'Too big'],
  ['\uFEFF{"error": "Too big"}', 'Too big'],
  // Texts and pages
  ['Too big', 'Too big'],
  ['\n  Too big:\n  30 MB at most\n', 'Too big: 30 MB at most'],
  ['<html><head><title>413 Request Entity Too Large</title></head></html>', '413 Request Entity Too Large'],
  ['<!DOCTYPE html>\n<TITLE lang="en">\nGone </TITLE>', 'Gone'],
  // Nothing to say
  ['{"detail": {"a": 1}}', ''],
  ['{"detail": []}', ''],
  ['{"detail": null, "error": false, "errors": {}}', ''],
  ['{"error": true, "code": 5}', ''],
  ['{"detail": "Too b', ''],
  ['[1, 2', ''],
  ['<html>', ''],
  ['\u0000\u0001binary', ''],
  ['', ''],
  ['null', ''],
  ['7', ''],
  // Bounds
  ['{"detail": "line\\r\\n\\u0000two\\u202e\\u001b[31m"}', 'line two [31m'],
  ['{"__proto__": {"message": "no"}, "constructor": "no"}', ''],
  [`${'{"error":'.repeat(50)}"deep"${'}'.repeat(50)}`, ''],
])('%j says %j', (text, words) => {
  expect(serverDetail(text, null)).toBe(words);
});

test.each(['{"error": "k3y-1 is wrong"}', 'k3y-1 is wrong', '<title>k3y-1 is wrong</title>'])(
  'the key in %j is not repeated',
  (text) => {
    expect(serverDetail(text, 'k3y-1')).toBe('… is wrong');
  },
);

test('words are few and short, however many there are', () => {
  const errors = Array.from({ length: 10_000 }, (_, index) => ({ message: `${index} ${'x'.repeat(1000)}` }));
  expect([...serverDetail(JSON.stringify({ errors }), null)]).toHaveLength(300);
  expect([...serverDetail('x'.repeat(1_000_000), null)]).toHaveLength(300);
});
