import { describe, expect, test } from 'vitest';
import type { RecordingNow } from '../obs/read-back.ts';
import { type Disagreement, Doubt, disagreement, looksToBelieve } from './agreement.ts';
import { begin, firstMoment, type Run, step } from './session-state.ts';

const recording: RecordingNow = {
  ...{ active: true, paused: false, durationMs: 5000, bytes: 1, timecode: '00:00:05.000', path: '/a', elsewhere: null },
  answeredAt: 0,
};
const idle: RecordingNow = { ...recording, active: false, durationMs: 0, path: null };
const going = begin(firstMoment(0), '/a');
const paused = step(going, { type: 'paused', at: firstMoment(0) });
const stopping = step(going, { type: 'stopping', at: firstMoment(0) });

test.each<[what: string, said: RecordingNow, run: Run | undefined, expected: Disagreement | null]>([
  ['nothing is recorded', idle, undefined, null],
  ['it records', recording, going, null],
  ['it is paused', { ...recording, paused: true }, paused, null],
  ['it stops, and has not ended', recording, stopping, null],
  ['its file is not known', recording, begin(firstMoment(0), null), null],
  ['OBS does not name its file', { ...recording, path: null }, going, null],
  ['OBS writes its path otherwise, and counts on', { ...recording, path: '/A' }, going, null],
  ['nobody told of an end', idle, going, 'over'],
  ['nobody told of an end while it was paused', idle, paused, 'over'],
  ['nobody told that it has stopped', idle, stopping, 'over'],
  ['nobody told of a start', recording, undefined, 'begun'],
  ['nobody told of an end and another start', { ...recording, path: '/b', durationMs: 400 }, going, 'another'],
  ['nobody told of a pause', { ...recording, paused: true }, going, 'paused'],
  ['nobody told that it goes on', recording, paused, 'resumed'],
])('%s', (_, said, run, expected) => {
  expect(disagreement(said, run, 5000)).toBe(expected);
});

describe('what OBS says', () => {
  test('is believed once it has said it several times in a row', () => {
    const doubt = new Doubt();
    const looks = Array.from({ length: looksToBelieve }, () => doubt.look('over'));
    expect(looks).toEqual([...Array(looksToBelieve - 1).fill(null), 'over']);
    expect(doubt.any).toBe(true);
  });

  test('counts from the beginning after anything else', () => {
    const doubt = new Doubt();
    for (let look = 1; look < looksToBelieve; look++) doubt.look('over');
    expect(doubt.look(null)).toBeNull();
    expect(doubt.any).toBe(false);
    for (let look = 1; look < looksToBelieve; look++) expect(doubt.look('over')).toBeNull();
    expect(doubt.look('paused')).toBeNull();
  });
});
