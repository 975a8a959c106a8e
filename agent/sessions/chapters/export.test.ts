import { describe, expect, test } from 'vitest';
import type { ChapterFormat } from '../../../shared/api.ts';
import type { Mark, Session } from '../../../shared/domain.ts';
import { StreamAIError } from '../../../shared/errors.ts';
import { session as fakeSession } from '../../http/agent-fixture.ts';
import { chapterList } from './chapter-list.ts';
import { exportChapters } from './export.ts';

let next = 0;
const mark = (atMs: number, text = '', kind: Mark['kind'] = 'chapter'): Mark => ({
  id: `mark-${next++}`,
  kind,
  atMs,
  text,
  inFile: false,
  createdAt: '2026-11-22T18:00:00.000Z',
});
const session = (durationMs: number, ...marks: Mark[]) => ({ ...fakeSession, name: 'Été – 1', durationMs, marks });
const text = (format: Parameters<typeof exportChapters>[1], durationMs: number, ...marks: Mark[]): string =>
  exportChapters(session(durationMs, ...marks), format, 'en').text;

describe('the list', () => {
  test('ends each chapter where the next begins, the last with the session', () => {
    const chapters = chapterList(session(9000, mark(0, 'A'), mark(500, 'x', 'note'), mark(4000, 'B')), 'en');
    expect(chapters).toEqual([
      { startMs: 0, endMs: 4000, name: 'A' },
      { startMs: 4000, endMs: 9000, name: 'B' },
    ]);
  });

  test('numbers those without a name among all chapters, in the reader’s language', () => {
    const given = session(9000, mark(0, 'A'), mark(10), mark(20, 'C'), mark(30));
    expect(chapterList(given, 'en').map(({ name }) => name)).toEqual(['A', 'Chapter 2', 'C', 'Chapter 4']);
    expect(chapterList(given, 'fr').map(({ name }) => name)).toEqual(['A', 'Chapitre 2', 'C', 'Chapitre 4']);
  });

  test.each([
    [[0, 0, 0], 5000],
    [[5000, 5000], 5000],
    [[7000, 9000], 5000],
    [[0], 0],
    [[3, 3, 4, 4], 10],
  ])('gives every chapter a length, whatever was marked: %j of %i ms', (starts, durationMs) => {
    const chapters = chapterList(session(durationMs, ...starts.map((at) => mark(at))), 'en');
    expect(chapters).toHaveLength(starts.length);
    for (const [index, { startMs, endMs }] of chapters.entries()) {
      expect(endMs).toBeGreaterThan(startMs);
      expect(startMs).toBeGreaterThanOrEqual(chapters[index - 1]?.endMs ?? 0);
    }
  });
});

test('WebVTT: cues with ends, text escaped, notes as comments', () => {
  const marks = [
    mark(0, 'A & <b> --> C'),
    mark(1500, 'first\n\n\nline --> two', 'note'),
    mark(3_661_001),
    mark(360_000_000, 'late'),
  ];
  expect(exportChapters(session(360_000_500, ...marks), 'webvtt', 'fr')).toEqual({
    type: 'text/vtt; charset=utf-8',
    fileName: 'Été – 1.chapters.vtt',
    leftOut: 0,
    text: [
      'WEBVTT - Été – 1',
      '',
      'NOTE 00:00:01.500 first',
      'line → two',
      '',
      '1',
      '00:00:00.000 --> 01:01:01.001',
      'A &amp; &lt;b&gt; --&gt; C',
      '',
      '2',
      '01:01:01.001 --> 100:00:00.000',
      'Chapitre 2',
      '',
      '3',
      '100:00:00.000 --> 100:00:00.500',
      'late',
      '',
    ].join('\n'),
  });
});

test('ffmetadata: sections in milliseconds, special characters escaped', () => {
  expect(
    text('ffmetadata', 9000, mark(0, 'a=b;c#d\\e'), mark(2500, 'two\nlines', 'note'), mark(4000, '[CHAPTER]\\')),
  ).toBe(
    [
      ';FFMETADATA1',
      'title=Été – 1',
      '; 2.500 s: two',
      '; lines',
      '',
      '[CHAPTER]',
      'TIMEBASE=1/1000',
      'START=0',
      'END=4000',
      'title=a\\=b\\;c\\#d\\\\e',
      '',
      '[CHAPTER]',
      'TIMEBASE=1/1000',
      'START=4000',
      'END=9000',
      'title=[CHAPTER]\\\\ ',
      '',
    ].join('\n'),
  );
});

