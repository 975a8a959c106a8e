import { describe, expect, test } from 'vitest';
import { StreamAIError } from '../shared/errors.ts';
import { errorSentence, terminalLanguage } from './terminal.ts';

describe('the terminal’s language', () => {
  test.each([
    [{ LANG: 'fr_FR.UTF-8' }, 'en-US', 'fr'],
    [{ LC_ALL: 'C', LANG: 'fr_FR.UTF-8' }, 'fr-FR', 'en'],
    [{ LC_ALL: '', LC_MESSAGES: 'fr_CA', LANG: 'en_US' }, 'en-US', 'fr'],
    [{ LANG: 'de_DE.UTF-8' }, 'fr-FR', 'en'],
    [{}, 'fr-FR', 'fr'],
    [{}, 'en-GB', 'en'],
  ] as const)('%j on a %s system → %s', (env, locale, expected) => {
    expect(terminalLanguage(env, () => locale)).toBe(expected);
  });

  test('is the system’s own where nothing is said, and that is looked up only then', () => {
    const { locale } = Intl.DateTimeFormat().resolvedOptions();
    expect(terminalLanguage({})).toBe(locale.startsWith('fr') ? 'fr' : 'en');
    const notAsked = (): string => {
      throw new Error('asked');
    };
    expect(terminalLanguage({ LANG: 'fr_FR.UTF-8' }, notAsked)).toBe('fr');
  });
});

describe('a failure as one sentence', () => {
  test('has the message and the fix, and no line break', () => {
    const sentence = errorSentence(new StreamAIError('port_in_use', { port: 5002 }));
    expect(sentence).toContain('5002');
    expect(sentence).toContain('AGENT_PORT');
    expect(sentence).not.toContain('\n');
  });

  test('tells nothing of what it was not made for', () => {
    expect(errorSentence(new Error('secret detail'))).not.toContain('secret');
  });
});
