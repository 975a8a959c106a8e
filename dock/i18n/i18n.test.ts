import { describe, expect, test } from 'vitest';
import { en } from './en.ts';
import { enDetails } from './en-details.ts';
import { enHelp } from './en-help.ts';
import { enSettings } from './en-settings.ts';
import { fr } from './fr.ts';
import { frDetails } from './fr-details.ts';
import { frHelp } from './fr-help.ts';
import { frSettings } from './fr-settings.ts';
import { pickLanguage } from './language.ts';
import { plural } from './plural.ts';

describe('plurals', () => {
  test.each([
    ['en', 0, '0 files'],
    ['en', 1, '1 file'],
    ['en', 2, '2 files'],
    ['en', 1_000_000, '1,000,000 files'],
  ] as const)('%s %i', (language, n, text) => {
    expect(plural(language, en.sessions.files, n)).toBe(text);
  });
  test.each([
    ['fr', 0, '0 fichier'],
    ['fr', 1, '1 fichier'],
    ['fr', 2, '2 fichiers'],
    ['fr', 1_000_000, '1\u202f000\u202f000 de fichiers'],
  ] as const)('%s %i', (language, n, text) => {
    expect(plural(language, fr.sessions.files, n)).toBe(text);
  });
});

describe('the language', () => {
  test.each<[string, Parameters<typeof pickLanguage>, string]>([
    ['chosen here wins', ['fr', 'en', ['en']], 'fr'],
    ['set in the settings comes next', [null, 'fr', ['en']], 'fr'],
    ['is the browser’s where the setting leaves it open', [null, 'auto', ['fr-CA', 'en']], 'fr'],
    ['is the browser’s before the agent answered', [null, undefined, ['fr']], 'fr'],
    ['is the first of the browser’s that the dock has', [null, 'auto', ['de', 'en-GB', 'fr']], 'en'],
    ['is English where the dock has none of them', [null, 'auto', ['de', 'frr']], 'en'],
  ])('%s', (_, args, language) => {
    expect(pickLanguage(...args)).toBe(language);
  });
});

/** Every text, functions called with their own placeholders, by its path. */
function flat(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [[path, String(value('‹1›', '‹2›'))]];
  return Object.entries(Object(value)).flatMap(([key, inner]) => flat(inner, `${path}/${key}`));
}

describe('the French texts', () => {
  const french = new Map(flat({ page: fr, details: frDetails, help: frHelp, settings: frSettings }));
  test.each(flat({ page: en, details: enDetails, help: enHelp, settings: enSettings }))(
    '%s carries the same values as the English',
    (path, english) => {
      const text = french.get(path);
      expect(text?.match(/‹\d›/g)?.sort()).toEqual(english.match(/‹\d›/g)?.sort());
      expect(text).not.toBe('');
    },
  );
});
