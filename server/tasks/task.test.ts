import { expect, test } from 'vitest';
import { parseAudioTrack, parseLanguage, parseMarks, parsePriority, parseSubtitleModel } from './task.ts';

test.each(['', '0', '11', '-1', '1.5', ' 1', '1e1', '01', '١'])('the priority %j is refused', (value) => {
  expect(() => parsePriority(value)).toThrow(/1 to 10/);
});

test('every documented value is taken', () => {
  expect(['1', '5', '10'].map(parsePriority)).toEqual([1, 5, 10]);
  expect(['tiny', 'base', 'small', 'medium', 'large'].map(parseSubtitleModel)).toHaveLength(5);
  expect(() => parseSubtitleModel('Base')).toThrow(/one of/);
});

test.each([
  ['en', 'en'],
  ['EN-gb', 'en'],
  [' fr ', 'fr'],
  ['auto', undefined],
  ['', undefined],
])('the language %j is %j', (value, language) => {
  expect(parseLanguage(value)).toBe(language);
});

test.each(['e', 'english', '--', '12', '../x'])('the language %j is refused', (value) => {
  expect(() => parseLanguage(value)).toThrow(/language/);
});

test('an audio track is counted from 1', () => {
  expect(['', '1', '6'].map(parseAudioTrack)).toEqual([undefined, 1, 6]);
  for (const value of ['0', '33', 'x', '1.5']) expect(() => parseAudioTrack(value)).toThrow(/audio_track/);
});

test('marks are a list of chapters and notes', () => {
  expect(parseMarks('[{"offsetMs":1500,"kind":"chapter","text":"Intro"}]')).toHaveLength(1);
  for (const value of [
    '',
    '{}',
    '[{"offsetMs":-1,"kind":"chapter","text":""}]',
    '[{"offsetMs":1,"kind":"x","text":""}]',
  ]) {
    expect(() => parseMarks(value)).toThrow(/marks/);
  }
});
