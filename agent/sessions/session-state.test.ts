import { describe, expect, test } from 'vitest';
import { begin, firstMoment, type Moment, mostPauses, type Run, type RunEvent, step } from './session-state.ts';

const start = 1_000_000;
const first = '/rec/a.mkv';
const second = '/rec/b.mkv';
/** So long after the start, `pausedMs` of which OBS paused. */
const since = (elapsedMs: number, pausedMs = 0): Moment => ({
  date: start + elapsedMs,
  recordedMs: elapsedMs - pausedMs,
  elapsedMs,
});
const ready = (number: number, finalised: boolean | null = true): RunEvent => ({
  type: 'file_ready',
  number,
  bytes: 10 * number,
  container: 'mkv',
  finalised,
  inode: '1:1',
  modifiedAt: start + 4000,
  durationMs: null,
});
const play = (events: readonly RunEvent[], run: Run = begin(firstMoment(start), first)): Run =>
  events.reduce(step, run);
const stopped = { type: 'stopped', at: since(5000), paths: [first] } satisfies RunEvent;

describe('a session ends', () => {
  const table: [string, RunEvent[], Run['state'], string[]][] = [
    ['recording while nothing happened', [], 'recording', ['writing']],
    ['stopping once OBS stops', [{ type: 'stopping', at: since(1) }], 'stopping', ['writing']],
    ['finalising until its file is closed', [stopped], 'finalising', ['finalising']],
    ['recorded once its file is closed', [stopped, ready(1)], 'recorded', ['ready']],
    [
      'recorded when OBS said stop, even with a container that is left open',
      [stopped, ready(1, false)],
      'recorded',
      ['ready'],
    ],
    [
      'recorded when its file is gone but OBS said stop',
      [stopped, { type: 'file_missing', number: 1 }],
      'recorded',
      ['missing'],
    ],
    [
      'recorded when its file is there again',
      [stopped, { type: 'file_missing', number: 1 }, ready(1)],
      'recorded',
      ['ready'],
    ],
    [
      'interrupted when nobody saw the end and the file is gone',
      [
        { type: 'lost', at: since(9), paths: [], ending: 'unseen' },
        { type: 'file_missing', number: 1 },
      ],
      'interrupted',
      ['missing'],
    ],
    [
      'recorded after all when that file is there again, and closed',
      [{ type: 'lost', at: since(9), paths: [], ending: 'unseen' }, { type: 'file_missing', number: 1 }, ready(1)],
      'recorded',
      ['ready'],
    ],
    [
      'interrupted when OBS vanished, even if its file is there again',
      [{ type: 'lost', at: since(9), paths: [], ending: 'vanished' }, { type: 'file_missing', number: 1 }, ready(1)],
      'interrupted',
      ['ready'],
    ],
    [
      'interrupted when OBS vanished, even if the muxer closed the file',
      [{ type: 'lost', at: since(9), paths: [], ending: 'vanished' }, ready(1)],
      'interrupted',
      ['ready'],
    ],
    [
      'recorded when nobody saw the end but the file was closed',
      [{ type: 'lost', at: since(9), paths: [], ending: 'unseen' }, ready(1)],
      'recorded',
      ['ready'],
    ],
    [
      'interrupted when nobody saw the end and the file is open',
      [{ type: 'lost', at: since(9), paths: [], ending: 'unseen' }, ready(1, false)],
      'interrupted',
      ['ready'],
    ],
    [
      'interrupted when nobody saw the end and the file does not tell',
      [{ type: 'lost', at: since(9), paths: [], ending: 'unseen' }, ready(1, null)],
      'interrupted',
      ['ready'],
    ],
    [
      'recorded when OBS’s word comes after the read-back',
      [{ type: 'lost', at: since(9), paths: [], ending: 'vanished' }, stopped, ready(1, null)],
      'recorded',
      ['ready'],
    ],
  ];
  test.each(table)('%s', (_, events, state, files) => {
    const run = play(events);
    expect(run.state).toBe(state);
    expect(run.files.map((file) => file.state)).toEqual(files);
  });
});

