import { describe, expect, test } from 'vitest';
import { errorInfo, languages } from '../shared/errors.ts';
import { DockError, errorSentence, localiseError, type OwnErrorCode, ownError } from './errors.ts';
import { enErrors } from './i18n/en-errors.ts';
import { frErrors } from './i18n/fr-errors.ts';

const codes = Object.keys(enErrors) as OwnErrorCode[];
const words = { en: enErrors, fr: frErrors };
/** The common table has ordinary blanks where the dock forbids a line to break. */
const plain = (text = ''): string => text.replaceAll('\u00a0', ' ');

describe.each(languages)('the dock’s own errors (%s)', (language) => {
  test.each(codes)('%s has the words of the common table', (code) => {
    const common = errorInfo(code, { reason: 'why' }, language);
    const own = localiseError(ownError(code, { reason: 'why' }), words[language]);
    expect([own.message, own.fix].map(plain)).toEqual([common.message, common.fix].map(plain));
  });
});

describe('an error that only the agent knows', () => {
  test('keeps the words that it came with', () => {
    const info = { code: 'constructor', message: 'Venu de l’agent.', fix: 'Ceci.' };
    expect(localiseError(info, enErrors)).toEqual(info);
    expect(errorSentence(info, enErrors)).toBe('Venu de l’agent. Ceci.');
  });
  test('in French cannot break before a mark or after «', () => {
    const info = { code: 'x', message: 'Refusé : le bucket « a b » ; {date}' };
    expect(localiseError(info, frErrors).message).toBe('Refusé\u00a0: le bucket «\u00a0a b\u00a0»\u00a0; {date}');
  });
});

test('a thrown error carries its info', () => {
  expect(new DockError('obs_refused', { reason: '600' }).info).toEqual(ownError('obs_refused', { reason: '600' }));
});
