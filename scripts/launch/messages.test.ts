import { describe, expect, test } from 'vitest';
import { LaunchError, language, message, tables } from './messages.mjs';

describe('language', () => {
  test.each([
    [{ LANG: 'fr_FR.UTF-8' }, 'en-US', 'fr'],
    [{ LC_ALL: 'fr_CA', LANG: 'en_US.UTF-8' }, 'en-US', 'fr'],
    [{ LC_ALL: 'C', LANG: 'fr_FR.UTF-8' }, 'fr-FR', 'en'],
    [{ LANG: 'de_DE.UTF-8' }, 'fr-FR', 'en'],
    [{}, 'fr-FR', 'fr'],
    [{}, 'en-GB', 'en'],
  ] as const)('%j on a %s system → %s', (env, locale, expected) => {
    expect(language(env, locale)).toBe(expected);
  });
});

describe('message', () => {
  test('fills in the values', () => {
    expect(message('unknownCommand', { name: 'x', commands: 'start, test' }, 'en')).toBe(
      'Unknown command "x". Commands: start, test.',
    );
  });

  test('says the same things with the same values in both languages', () => {
    const slots = (table: Record<string, string>): [string, string[]][] =>
      Object.entries(table).map(([key, text]) => [key, [...(text.match(/\{\w+\}/g) ?? [])].sort()]);
    expect(slots(tables.fr)).toEqual(slots(tables.en));
  });
});

describe('LaunchError', () => {
  test('carries its code beside the sentence', () => {
    const error = new LaunchError('npmSpace', { detail: 'ENOSPC' });
    expect(error.code).toBe('npmSpace');
    expect(error.message).toContain('(ENOSPC)');
  });
});
