import { describe, expect, test } from 'vitest';
import { freeKey, keyPrefix, keyWords, objectKey } from './object-key.ts';

const startedAt = new Date(2026, 10, 22, 19, 43, 5);
const key = (template: string, facts: Partial<{ session: string; file: string; prefix: string }> = {}): string => {
  const { session = 'Morning show', file = 'a.mkv', prefix = '' } = facts;
  return objectKey(prefix, template, { session, file, startedAt });
};

describe('the key template', () => {
  test.each<[template: string, facts: Parameters<typeof key>[1], expected: string]>([
    ['{date}/{session}/{file}', {}, '2026-11-22/Morning show/a.mkv'],
    ['{date}_{time} {file}', {}, '2026-11-22_19-43-05 a.mkv'],
    ['{file}', { prefix: 'recordings' }, 'recordings/a.mkv'],
    ['{file}', { prefix: '/recordings//2026/' }, 'recordings/2026/a.mkv'],
    ['/{session}//{file}', {}, 'Morning show/a.mkv'],
    ['{unknown}/{file}', {}, '{unknown}/a.mkv'],
    [
      '{session}/{file}',
      { session: 'Émission 日本語 🎬', file: 'vidéo+1 & 50%.mp4' },
      'Émission 日本語 🎬/vidéo+1 & 50%.mp4',
    ],
    // macOS hands out decomposed names
    ['{file}', { file: 'vide\u0301o.mkv' }, 'vid\u00e9o.mkv'],
    // a name makes no folder and takes no step up
    ['{session}/{file}', { session: '../../etc', file: 'a/b\\c.mkv' }, '..-..-etc/a-b-c.mkv'],
    ['{session}/{file}', { session: '..' }, '__/a.mkv'],
    ['../{file}', {}, '__/a.mkv'],
    ['{session}/{file}', { session: 'a\u0000b\nc' }, 'a_b_c/a.mkv'],
    ['{file}', { file: 'lone \ud800 surrogate.mkv' }, 'lone \ufffd surrogate.mkv'],
    ['{session}', { session: '' }, 'a.mkv'],
    ['{session}', { session: '{file}' }, '{file}'],
  ])('%s with %o is %s', (template, facts, expected) => expect(key(template, facts)).toBe(expected));

  test('has the words of the session, and none is left where there is no value', () => {
    const template = '{client}/{profile} - {scene}/#{counter} {project} {file}';
    const scenes = [{ name: 'Caméra/1', atMs: 0 }];
    const metadata = { profile: 'HD', number: 7, fields: { client: '../Ünal', toString: 'x' }, scenes, pauses: [] };
    const facts = { session: 'S', file: 'a.mkv', startedAt };
    expect(objectKey('', template, { ...facts, words: keyWords(template, { metadata }) })).toBe(
      '..-Ünal/HD - Caméra-1/#7 a.mkv',
    );
    const bare = { metadata: { scenes: [], pauses: [] } };
    expect(objectKey('p', template, { ...facts, words: keyWords(template, bare) })).toBe('p/# a.mkv');
    expect(objectKey('p', '{constructor}{take}/{file}', { ...facts, words: keyWords('{constructor}', bare) })).toBe(
      'p/a.mkv',
    );
  });

  test('a key that is too long loses the end of its name and keeps its extension', () => {
    const long = key('{session}/{file}', { session: '日'.repeat(400), file: `${'é'.repeat(100)}.mkv` });
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(1008);
    expect(long).toMatch(/^日+.*\.mkv$/);
  });
});

test('a prefix ends with one slash, none stays none', () => {
  expect(keyPrefix('/a//b')).toBe('a/b/');
  expect(keyPrefix('')).toBe('');
});

test('a taken key gets a number before its extension', () => {
  const taken = new Set(['d/a.mkv', 'd/a-2.mkv', 'd.x/b']);
  expect(freeKey('d/a.mkv', (candidate) => taken.has(candidate))).toBe('d/a-3.mkv');
  expect(freeKey('d.x/b', (candidate) => taken.has(candidate))).toBe('d.x/b-2');
  expect(freeKey('d/free.mkv', (candidate) => taken.has(candidate))).toBe('d/free.mkv');
});
