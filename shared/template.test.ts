import { describe, expect, test } from 'vitest';
import { sessionNameLimit } from './naming.ts';
import { fillTemplate, nameFromTemplate, templateFields } from './template.ts';

const at = new Date(2026, 10, 22, 9, 5, 7);

describe('own fields', () => {
  test('are the words that StreamAI does not fill by itself, each once, in order', () => {
    expect(templateFields('{client} {date} – {projet_été}-{client} {take}{scene}{time}{profile}{counter}')).toEqual([
      'client',
      'projet_été',
    ]);
  });

  test('are no braces with anything else in them', () => {
    expect(templateFields('{} { a } {a b} {{x}} {<b>} {.} {a')).toEqual(['x']);
    expect(templateFields(`{${'x'.repeat(41)}}`)).toEqual([]);
  });
});

describe('an empty value goes with the separators around it', () => {
  const fill = (template: string, values: Record<string, string>): string => fillTemplate(template, (w) => values[w]);
  test.each([
    ['{a} - {b} - {c}', 'X - Z'],
    ['{b} - {a}', 'X'],
    ['{a} - {b}', 'X'],
    ['{b}', ''],
    ['{b} - {b}_{b}', ''],
    ['{a} ({b}) {c}', 'X Z'],
    ['{a} [{b}]', 'X'],
    ['{a}_{b}_{c}', 'X_Z'],
    ['{a} {b} - {c}', 'X - Z'],
    ['{a} - {b} {c}', 'X - Z'],
    ['{a} | {b} / {b} + {c}', 'X | Z'],
    ['Live {b} show', 'Live show'],
    ['{a}{b}{c}', 'XZ'],
    ['{a}, {other} {b}', 'X, {other}'],
  ])('%s → %s', (template, filled) => {
    expect(fill(template, { a: 'X', b: '', c: ' Z ' })).toBe(filled);
  });

  test('also where a value has braces or private characters of its own', () => {
    expect(fill('{a}-{b}-{c}', { a: '{b}', b: '\uE000', c: '$&' })).toBe('{b}-$&');
  });
});

describe('a name from the template', () => {
  test('has date and time without a colon', () => {
    expect(nameFromTemplate('{date} {time}', { at })).toBe('2026-11-22 09-05-07');
    expect(nameFromTemplate('Cours {date}: suite', { at })).toBe('Cours 2026-11-22- suite');
  });

  test('has every word of the template', () => {
    const values = {
      at,
      scene: 'Caméra 1',
      profile: 'HD',
      counter: '7',
      take: '2',
      fields: { client: 'Ünal & Söhne' },
    };
    expect(nameFromTemplate('{client} {scene} {profile} #{counter} T{take}', values)).toBe(
      'Ünal & Söhne Caméra 1 HD #7 T2',
    );
  });

  test.each([
    ['{client}', { client: '../../etc/passwd' }, '-..-etc-passwd'],
    ['{client}', { client: 'CON' }, '_CON'],
    ['{client}', { client: 'a\u202Eb\u0000c' }, 'abc'],
    ['{constructor} {date}', {}, '2026-11-22'],
    ['{client} {project}', { client: ' ', project: '' }, '2026-11-22 09-05-07'],
    ['{a b} {', {}, '{a b} {'],
  ])('is one that files can have: %s', (template, fields, name) => {
    expect(nameFromTemplate(template, { at, fields })).toBe(name);
  });

  test('is never too long', () => {
    const fields = { client: '漢'.repeat(80), project: '🎬'.repeat(80) };
    const name = nameFromTemplate('{client} {project}', { at, fields });
    expect([...name].length).toBeLessThanOrEqual(sessionNameLimit);
    expect(new TextEncoder().encode(name).length).toBeLessThanOrEqual(220);
  });
});
