import { beforeEach, describe, expect, test } from 'vitest';
import type { Session } from '../../shared/domain.ts';
import { StreamAIError } from '../../shared/errors.ts';
import type { Announcement } from '../live-events.ts';
import { createLog } from '../log.ts';
import type { Database } from '../storage/database.ts';
import { type BookFixture, bookFixture } from './book-fixture.ts';
import { Marks, mostMarks } from './marks.ts';
import type { RecordedClock } from './recorded-clock.ts';
import type { SessionBook } from './session-book.ts';
import { isActive, type Moment, type RunEvent } from './session-state.ts';

let now: number;
let book: SessionBook;
let marks: Marks;
let events: Announcement[];
let id: string;
/** What OBS was asked to write into its file. */
let inObs: string[];
let obsTakes: () => Promise<void>;
let connected: boolean;
let database: Database;
let recorded: RecordedClock;
let at: BookFixture['at'];

beforeEach(() => {
  now = 100_000;
  connected = true;
  inObs = [];
  obsTakes = async () => undefined;
  const fixture = bookFixture(() => now);
  ({ book, database, events, recorded, at } = fixture);
  marks = new Marks({
    book,
    obs: {
      get connected() {
        return connected;
      },
      unavailable: () => new StreamAIError('obs_not_connected'),
    },
    commands: {
      async chapter(name) {
        await obsTakes();
        inObs.push(name);
      },
    },
    language: () => 'fr',
    now: () => now,
    log: createLog({ level: 'silent' }),
  });
  id = fixture.open('/rec/a.mp4', { autoUpload: false });
  events.length = 0;
});

const pass = (ms: number): void => {
  now += ms;
};
const apply = (...steps: RunEvent[]): void => {
  for (const step of steps) book.apply(id, step);
};
const closed = (finalised: boolean): RunEvent[] => [
  { type: 'stopped', at: at(now), paths: [] },
  {
    ...{ type: 'file_ready', number: 1, bytes: 1, container: 'mp4', finalised },
    ...{ inode: '1:1', modifiedAt: now, durationMs: null },
  },
];
const shown = ({ marks: list }: Session) => list.map(({ kind, atMs, text, inFile }) => ({ kind, atMs, text, inFile }));
const codeOf = (work: () => unknown): unknown =>
  Promise.resolve()
    .then(work)
    .then(
      () => 'nothing',
      (error: StreamAIError) => error.code,
    );

describe('while it is being recorded', () => {
  test('a chapter is set here and now, for OBS too, and both are announced', async () => {
    now += 1500;
    expect(shown(await marks.chapter('Intro'))).toEqual([{ kind: 'chapter', atMs: 1500, text: 'Intro', inFile: true }]);
    expect(inObs).toEqual(['Intro']);
    expect(events.map(({ type, data }) => [type, shown(data as Session)[0]?.inFile])).toEqual([
      ['session_updated', false],
      ['session_updated', true],
    ]);
  });

  test('pauses are no recorded time', async () => {
    pass(1000);
    recorded.hold(recorded.now());
    pass(60_000);
    recorded.resume(recorded.now());
    pass(1000);
    expect(shown(await marks.add(id, { kind: 'note', text: 'x' }))[0]?.atMs).toBe(2000);
    recorded.hold(recorded.now());
    pass(5000);
    expect(shown(await marks.add(id, { kind: 'note', text: 'y' }))[1]?.atMs).toBe(2000);
  });

  test('a chapter without a name gets into the file with its number', async () => {
    await marks.chapter('Intro');
    now += 1000;
    await marks.chapter();
    expect(inObs).toEqual(['Intro', 'Chapitre 2']);
    expect(shown(book.view(id))[1]?.text).toBe('');
  });

  test.each(['chapter_unavailable', 'obs_timeout', 'obs_not_connected'] as const)(
    'OBS fails (%s): kept all the same',
    async (code) => {
      obsTakes = () => Promise.reject(new StreamAIError(code));
      expect(shown(await marks.chapter('A'))).toEqual([{ kind: 'chapter', atMs: 0, text: 'A', inFile: false }]);
      expect(events).toHaveLength(1);
    },
  );

  test('OBS is away: kept without asking it', async () => {
    connected = false;
    expect(shown(await marks.chapter('A'))).toHaveLength(1);
    expect(inObs).toEqual([]);
  });

  test('a note is no chapter of the file, nor is a chapter of an earlier place', async () => {
    now += 2000;
    await marks.add(id, { kind: 'note', text: 'n' });
    await marks.add(id, { kind: 'chapter', atMs: 1000, text: 'c' });
    expect(inObs).toEqual([]);
    expect(shown(book.view(id)).map(({ text }) => text)).toEqual(['c', 'n']);
  });

  test('one that is removed or renamed while OBS takes it stays so', async () => {
    const change = async (change: (markId: string) => unknown): Promise<Session> => {
      obsTakes = async () => void change(book.view(id).marks[0]?.id ?? '');
      return marks.chapter('A');
    };
    expect(shown(await change((markId) => marks.remove(id, markId)))).toEqual([]);
    expect(shown(await change((markId) => marks.change(id, markId, { text: 'B' })))).toMatchObject([
      { text: 'B', inFile: true },
    ]);
  });
});