describe('YouTube', () => {
  const few = '# YouTube shows chapters only from three on, each of 10 seconds or more.\n';
  test.each<[what: string, durationMs: number, marks: [number, string?][], expected: string]>([
    [
      'a list that is fine',
      60_000,
      [
        [0, 'A'],
        [10_000, 'B'],
        [30_999, 'C'],
      ],
      '0:00 A\n0:10 B\n0:30 C\n',
    ],
    [
      'the beginning is added',
      60_000,
      [
        [20_000, 'B'],
        [40_000, 'C'],
      ],
      '0:00 Start\n0:20 B\n0:40 C\n',
    ],
    [
      'the first in the first seconds is the beginning',
      60_000,
      [[9999, 'A'], [20_000], [40_000]],
      '0:00 A\n0:20 Chapter 2\n0:40 Chapter 3\n',
    ],
    [
      'hours in all lines or in none',
      3_600_000,
      [
        [0, 'A'],
        [600_000, 'B'],
        [3_000_000, 'C'],
      ],
      '0:00:00 A\n0:10:00 B\n0:50:00 C\n',
    ],
    [
      'what is too short is left out',
      60_000,
      [
        [0, 'A'],
        [9999, 'x'],
        [10_000, 'B'],
        [40_000, 'C'],
        [50_001, 'y'],
      ],
      '0:00 A\n0:10 B\n0:40 C\n',
    ],
    [
      'angle brackets are no part of a description',
      60_000,
      [
        [0, '<A>'],
        [10_000, 'B'],
        [20_000, 'C'],
      ],
      '0:00 ‹A›\n0:10 B\n0:20 C\n',
    ],
    [
      'too few, and said so',
      60_000,
      [
        [0, 'A'],
        [30_000, 'B'],
      ],
      `${few}0:00 A\n0:30 B\n`,
    ],
    ['none', 60_000, [], few],
  ])('%s', (_, durationMs, marks, expected) => {
    expect(text('youtube', durationMs, ...marks.map(([at, name]) => mark(at, name)))).toBe(expected);
  });

  test('says how many were left out', () => {
    const marks = [mark(0), mark(5000), mark(10_000), mark(55_000)];
    expect(exportChapters(session(60_000, ...marks), 'youtube', 'en').leftOut).toBe(2);
    expect(exportChapters(session(60_000, mark(20_000)), 'youtube', 'fr')).toMatchObject({
      leftOut: 0,
      text: expect.stringMatching(/^# YouTube n’affiche .*\n0:00 Début\n0:20 Chapitre 1\n$/),
    });
  });
});

describe('one file of a session that was split', () => {
  const file = (id: string, startMs: number | null): Session['recordings'][number] => ({
    ...{ id, sessionId: 's', number: 1, path: `/rec/${id}.mp4`, fileName: `${id}.mp4`, state: 'ready', bytes: 1 },
    ...{
      container: 'mp4',
      finalised: true,
      startMs,
      startedAt: '2026-11-22T18:00:00.000Z',
      endedAt: null,
      uploads: [],
    },
  });
  const split = (starts: (number | null)[], ...marks: Mark[]): Session => ({
    ...session(90_000, ...marks),
    recordings: starts.map((startMs, index) => file(`part ${index + 1}`, startMs)),
  });
  const marks = [
    mark(0, 'A'),
    mark(29_999),
    mark(30_000, 'C'),
    mark(41_000, 'cut', 'note'),
    mark(45_500),
    mark(90_000, 'E'),
  ];
  const part = (id: string, format: ChapterFormat = 'ffmetadata', starts: (number | null)[] = [0, 30_000, 60_000]) =>
    exportChapters(split(starts, ...marks), format, 'en', id);
  const startsIn = (id: string): string[] => part(id).text.match(/(?<=^START=|^END=|^title=).*/gm) ?? [];

  test('has its own chapters, counted from its beginning, with their names among all', () => {
    expect(startsIn('part 1')).toEqual(['part 1', '0', '29999', 'A', '29999', '30000', 'Chapter 2']);
    expect(startsIn('part 2')).toEqual(['part 2', '0', '15500', 'C', '15500', '30000', 'Chapter 4']);
    // The end of the session is in its last file.
    expect(startsIn('part 3')).toEqual(['part 3', '29999', '30000', 'E']);
  });

  test('is named after that file, so that players find it, and has its notes', () => {
    expect(part('part 2', 'webvtt')).toMatchObject({ fileName: 'part 2.chapters.vtt' });
    expect(part('part 2').text).toContain('; 11.000 s: cut\n');
    expect(part('part 1').text).not.toContain('cut');
    expect(part('part 2', 'youtube').text).toBe(
      '# YouTube shows chapters only from three on, each of 10 seconds or more.\n0:00 C\n0:15 Chapter 4\n',
    );
  });

  test('is refused where it is no file of the session, or where it begins or ends is not known', () => {
    const codeOf = (work: () => unknown): string | undefined => {
      try {
        work();
      } catch (error) {
        return error instanceof StreamAIError ? error.code : undefined;
      }
      return undefined;
    };
    expect(codeOf(() => part('other'))).toBe('recording_not_found');
    expect(codeOf(() => part('part 2', 'webvtt', [0, null]))).toBe('recording_place_unknown');
    expect(codeOf(() => part('part 1', 'webvtt', [0, null]))).toBe('recording_place_unknown');
  });
});
