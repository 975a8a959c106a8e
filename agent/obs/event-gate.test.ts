import { beforeEach, describe, expect, test } from 'vitest';
import { TestClock } from '../clock-fixture.ts';
import { EventGate } from './event-gate.ts';

let clock: TestClock;
let lines: [details: object, message: string][];
let missed: number[];
let gate: EventGate;
beforeEach(() => {
  clock = new TestClock();
  lines = [];
  missed = [];
  const warn = (...line: unknown[]): void => void lines.push(line as [object, string]);
  gate = new EventGate({ clock, log: { warn }, onMissed: (since) => missed.push(since) });
});
const admitted = (name: string, count: number): number =>
  Array.from({ length: count }, () => gate.admits(name)).filter(Boolean).length;

describe('what people and OBS by itself bring about is let in', () => {
  test.each([
    ['RecordStateChanged', 100],
    ['RecordFileChanged', 100],
    ['CurrentProgramSceneChanged', 1000],
  ])('%s: %i at once', (name, count) => {
    expect(admitted(name, count)).toBe(count);
    clock.advance(120_000);
    expect(lines).toEqual([]);
    expect(missed).toEqual([]);
  });

  test.each([
    ['RecordStateChanged', 100],
    ['RecordFileChanged', 1000],
    ['CurrentProgramSceneChanged', 5],
  ])('%s: one every %i ms, for ever', (name, everyMs) => {
    for (let number = 0; number < 5000; number++) {
      expect(gate.admits(name)).toBe(true);
      clock.advance(everyMs);
    }
    expect(lines).toEqual([]);
  });
});

test('what comes faster is dropped, each kind for itself; once it is over that is told once, and OBS is to be asked', () => {
  const began = clock.now();
  expect(admitted('RecordStateChanged', 500)).toBe(100);
  clock.advance(500);
  expect(admitted('RecordFileChanged', 1000)).toBe(100);
  expect(gate.admits('CurrentProgramSceneChanged')).toBe(true);
  expect(missed).toEqual([]);
  clock.advance(2000);
  expect(missed).toEqual([began]);
  expect(lines).toEqual([
    [{ count: 1300, events: { RecordStateChanged: 400, RecordFileChanged: 900 } }, expect.stringContaining('dropped')],
  ]);
  expect(gate.admits('RecordStateChanged')).toBe(true);
});

test('60,000 events of nonsense are one line with their number and the first one’s reason', () => {
  for (let number = 0; number < 60_000; number++) {
    if (gate.admits('CurrentProgramSceneChanged'))
      gate.nonsense('CurrentProgramSceneChanged', () => `reason ${number}`);
  }
  clock.advance(5000);
  expect(lines).toEqual([
    [{ count: 60_000, events: { CurrentProgramSceneChanged: 60_000 }, reason: 'reason 0' }, expect.any(String)],
  ]);
});

test('one event of nonsense is told as one', () => {
  gate.nonsense('CurrentProfileChanged', () => 'no name');
  clock.advance(1000);
  expect(lines).toEqual([
    [{ count: 1, events: { CurrentProfileChanged: 1 }, reason: 'no name' }, 'OBS sent events that make no sense'],
  ]);
  expect(missed).toEqual([]);
});

test('a flood without end is told of every minute', () => {
  for (let step = 0; step < 1500; step++) {
    admitted('RecordStateChanged', 50);
    clock.advance(200);
  }
  expect(lines.length).toBeGreaterThanOrEqual(4);
  expect(lines.length).toBeLessThanOrEqual(6);
});

test('what was not told yet is told at the end, and no timer is left', () => {
  admitted('RecordStateChanged', 101);
  gate.close();
  expect(lines).toHaveLength(1);
  expect(clock.waits()).toEqual([]);
});
