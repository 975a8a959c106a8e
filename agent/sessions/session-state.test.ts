import { describe, expect, test } from 'vitest';
import { begin, type Run, type RunEvent, recordedMs, step } from './session-state.ts';

const start = 1_000_000;
const first = '/rec/a.mkv';
const second = '/rec/b.mkv';
const ready = (number: number, finalised: boolean | null = true): RunEvent => ({
  type: 'file_ready',
  number,
  bytes: 10 * number,
  container: 'mkv',
  finalised,
  inode: '1:1',
  at: start + 4000,
});
const play = (events: readonly RunEvent[], run: Run = begin(start, first)): Run => events.reduce(step, run);
const stopped: RunEvent = { type: 'stopped', at: start + 5000, paths: [first] };

describe('a session ends', () => {
  const table: [string, RunEvent[], Run['state'], string[]][] = [
    ['recording while nothing happened', [], 'recording', ['writing']],
    ['stopping once OBS stops', [{ type: 'stopping', at: start + 1 }], 'stopping', ['writing']],
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
        { type: 'lost', at: start + 9, paths: [], ending: 'unseen' },
        { type: 'file_missing', number: 1 },
      ],
      'interrupted',
      ['missing'],
    ],
    [
      'recorded after all when that file is there again, and closed',
      [{ type: 'lost', at: start + 9, paths: [], ending: 'unseen' }, { type: 'file_missing', number: 1 }, ready(1)],
      'recorded',
      ['ready'],
    ],
    [
      'interrupted when OBS vanished, even if its file is there again',
      [{ type: 'lost', at: start + 9, paths: [], ending: 'vanished' }, { type: 'file_missing', number: 1 }, ready(1)],
      'interrupted',
      ['ready'],
    ],
    [
      'interrupted when OBS vanished, even if the muxer closed the file',
      [{ type: 'lost', at: start + 9, paths: [], ending: 'vanished' }, ready(1)],
      'interrupted',
      ['ready'],
    ],
    [
      'recorded when nobody saw the end but the file was closed',
      [{ type: 'lost', at: start + 9, paths: [], ending: 'unseen' }, ready(1)],
      'recorded',
      ['ready'],
    ],
    [
      'interrupted when nobody saw the end and the file is open',
      [{ type: 'lost', at: start + 9, paths: [], ending: 'unseen' }, ready(1, false)],
      'interrupted',
      ['ready'],
    ],
    [
      'interrupted when nobody saw the end and the file does not tell',
      [{ type: 'lost', at: start + 9, paths: [], ending: 'unseen' }, ready(1, null)],
      'interrupted',
      ['ready'],
    ],
    [
      'recorded when OBS’s word comes after the read-back',
      [{ type: 'lost', at: start + 9, paths: [], ending: 'vanished' }, stopped, ready(1, null)],
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
  const run = play([{ type: 'paused', at: start + 10 }]);
  expect(step(run, { type: 'paused', at: start + 20 })).toBe(run);
  const ended = play([stopped, ready(1)]);
  expect(step(ended, stopped)).toBe(ended);
  expect(step(ended, { type: 'file_changed', at: start, path: second })).toBe(ended);
  const split = play([{ type: 'file_changed', at: start + 10, path: second }]);
  expect(step(split, { type: 'file_changed', at: start + 10, path: second })).toBe(split);
});

test('a split closes the file before and ends with every file, in order', () => {
  const run = play([{ type: 'file_changed', at: start + 10, path: second }]);
  expect(run.files.map((file) => [file.number, file.state])).toEqual([
    [1, 'finalising'],
    [2, 'writing'],
  ]);
  // STOPPED names the first file; a third one was found in the folder.
  const ended = step(run, { type: 'stopped', at: start + 20, paths: [first, '/rec/c.mkv'] });
  expect(ended.files.map((file) => file.path)).toEqual([first, second, '/rec/c.mkv']);
  const half = play([ready(2), ready(1)], ended);
  expect(half.state).toBe('finalising');
  expect(step(half, ready(3)).state).toBe('recorded');
});

test('pauses do not count as recorded time', () => {
  const run = play([
    { type: 'paused', at: start + 1000 },
    { type: 'resumed', at: start + 4000 },
    { type: 'paused', at: start + 6000 },
  ]);
  expect(recordedMs(run, start + 60_000)).toBe(3000);
  const ended = step(run, { type: 'stopped', at: start + 9000, paths: [] });
  expect(ended.pauses).toEqual([
    { atMs: 1000, durationMs: 3000 },
    { atMs: 3000, durationMs: 3000 },
  ]);
  expect(recordedMs(ended, start + 99_000)).toBe(3000);
});

test('the last write is when an unseen recording ended', () => {
  const run = play([{ type: 'lost', at: start + 60_000, paths: [], ending: 'unseen' }, ready(1)]);
  expect(run.stoppedAt).toBe(start + 4000);
});

test('a session that was given up goes on when OBS still records it', () => {
  const given = play([
    { type: 'file_changed', at: start + 10, path: second },
    { type: 'lost', at: start + 60_000, paths: [], ending: 'unseen' },
    ready(1),
    ready(2, false),
  ]);
  expect(given.state).toBe('interrupted');
  const back = step(given, { type: 'revived', paused: false, at: start + 70_000 });
  expect(back).toMatchObject({ state: 'recording', stoppedAt: null, ending: null });
  expect(back.files.map((file) => file.state)).toEqual(['ready', 'writing']);
  expect(play([{ ...stopped, paths: [] }, ready(2)], back).state).toBe('recorded');
});

test('a read-back brings the pause in line', () => {
  const run = play([{ type: 'revived', paused: true, at: start + 5 }]);
  expect(run).toMatchObject({ state: 'paused', pausedAt: start + 5 });
  expect(step(run, { type: 'revived', paused: false, at: start + 9 })).toMatchObject({
    state: 'recording',
    pausedAt: null,
  });
});
