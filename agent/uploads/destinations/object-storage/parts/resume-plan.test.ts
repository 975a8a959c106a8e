import { expect, test } from 'vitest';
import type { KnownPart } from '../s3/known-part.ts';
import { planResume } from './resume-plan.ts';

const size = (number: number): number => (number === 4 ? 3 : 10);
const part = (number: number, md5 = `m${number}`, bytes = size(number)): KnownPart => ({ number, md5, bytes });
const plan = (journal: KnownPart[], store: KnownPart[]) => {
  const { done, missing, unproven } = planResume(4, size, journal, store);
  return { done: done.map(({ number }) => number), missing, unproven: [...unproven.keys()] };
};

test.each<[what: string, journal: KnownPart[], store: KnownPart[], expected: ReturnType<typeof plan>]>([
  ['nothing anywhere', [], [], { done: [], missing: [1, 2, 3, 4], unproven: [] }],
  ['both agree', [part(1), part(2)], [part(1), part(2)], { done: [1, 2], missing: [3, 4], unproven: [] }],
  [
    'both agree on all, the short last one too',
    [1, 2, 3, 4].map((number) => part(number)),
    [4, 3, 2, 1].map((number) => part(number)),
    { done: [1, 2, 3, 4], missing: [], unproven: [] },
  ],
  ['the store lost one', [part(1), part(2)], [part(2)], { done: [2], missing: [1, 3, 4], unproven: [] }],
  ['the store has another one', [part(1)], [part(1, 'other')], { done: [], missing: [1, 2, 3, 4], unproven: [] }],
  ['killed before the journal had it', [part(1)], [part(1), part(2)], { done: [1], missing: [2, 3, 4], unproven: [2] }],
  ['half a part', [part(1)], [part(1, 'm1', 5)], { done: [], missing: [1, 2, 3, 4], unproven: [] }],
  [
    'ETags that are no MD5s',
    [part(1), part(2)],
    [part(1, 'x1'), part(2, 'x2')],
    { done: [1, 2], missing: [3, 4], unproven: [] },
  ],
  ['half a part, not in the journal', [], [part(1, 'm1', 5)], { done: [], missing: [1, 2, 3, 4], unproven: [] }],
  ['a part beyond the last one', [], [part(9)], { done: [], missing: [1, 2, 3, 4], unproven: [] }],
])('%s', (_, journal, store, expected) => expect(plan(journal, store)).toEqual(expected));
