import { describe, expect, test } from 'vitest';
import { readWhisperOutput } from './whisper-output.ts';

const token = (text: string, from: number, to: number) => ({ text, offsets: { from, to } });
const output = (transcription: unknown[], language = 'en') => JSON.stringify({ result: { language }, transcription });
const segment = (text: string, from: number, to: number, tokens: unknown[] = []) => ({
  text,
  offsets: { from, to },
  tokens,
});

describe('what whisper-cli writes', () => {
  test('pieces of words are words, special tokens are not', () => {
    const heard = readWhisperOutput(
      output([
        segment(' Hello uploading.', 0, 2000, [
          token('[_BEG_]', 0, 0),
          token(' Hello', 0, 600),
          token(' up', 600, 900),
          token('loading', 900, 1500),
          token('.', 1500, 1600),
          token('[_TT_100]', 2000, 2000),
        ]),
      ]),
      10_000,
    );
    expect(heard).toEqual({
      language: 'en',
      segments: [
        {
          startMs: 0,
          endMs: 2000,
          words: [
            { text: ' Hello', startMs: 0, endMs: 600 },
            { text: ' uploading.', startMs: 600, endMs: 1600 },
          ],
        },
      ],
    });
  });

  test('times that go back or past the end are put right', () => {
    const tokens = [token(' one', 500, 400), token(' two', 100, 99_000)];
    const [heard] = readWhisperOutput(output([segment(' one two', -5, 50_000, tokens)]), 3000).segments;
    expect(heard).toMatchObject({ startMs: 0, endMs: 3000 });
    expect(heard?.words.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
      [500, 500],
      [500, 3000],
    ]);
  });

  test('a letter that is spread over tokens is taken from the text', () => {
    const tokens = [token(' \uFFFD', 0, 500), token('\uFFFDa', 500, 1000)];
    const [heard] = readWhisperOutput(output([segment(' éa bc', 0, 1000, tokens)], 'fr'), 3000).segments;
    expect(heard?.words).toEqual([
      { text: ' éa', startMs: 0, endMs: 500 },
      { text: ' bc', startMs: 500, endMs: 1000 },
    ]);
  });

  test.each(['[BLANK_AUDIO]', ' (music)', '♪♪', ' ...', '*coughs*', ''])('%j is no speech', (text) => {
    expect(readWhisperOutput(output([segment(text, 0, 1000)]), 3000).segments).toEqual([]);
  });

  test.each(['', '{}', '{"transcription":[{}]}', 'null'])('%j is refused', (json) => {
    expect(() => readWhisperOutput(json, 1000)).toThrow();
  });

  test('a language that is none is none', () => {
    expect(readWhisperOutput(output([], '../x'), 1000).language).toBeNull();
  });
});
