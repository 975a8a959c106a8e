import { describe, expect, test } from 'vitest';
import type { Segment, Word } from '../engines/engine.ts';
import { cues, lines, longestLine } from './cues.ts';
import { chaptersVtt, plainText, srt, webVtt } from './formats.ts';

/** Words of equal length, one after the other. */
function said(sentence: string, startMs = 0, wordMs = 300): Segment {
  const words = sentence.split(' ').map((word, index) => ({
    text: ` ${word}`,
    startMs: startMs + index * wordMs,
    endMs: startMs + (index + 1) * wordMs,
  }));
  return { startMs, endMs: words.at(-1)?.endMs ?? startMs, words };
}
const textOf = (made: ReturnType<typeof cues>): string => made.map((cue) => cue.lines.join(' ')).join(' ');

/** Seeded (mulberry32): the same sentences at each run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('cues', () => {
  test.each(Array.from({ length: 300 }, (_, seed) => seed))(
    'speech at random, seed %i: readable, in order, no word lost',
    (seed) => {
      const next = random(seed);
      const segments: Segment[] = [];
      let at = 0;
      let count = 0;
      for (let index = 0; index < 20; index++) {
        const words: Word[] = [];
        for (let word = 0; word < 1 + next() * 30; word++) {
          const startMs = at;
          at += Math.floor(next() * 900);
          const long = next() < 0.02 ? 'x'.repeat(90) : 'abcdefghij'.slice(0, 1 + next() * 9);
          const mark = next() < 0.1 ? '.' : next() < 0.1 ? ',' : '';
          words.push({ text: ` ${long}${count++}${mark}`, startMs, endMs: at });
          if (next() < 0.1) at += Math.floor(next() * 5000);
        }
        segments.push({ startMs: words[0]?.startMs ?? 0, endMs: at, words });
      }
      const made = cues(segments);
      expect(textOf(made).replaceAll(' ', '')).toBe(
        segments.flatMap((s) => s.words.map((w) => w.text.trim())).join(''),
      );
      let before = 0;
      for (const { startMs, endMs, lines: shown } of made) {
        expect(startMs).toBeGreaterThanOrEqual(before);
        expect(endMs).toBeGreaterThan(startMs);
        expect(endMs - startMs).toBeLessThanOrEqual(7000);
        expect(shown.length).toBeLessThanOrEqual(2);
        for (const line of shown) expect(line.length).toBeLessThanOrEqual(longestLine);
        before = endMs;
      }
    },
  );

  test('a sentence is a cue, and a pause ends one', () => {
    const made = cues([said('Hello there my friends. How are you today?'), said('and then', 20_000)]);
    expect(made.map((cue) => cue.lines)).toEqual([['Hello there my friends.'], ['How are you today?'], ['and then']]);
  });

  test('a long sentence breaks after a comma, into lines of like length', () => {
    const made = cues([
      said('When we had finished the first part of the lesson, we went outside to look at the birds in the old garden'),
    ]);
    expect(made[0]?.lines.join(' ')).toMatch(/lesson,$/);
    const [first = '', second = ''] = made[0]?.lines ?? [];
    expect(Math.abs(first.length - second.length)).toBeLessThan(12);
  });

  test('a short word stays for a second where there is time', () => {
    expect(cues([said('Yes.', 5000, 200)])).toEqual([{ startMs: 5000, endMs: 6000, lines: ['Yes.'] }]);
    // Two that are too short to be read one by one are read together.
    expect(cues([said('Yes.', 5000, 200), said('No.', 5500, 200)])[0]?.lines).toEqual(['Yes. No.']);
    const [first] = cues([said('Yes.', 5000, 200), said('No.', 6010, 200)]);
    expect(first).toEqual({ startMs: 5000, endMs: 6000, lines: ['Yes.'] });
  });

  test('a line that the engine repeats is shown once; one that is said twice stays', () => {
    const thanks = (at: number) => said('Thanks for watching!', at);
    expect(cues([thanks(0), thanks(2000), thanks(4000), thanks(6000)])).toHaveLength(1);
    expect(cues([thanks(0), thanks(2000)])).toHaveLength(2);
  });

  test('a language without blanks is broken as well', () => {
    const words = Array.from('今日は録画のアップロードについて話します。'.repeat(6), (text, index) => ({
      ...{ text, startMs: index * 100, endMs: (index + 1) * 100 },
    }));
    const made = cues([{ startMs: 0, endMs: 12_600, words }]);
    expect(made.length).toBeGreaterThan(3);
    for (const cue of made) for (const line of cue.lines) expect(line.length).toBeLessThanOrEqual(longestLine);
  });

  test('nothing said is no cue', () => {
    expect(cues([])).toEqual([]);
    expect(cues([{ startMs: 0, endMs: 100, words: [{ text: ' ', startMs: 0, endMs: 100 }] }])).toEqual([]);
  });

  test('lines are never longer than they may be', () => {
    expect(lines('one two')).toEqual(['one two']);
    expect(lines('a '.repeat(40).trim()).map((line) => line.length)).toEqual([39, 39]);
  });
});

describe('files', () => {
  const made = [
    { startMs: 0, endMs: 1500, lines: ['Tom & Jerry', 'a < b --> c'] },
    { startMs: 3_725_004, endMs: 3_726_000, lines: ['two'] },
  ];

  test('WebVTT', () => {
    expect(webVtt(made, 'en')).toBe(
      'WEBVTT\nLanguage: en\n\n1\n00:00:00.000 --> 00:00:01.500\nTom &amp; Jerry\na &lt; b → c\n\n2\n01:02:05.004 --> 01:02:06.000\ntwo\n',
    );
    expect(webVtt([], null)).toBe('WEBVTT\n');
  });

  test('SubRip', () => {
    expect(srt(made)).toBe(
      '1\n00:00:00,000 --> 00:00:01,500\nTom & Jerry\na < b → c\n\n2\n01:02:05,004 --> 01:02:06,000\ntwo\n',
    );
  });

  test('plain text has a paragraph after each silence', () => {
    expect(plainText([said('one two'), said('three', 700), said('four', 9000)])).toBe('one two three\n\nfour\n');
    expect(plainText([])).toBe('');
  });

  test('chapters last until the next one', () => {
    const marks = [
      { offsetMs: 5000, kind: 'chapter', text: 'Two' },
      { offsetMs: 0, kind: 'chapter', text: '' },
      { offsetMs: 2000, kind: 'note', text: 'no chapter' },
    ] as const;
    expect(chaptersVtt([...marks], 9000)).toBe(
      'WEBVTT\n\n1\n00:00:00.000 --> 00:00:05.000\nChapter 1\n\n2\n00:00:05.000 --> 00:00:09.000\nTwo\n',
    );
  });
});
