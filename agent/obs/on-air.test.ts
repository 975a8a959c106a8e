import { beforeEach, expect, test, vi } from 'vitest';
import { TestClock } from '../clock-fixture.ts';
import type { ObsEvent } from './events.ts';
import { OnAir, type OnAirPorts } from './on-air.ts';
import type { ObsReadback } from './read-back.ts';

let clock: TestClock;
let tell: (event: ObsEvent) => void;
let counts: { skipped: number; stream: number; record: number };
let busy: boolean;
/** What OBS says of it. */
let recording: boolean;
let streaming: boolean;
let asked: string[];
let changes: boolean[];
let lost: string[];
let onAir: OnAir;

beforeEach(() => {
  clock = new TestClock();
  counts = { skipped: 100, stream: 10, record: 1 };
  busy = true;
  recording = false;
  streaming = true;
  asked = [];
  changes = [];
  lost = [];
  const answers: Record<string, () => unknown> = {
    GetStats: () => ({
      renderTotalFrames: 0,
      outputSkippedFrames: counts.skipped,
      renderSkippedFrames: 0,
      availableDiskSpace: 1,
    }),
    GetStreamStatus: () => ({ outputActive: streaming, outputSkippedFrames: counts.stream }),
    GetRecordStatus: () => ({ outputActive: recording }),
    GetOutputStatus: () => ({ outputActive: true, outputSkippedFrames: counts.record }),
  };
  const ask = async (request: string): Promise<unknown> => {
    asked.push(request);
    return answers[request]?.();
  };
  const obs = {
    ask,
    on: (listener: (event: ObsEvent) => void) => {
      tell = listener;
    },
  } as unknown as OnAirPorts['obs'];
  onAir = new OnAir({ obs, clock, log: { debug() {} }, busy: () => busy });
  onAir.onChange(() => changes.push(onAir.now));
  onAir.onLostFrames((dropped) => lost.push(dropped ? 'line' : 'other'));
});

/** One look of the watch, to its end. */
async function look(): Promise<void> {
  const before = clock.waits().length;
  clock.advance(2000);
  await vi.waitFor(() => expect(clock.waits()).toHaveLength(before));
}

test('after events were missed, OBS is asked whether it is on air', async () => {
  tell({ type: 'events_missed', since: 0 });
  await vi.waitFor(() => expect(changes).toEqual([true]));
  expect(asked.sort()).toEqual(['GetRecordStatus', 'GetStreamStatus']);
});

test('OBS is on air from the start of a stream or recording to the end of both', () => {
  tell({ type: 'stream_state', active: true });
  tell({ type: 'record_state', state: 'started', path: null, elsewhere: null });
  tell({ type: 'stream_state', active: false });
  tell({ type: 'record_state', state: 'paused', path: null, elsewhere: null });
  expect(onAir.now).toBe(true);
  tell({ type: 'record_state', state: 'stopped', path: null, elsewhere: null });
  expect(changes).toEqual([true, false]);
  expect(clock.waits()).toEqual([]);
});

test('what goes on already when we connect counts', () => {
  const readback = { streaming: true, recording: { active: false } } as ObsReadback;
  tell({ type: 'connected', readback });
  expect(onAir.now).toBe(true);
});

test('a connection that comes back soon changes nothing, one that stays away ends it', () => {
  tell({ type: 'stream_state', active: true });
  tell({ type: 'disconnected' });
  clock.advance(10_000);
  tell({ type: 'connected', readback: { streaming: true, recording: { active: false } } as ObsReadback });
  clock.advance(60_000);
  expect(changes).toEqual([true]);
  tell({ type: 'disconnected' });
  clock.advance(15_000);
  expect(changes).toEqual([true, false]);
});

test('frames lost since the last look are told, whoever counts them; a count that begins anew is none', async () => {
  tell({ type: 'stream_state', active: true });
  await look();
  expect(lost).toEqual([]);
  counts.skipped += 3;
  counts.stream += 2;
  await look();
  expect(lost).toEqual(['line']);
  await look();
  expect(lost).toEqual(['line']);
  counts.stream = 0;
  recording = true;
  tell({ type: 'record_state', state: 'started', path: null, elsewhere: null });
  await look();
  counts.record += 4;
  await look();
  expect(lost).toEqual(['line', 'other']);
});

test('a dialog holds back that the recording is over: OBS is asked, and believed at the second time', async () => {
  busy = false;
  recording = true;
  const readback = { streaming: true, recording: { active: true } } as ObsReadback;
  tell({ type: 'connected', readback });
  tell({ type: 'stream_state', active: false });
  streaming = false;
  await look();
  recording = false;
  await look();
  expect(onAir.now).toBe(true);
  await look();
  expect(changes).toEqual([true, false]);
});

test('a dialog holds back that a recording has begun: OBS is asked while something is sent', async () => {
  streaming = false;
  tell({ type: 'connected', readback: { streaming: false, recording: { active: false } } as ObsReadback });
  busy = false;
  recording = true;
  await look();
  expect(asked).toEqual([]);
  busy = true;
  await look();
  await look();
  expect(changes).toEqual([true]);
});

test('an event that comes while OBS answers counts, not the answer', async () => {
  streaming = false;
  recording = true;
  tell({ type: 'connected', readback: { streaming: false, recording: { active: true } } as ObsReadback });
  recording = false;
  await look();
  recording = true;
  tell({ type: 'record_state', state: 'started', path: null, elsewhere: null });
  await look();
  recording = false;
  await look();
  expect(changes).toEqual([true]);
});

test('OBS’s frames are not counted while nothing is sent, and what it lost meanwhile is not told', async () => {
  busy = false;
  tell({ type: 'stream_state', active: true });
  await look();
  expect(new Set(asked)).toEqual(new Set(['GetRecordStatus', 'GetStreamStatus']));
  busy = true;
  await look();
  counts.skipped += 7;
  busy = false;
  await look();
  busy = true;
  await look();
  expect(lost).toEqual([]);
});
