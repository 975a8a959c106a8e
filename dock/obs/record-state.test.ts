import { describe, expect, test } from 'vitest';
import type { ErrorInfo } from '../../shared/errors.ts';
import {
  awaited,
  canPress,
  elapsedMs,
  initialRecordState,
  phaseOf,
  type RecordCommand,
  type RecordEvent,
  type RecordPhase,
  reduceRecord,
} from './record-state.ts';

const error: ErrorInfo = { code: 'obs_not_confirmed', message: 'OBS has not confirmed' };
const run = (...events: RecordEvent[]) => events.reduce(reduceRecord, initialRecordState);

const read = (active: boolean, more: Partial<Extract<RecordEvent, { type: 'read' }>> = {}): RecordEvent => ({
  type: 'read',
  active,
  paused: false,
  durationMs: 0,
  bytes: 0,
  revision: 0,
  at: 0,
  ...more,
});
const obs = (output: string, at = 0): RecordEvent => ({ type: 'output', output, at });
const press = (command: RecordCommand, id = 1): RecordEvent => ({ type: 'pressed', command, id });
const sent = (id = 1): RecordEvent => ({ type: 'sent', id });
const refused = (id = 1): RecordEvent => ({ type: 'refused', id, error });
const expired: RecordEvent = { type: 'expired', error, at: 0 };
const idle = read(false);

describe('the phase that the record card shows', () => {
  const table: [string, RecordEvent[], RecordPhase, { pending?: RecordCommand; problem?: string }][] = [
    ['nothing is known before OBS answered', [], 'unknown', {}],
    ['OBS answers that it is idle', [idle], 'idle', {}],
    ['OBS already records', [read(true)], 'recording', {}],
    ['OBS already paused', [read(true, { paused: true })], 'paused', {}],
    ['start is pending from the press on', [idle, press('start')], 'starting', { pending: 'start' }],
    ['the request alone confirms nothing', [idle, press('start'), sent()], 'starting', { pending: 'start' }],
    ['STARTING alone confirms nothing', [idle, press('start'), obs('STARTING')], 'starting', { pending: 'start' }],
    ['STARTED confirms the start', [idle, press('start'), obs('STARTING'), obs('STARTED')], 'recording', {}],
    ['a hotkey takes the same way', [idle, obs('STARTING'), obs('STARTED')], 'recording', {}],
    ['a start that OBS refuses', [idle, press('start'), refused()], 'idle', { problem: error.code }],
    ['a start without confirmation', [idle, press('start'), sent(), expired], 'idle', { problem: error.code }],
    [
      'a start that ends in a dialog after STARTING',
      [idle, press('start'), sent(), obs('STARTING'), expired],
      'idle',
      { problem: error.code },
    ],
    ['STARTING by a hotkey and then nothing', [idle, obs('STARTING'), expired], 'idle', { problem: error.code }],
    ['the dialog was answered later', [idle, press('start'), sent(), expired, obs('STARTED')], 'recording', {}],
    ['an expiry with nothing awaited changes nothing', [idle, expired], 'idle', {}],
    ['the name was refused before OBS was asked', [idle, press('start'), { type: 'not-sent', id: 1 }], 'idle', {}],
    ['an old command’s refusal is ignored', [idle, press('start', 2), refused(1)], 'starting', { pending: 'start' }],
    ['stop is pending from the press on', [read(true), press('stop')], 'stopping', { pending: 'stop' }],
    ['STOPPED confirms the stop', [read(true), press('stop'), obs('STOPPING'), obs('STOPPED')], 'idle', {}],
    [
      'stop while OBS records without confirmation',
      [read(true), press('stop'), sent(), expired],
      'recording',
      { problem: error.code },
    ],
    ['pause keeps recording until confirmed', [read(true), press('pause')], 'recording', { pending: 'pause' }],
    ['PAUSED confirms the pause', [read(true), press('pause'), obs('PAUSED')], 'paused', {}],
    ['RESUMED confirms the resume', [read(true, { paused: true }), press('resume'), obs('RESUMED')], 'recording', {}],
    [
      'stop is possible while a pause is pending',
      [read(true), press('pause', 1), press('stop', 2)],
      'stopping',
      { pending: 'stop' },
    ],
    [
      'a late PAUSED does not confirm the stop',
      [read(true), press('pause', 1), press('stop', 2), obs('PAUSED')],
      'stopping',
      { pending: 'stop' },
    ],
    ['a new file confirms the split', [read(true), press('split'), { type: 'file-changed' }], 'recording', {}],
    [
      'a new file does not confirm a stop',
      [read(true), press('stop'), { type: 'file-changed' }],
      'stopping',
      { pending: 'stop' },
    ],
    ['start is refused while recording', [read(true), press('start')], 'recording', {}],
    ['stop is refused while idle', [idle, press('stop')], 'idle', {}],
    ['two presses make one start', [idle, press('start', 1), press('start', 2)], 'starting', { pending: 'start' }],
    ['OBS left', [read(true), press('pause'), { type: 'lost' }], 'unknown', {}],
    ['STARTING after STARTED changes nothing', [idle, obs('STARTED'), obs('STARTING')], 'recording', {}],
    ['STOPPING after STOPPED changes nothing', [read(true), obs('STOPPED'), obs('STOPPING')], 'idle', {}],
    ['STARTED twice is one start', [idle, press('start'), obs('STARTED'), obs('STARTED')], 'recording', {}],
    [
      'STOPPED twice does not take back the next start',
      [read(true), obs('STOPPED'), press('start'), obs('STOPPED')],
      'starting',
      { pending: 'start' },
    ],
    ['an unknown output state changes nothing', [idle, obs('RECONNECTING')], 'idle', {}],
    [
      'an answer that an event overtook is ignored',
      [idle, obs('STARTED'), read(false, { revision: 0 })],
      'recording',
      {},
    ],
    ['“not active” does not end a start', [idle, obs('STARTING'), read(false, { revision: 1 })], 'starting', {}],
    ['“active” does not end a stop', [read(true), obs('STOPPING'), read(true, { revision: 1 })], 'stopping', {}],
    ['a missed STOPPED is caught by the next answer', [read(true), read(false)], 'idle', {}],
  ];
  test.each(table)('%s', (_, events, phase, expected) => {
    const state = run(...events);
    expect(phaseOf(state)).toBe(phase);
    expect(state.pending?.command).toBe(expected.pending);
    expect(state.problem?.code).toBe(expected.problem);
  });
});