test('without a recording there is no “now”', async () => {
  expect(await codeOf(() => marks.add('unknown', { kind: 'chapter' }))).toBe('session_not_found');
  apply(...closed(true));
  expect(await codeOf(() => marks.chapter())).toBe('not_recording');
  connected = false;
  expect(await codeOf(() => marks.chapter())).toBe('obs_not_connected');
  expect(await codeOf(() => marks.add(id, { kind: 'chapter' }))).toBe('mark_time_missing');
});

test.each<[name: string, event: (at: Moment) => RunEvent]>([
  ['stopping', (moment) => ({ type: 'stopping', at: moment })],
  ['finalising', (moment) => ({ type: 'stopped', at: moment, paths: [] })],
  ['failed', (moment) => ({ type: 'failed', at: moment, paths: [] })],
])('a session that is %s takes marks up to its end', async (_, event) => {
  now = 103_000;
  recorded.hold(recorded.now());
  apply(event(at(now)));
  if (!isActive(book.store.get(id).run.state)) recorded.end();
  expect(shown(await marks.add(id, { kind: 'chapter', atMs: 3000 }))).toHaveLength(1);
  expect(await codeOf(() => marks.add(id, { kind: 'chapter', atMs: 3001 }))).toBe('mark_time_beyond');
});

test('marks are changed and removed afterwards, each announced', async () => {
  now += 5000;
  await marks.add(id, { kind: 'note', text: 'old' });
  apply(...closed(true));
  events.length = 0;
  const markId = book.view(id).marks[0]?.id ?? '';
  expect(shown(marks.change(id, markId, { atMs: 0, text: ' new\r\nline ' }))).toMatchObject([
    { atMs: 0, text: 'new\nline' },
  ]);
  expect(await codeOf(() => marks.change(id, markId, { atMs: 5001 }))).toBe('mark_time_beyond');
  expect(await codeOf(() => marks.change(id, markId, { text: ' ' }))).toBe('mark_empty');
  expect(await codeOf(() => marks.change(id, 'other', {}))).toBe('mark_not_found');
  expect(shown(marks.remove(id, markId))).toEqual([]);
  expect(await codeOf(() => marks.remove(id, markId))).toBe('mark_not_found');
  expect(events.map(({ type }) => type)).toEqual(['session_updated', 'session_updated']);
});

test('a chapter of a file that OBS never closed is in no file', async () => {
  await marks.chapter('A');
  now += 1000;
  apply(...closed(false));
  expect(shown(book.view(id))[0]?.inFile).toBe(false);
});

test.each([
  ['chapter', ' a\n b\tc\u0000\u0085 ', 'a b c'],
  ['note', ' a\r\n\tb\u0007 ', 'a\n\tb'],
  ['chapter', 'e\u0301 \ud800', 'é \ufffd'],
] as const)('a %s’s text is tidied: %j', async (kind, given, kept) => {
  expect(shown(await marks.add(id, { kind, text: given }))[0]?.text).toBe(kept);
});

test('texts and numbers of marks are bounded', async () => {
  expect(await codeOf(() => marks.add(id, { kind: 'note' }))).toBe('mark_empty');
  expect(await codeOf(() => marks.add(id, { kind: 'chapter', text: 'x'.repeat(201) }))).toBe('mark_text_too_long');
  database
    .prepare(
      `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
       INSERT INTO marks (id, session_id, kind, at_ms, text, in_file, created_at)
       SELECT 'm' || n, ?, 'chapter', 0, '', 0, 0 FROM numbers`,
    )
    .run(mostMarks, id);
  expect(await codeOf(() => marks.chapter())).toBe('too_many_marks');
});
