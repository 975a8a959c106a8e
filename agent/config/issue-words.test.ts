import { expect, test } from 'vitest';
import * as z from 'zod';
import { manualUploadSchema } from '../../shared/api.ts';
import { settingsChangeSchema } from '../../shared/settings.ts';
import { issueField, issueReason } from './issue-words.ts';

function firstIssue(schema: z.ZodType, value: unknown) {
  const issue = schema.safeParse(value).error?.issues[0];
  if (issue === undefined) throw new Error('was taken');
  return issue;
}

test.each<[z.ZodType, unknown, string, string]>([
  [z.string(), 1, 'must be a text', 'doit être un texte'],
  [z.number(), 'x', 'must be a number', 'doit être un nombre'],
  [z.int(), 1.5, 'must be a whole number', 'doit être un nombre entier'],
  [z.boolean(), 'yes', 'must be true or false', 'doit être true ou false'],
  [z.object({}), [], 'must be a JSON object', 'doit être un objet JSON'],
  [z.enum(['a', 'b']), 'c', 'must be one of a, b', 'doit être l’un de a, b'],
  [z.number().min(1), 0, 'must be at least 1', 'doit être au moins 1'],
  [z.number().max(10), 11, 'must be at most 10', 'doit être au plus 10'],
  [z.string().min(1), '', 'must not be empty', 'ne doit pas être vide'],
  [z.string().min(2), 'a', 'must have at least 2 characters', 'doit avoir au moins 2 caractères'],
  [z.string().max(2), 'abc', 'must have at most 2 characters', 'doit avoir au plus 2 caractères'],
  [z.strictObject({}), { a: 1 }, 'is not known here', 'est inconnu ici'],
  [z.iso.datetime(), 'now', 'is not valid', 'n’est pas valide'],
  [z.union([z.string(), z.number()]), true, 'is not valid', 'n’est pas valide'],
])('%# says in both languages: %3$s', (schema, value, english, french) => {
  const issue = firstIssue(schema, value);
  expect(issueReason(issue)).toBe(english);
  expect(issueReason(issue, 'fr')).toBe(french);
});

// Every schema of ours that has words of its own.
test.each<[z.ZodType, unknown]>([
  [settingsChangeSchema, { processingUrl: 'x' }],
  [settingsChangeSchema, { uploadEndpoint: 'x' }],
  [settingsChangeSchema, { statusEndpoint: '/a b' }],
  [settingsChangeSchema, { obsHost: 'a b' }],
  [settingsChangeSchema, { processingApiKey: 'a b' }],
  [manualUploadSchema, {}],
])('the own words of a schema are there in French too: %# %j', (schema, value) => {
  const issue = firstIssue(schema, value);
  expect(issueReason(issue)).toBe(issue.message);
  expect(issueReason(issue, 'fr')).not.toBe(issue.message);
});

test('names the field, however deep, or the whole', () => {
  const schema = z.strictObject({ a: z.strictObject({ b: z.array(z.number()) }) });
  expect(issueField(firstIssue(schema, { a: { b: [1, 'x'] } }), 'body')).toBe('a.b.1');
  expect(issueField(firstIssue(schema, { a: { b: [], c: 1 } }), 'body')).toBe('a.c');
  expect(issueField(firstIssue(schema, 7), 'body')).toBe('body');
  expect(issueField(firstIssue(schema, { a: { b: [] }, ['x'.repeat(5000)]: 1 }), 'body')).toHaveLength(100);
});