describe('what may be pressed', () => {
  const all: RecordCommand[] = ['start', 'stop', 'pause', 'resume', 'split'];
  const table: [string, RecordEvent[], RecordCommand[]][] = [
    ['nothing while OBS is unknown', [], []],
    ['start while idle', [idle], ['start']],
    ['nothing while starting', [idle, press('start')], []],
    ['stop, pause and split while recording', [read(true)], ['stop', 'pause', 'split']],
    ['stop and resume while paused', [read(true, { paused: true })], ['stop', 'resume']],
    ['only stop while a pause is pending', [read(true), press('pause')], ['stop']],
    ['nothing while stopping', [read(true), press('stop')], []],
  ];
  test.each(table)('%s', (_, events, allowed) => {
    expect(all.filter((command) => canPress(run(...events), command))).toEqual(allowed);
  });
});

describe('what OBS has to confirm', () => {
  const table: [string, RecordEvent[], string | null][] = [
    ['nothing while idle', [idle], null],
    ['nothing while the agent prepares the start', [idle, press('start', 7)], null],
    ['the start once it is sent', [idle, press('start', 7), sent(7)], 'start 7'],
    ['the same start after STARTING', [idle, press('start', 7), sent(7), obs('STARTING')], 'start 7'],
    ['the end of a start by a hotkey', [idle, obs('STARTING')], 'starting'],
    ['the end of a stop by a hotkey', [read(true), obs('STOPPING')], 'stopping'],
    ['nothing while recording', [idle, obs('STARTING'), obs('STARTED')], null],
  ];
  test.each(table)('%s', (_, events, wanted) => {
    expect(awaited(run(...events))).toBe(wanted);
  });
});

describe('the clock', () => {
  const table: [string, RecordEvent[], number, number][] = [
    ['starts at zero with STARTED', [idle, obs('STARTED', 1000)], 4500, 3500],
    ['stands while paused', [idle, obs('STARTED', 0), obs('PAUSED', 2000)], 9000, 2000],
    ['goes on after a pause', [idle, obs('STARTED', 0), obs('PAUSED', 2000), obs('RESUMED', 5000)], 6000, 3000],
    ['stands while OBS stops', [idle, obs('STARTED', 0), obs('STOPPING', 2000)], 3000, 2000],
    ['is zero after the stop', [idle, obs('STARTED', 0), obs('STOPPED', 2000)], 3000, 0],
    ['takes OBS’s time when it joins late', [read(true, { durationMs: 60_000, at: 100 })], 1100, 61_000],
    [
      'goes on where OBS lags a little',
      [idle, obs('STARTED', 0), read(true, { durationMs: 9600, at: 10_000, revision: 1 })],
      10_000,
      10_000,
    ],
    [
      'is corrected where it is far off, as after a sleep',
      [idle, obs('STARTED', 0), read(true, { durationMs: 4000, at: 10_000, revision: 1 })],
      10_000,
      4000,
    ],
  ];
  test.each(table)('%s', (_, events, now, ms) => {
    expect(elapsedMs(run(...events).clock, now)).toBe(ms);
  });
});
