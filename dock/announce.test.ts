import { expect, test } from 'vitest';
import { phaseMilestone } from './announce.ts';
import { en } from './i18n/en.ts';
import type { RecordPhase } from './obs/record-state.ts';

const { started, paused, resumed, stopped } = en.announce;

test.each<[RecordPhase, RecordPhase, string | null]>([
  ['unknown', 'recording', null],
  ['unknown', 'idle', null],
  ['idle', 'starting', null],
  ['starting', 'recording', started],
  ['idle', 'recording', started],
  ['recording', 'recording', null],
  ['recording', 'paused', paused],
  ['paused', 'recording', resumed],
  ['recording', 'stopping', null],
  ['stopping', 'idle', stopped],
  ['recording', 'idle', stopped],
  ['starting', 'idle', null],
  ['recording', 'unknown', null],
])('from %s to %s says %s', (before, after, text) => {
  expect(phaseMilestone(before, after, en.announce)).toBe(text);
});