test('the same event twice changes nothing', () => {
  const run = play([{ type: 'paused', at: since(10) }]);
  expect(step(run, { type: 'paused', at: since(20) })).toBe(run);
  const ended = play([stopped, ready(1)]);
  expect(step(ended, stopped)).toBe(ended);
  expect(step(ended, { type: 'file_changed', at: since(0), bornAt: start + 0, path: second, startMs: null })).toBe(
    ended,
  );
  const split = play([{ type: 'file_changed', at: since(10), bornAt: start + 10, path: second, startMs: null }]);
  expect(step(split, { type: 'file_changed', at: since(10), bornAt: start + 10, path: second, startMs: null })).toBe(
    split,
  );
});

test('a split closes the file before and ends with every file, in order', () => {
  const run = play([{ type: 'file_changed', at: since(10), bornAt: start + 10, path: second, startMs: null }]);
  expect(run.files.map((file) => [file.number, file.state])).toEqual([
    [1, 'finalising'],
    [2, 'writing'],
  ]);
  // STOPPED names the first file; a third one was found in the folder.
  const ended = step(run, { type: 'stopped', at: since(20), paths: [first, '/rec/c.mkv'] });
  expect(ended.files.map((file) => file.path)).toEqual([first, second, '/rec/c.mkv']);
  const half = play([ready(2), ready(1)], ended);
  expect(half.state).toBe('finalising');
  expect(step(half, ready(3)).state).toBe('recorded');
});

test('pauses are noted where they were, and are no recorded time', () => {
  const run = play([
    { type: 'paused', at: since(1000) },
    { type: 'resumed', at: since(4000, 3000) },
    { type: 'paused', at: since(6000, 3000) },
  ]);
  expect(run.asOf.recordedMs).toBe(3000);
  const ended = step(run, { type: 'stopped', at: since(9000, 6000), paths: [] });
  expect(ended.pauses).toEqual([
    { atMs: 1000, durationMs: 3000 },
    { atMs: 3000, durationMs: 3000 },
  ]);
  expect(ended.asOf.recordedMs).toBe(3000);
});

test('of a pause whose end nobody saw, what was not recorded is the pause', () => {
  // Paused at 4 s, resumed at 10 s while we were away, back at 20 s: OBS has counted 14 s.
  const run = play([
    { type: 'paused', at: since(4000) },
    { type: 'revived', paused: false, at: since(20_000, 6000) },
  ]);
  expect(run).toMatchObject({ state: 'recording', pauses: [{ atMs: 4000, durationMs: 6000 }] });
  // Recording when it was seen last, at 4 s, and paused at 10 s: seen at 20 s.
  const away = play([
    { type: 'went_on', at: since(4000) },
    { type: 'revived', paused: true, at: since(20_000, 10_000) },
    { type: 'resumed', at: since(21_000, 11_000) },
  ]);
  expect(away.pauses).toEqual([{ atMs: 10_000, durationMs: 11_000 }]);
});

test('a session keeps a hundred pauses, and counts the others', () => {
  let run = play([]);
  for (let number = 0; number < mostPauses + 7; number++) {
    run = step(run, { type: 'paused', at: since(2 * number + 1, number) });
    run = step(run, { type: 'resumed', at: since(2 * number + 2, number + 1) });
  }
  expect(run.pauses).toHaveLength(mostPauses);
  expect(run.pausesLeftOut).toBe(7);
});

test.each([-3_600_000, 3_600_000])('the time of day set by %i ms changes a date, and no duration', (setBy) => {
  const set = (moment: Moment): Moment => ({ ...moment, date: moment.date + setBy });
  const run = play([
    { type: 'went_on', at: since(2000) },
    { type: 'paused', at: set(since(3000)) },
    { type: 'resumed', at: set(since(4000, 1000)) },
    { type: 'stopped', at: set(since(6000, 1000)), paths: [] },
  ]);
  expect(run.asOf.recordedMs).toBe(5000);
  expect(run.pauses).toEqual([{ atMs: 3000, durationMs: 1000 }]);
  expect(run.stoppedAt).toBe(start + 6000 + Math.max(0, setBy));
});

describe('an end that nobody saw', () => {
  const lost: RunEvent = { type: 'lost', at: since(60_000), paths: [], ending: 'unseen' };

  test('was at the last write to the last file', () => {
    const run = play([{ type: 'went_on', at: since(3000) }, lost, ready(1)]);
    expect(run.stoppedAt).toBe(start + 4000);
    expect(run.asOf.recordedMs).toBe(4000);
    const split = play([
      { type: 'file_changed', at: since(2000), bornAt: start + 2000, path: second, startMs: 2000 },
      lost,
    ]);
    const early = { ...ready(1), modifiedAt: start + 2000 } as RunEvent;
    expect(play([ready(2), early], split).stoppedAt).toBe(start + 4000);
  });

  test('is told by how long the file plays, where it says so', () => {
    const run = play([lost, { ...ready(1), durationMs: 3900 } as RunEvent]);
    expect(run).toMatchObject({ state: 'recorded', asOf: { recordedMs: 3900 } });
  });

  test('of a pause adds nothing to what was recorded', () => {
    const run = play([{ type: 'paused', at: since(1000) }, lost, ready(1, false)]);
    expect(run.asOf.recordedMs).toBe(1000);
  });
});

describe('OBS gave up without a word', () => {
  const failed: RunEvent = { type: 'failed', at: since(5000), paths: [] };

  test('the session is interrupted, however its file looks', () => {
    for (const finalised of [true, false]) {
      expect(play([failed, ready(1, finalised)])).toMatchObject({ state: 'interrupted', ending: 'failed' });
    }
  });

  test('a STOPPED that comes later changes nothing', () => {
    const run = play([failed]);
    expect(step(run, stopped)).toBe(run);
    const over = play([failed, ready(1, false)]);
    expect(step(over, stopped)).toBe(over);
  });

  test('unless it turns out that somebody had stopped it', () => {
    const run = play([failed, ready(1), { type: 'stop_was_asked' }]);
    expect(run).toMatchObject({ state: 'recorded', ending: 'stopped' });
    expect(play([stopped, { type: 'stop_was_asked' }])).toMatchObject({ state: 'finalising' });
  });

  test('unless OBS records it after all', () => {
    const back = play([failed, { type: 'revived', paused: false, at: since(8000) }]);
    expect(back).toMatchObject({ state: 'recording', ending: null });
  });
});

describe('a file begins', () => {
  const startsOf = (run: Run): (number | null)[] => run.files.map(({ startMs }) => startMs);

  test('where OBS counted when it split', () => {
    const run = play([{ type: 'file_changed', at: since(4100), bornAt: start + 4100, path: second, startMs: 3900 }]);
    expect(startsOf(run)).toEqual([0, 3900]);
  });

  test('where the file before it ends, if nobody saw the split', () => {
    const ended = play([{ ...stopped, paths: [first, second, '/rec/c.mkv'] }]);
    expect(startsOf(ended)).toEqual([0, null, null]);
    const one = { ...ready(1), durationMs: 4000 } as RunEvent;
    const two = { ...ready(2), durationMs: 2500 } as RunEvent;
    // Whichever is closed first.
    expect(startsOf(play([one, two], ended))).toEqual([0, 4000, 6500]);
    expect(startsOf(play([two, one], ended))).toEqual([0, 4000, 6500]);
    expect(startsOf(play([one, ready(2)], ended))).toEqual([0, 4000, null]);
  });
});

test('a session that was given up goes on when OBS still records it', () => {
  const given = play([
    { type: 'file_changed', at: since(10), bornAt: start + 10, path: second, startMs: null },
    { type: 'lost', at: since(60_000), paths: [], ending: 'unseen' },
    ready(1),
    ready(2, false),
  ]);
  expect(given.state).toBe('interrupted');
  const back = step(given, { type: 'revived', paused: false, at: since(70_000) });
  expect(back).toMatchObject({ state: 'recording', stoppedAt: null, ending: null });
  expect(back.files.map((file) => file.state)).toEqual(['ready', 'writing']);
  expect(play([{ type: 'stopped', at: since(80_000), paths: [] }, ready(2)], back).state).toBe('recorded');
});

test('a read-back brings the pause in line', () => {
  const run = play([{ type: 'revived', paused: true, at: since(5) }]);
  expect(run).toMatchObject({ state: 'paused', pausedAtMs: 5 });
  expect(step(run, { type: 'revived', paused: false, at: since(9, 4) })).toMatchObject({
    state: 'recording',
    pausedAtMs: null,
  });
});
