import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { KnownPart, StoredPart } from '../s3/known-part.ts';
import { planResume } from './resume-plan.ts';

const size = (number: number): number => (number === 4 ? 3 : 10);
const md5Of = (text: string): string => createHash('md5').update(text).digest('hex');
/** A part as the journal has it. @param etag the store's, where that is no MD5 */
const sent = (number: number, etag?: string): KnownPart => ({
  ...{ number, md5: md5Of(`part ${number}`), bytes: size(number) },
  ...(etag !== undefined && { etag }),
});
/** The same part in the store's list. */
const there = (number: number, etag = md5Of(`part ${number}`), bytes = size(number)): StoredPart => ({
  ...{ number, etag, bytes },
});
const plan = (journal: KnownPart[], store: StoredPart[], before: KnownPart[] = []) => {
  const { done, missing, unproven } = planResume(4, size, journal, store, before);
  return { done: done.map(({ number }) => number), missing, unproven: [...unproven.keys()] };
};
type Plan = ReturnType<typeof plan>;
const [x, y] = [md5Of('x'), md5Of('y')];

test.each<[what: string, journal: KnownPart[], store: StoredPart[], expected: Plan]>([
  ['nothing anywhere', [], [], { done: [], missing: [1, 2, 3, 4], unproven: [] }],
  ['both agree', [sent(1), sent(2)], [there(1), there(2)], { done: [1, 2], missing: [3, 4], unproven: [] }],
  [
    'both agree on all, the short last one too',
    [1, 2, 3, 4].map((number) => sent(number)),
    [4, 3, 2, 1].map((number) => there(number)),
    { done: [1, 2, 3, 4], missing: [], unproven: [] },
  ],
  ['the store lost one', [sent(1), sent(2)], [there(2)], { done: [2], missing: [1, 3, 4], unproven: [] }],
  ['the store has another one', [sent(1)], [there(1, x)], { done: [], missing: [1, 2, 3, 4], unproven: [] }],
  [
    'the store has another one beside a right one',
    [sent(1), sent(2)],
    [there(1), there(2, x)],
    { done: [1], missing: [2, 3, 4], unproven: [] },
  ],
  [
    'killed before the journal had it',
    [sent(1)],
    [there(1), there(2)],
    { done: [1], missing: [2, 3, 4], unproven: [2] },
  ],
  ['half a part', [sent(1)], [there(1, md5Of('part 1'), 5)], { done: [], missing: [1, 2, 3, 4], unproven: [] }],
  [
    'half a part, not in the journal',
    [],
    [there(1, md5Of('part 1'), 5)],
    { done: [], missing: [1, 2, 3, 4], unproven: [] },
  ],
  ['a part beyond the last one', [], [there(9)], { done: [], missing: [1, 2, 3, 4], unproven: [] }],
])('%s', (_, journal, store, expected) => expect(plan(journal, store)).toEqual(expected));

describe('ETags that are no MD5s', () => {
  const done = (...numbers: number[]): Plan => ({
    done: numbers,
    missing: [1, 2, 3, 4].filter((number) => !numbers.includes(number)),
    unproven: [],
  });
  test.each<[what: string, journal: KnownPart[], store: StoredPart[], expected: Plan]>([
    ['one part that the store calls as before', [sent(1, x)], [there(1, x)], done(1)],
    ['one part that it calls otherwise each time', [sent(1, x)], [there(1, y)], done(1)],
    ['one part whose header was changed on its way', [sent(1, x)], [there(1)], done(1)],
    ['one part under a name that is no MD5', [sent(1)], [there(1, 'gateway-17')], done(1)],
    ['parts of an older version', [sent(1), sent(2)], [there(1, x), there(2, y)], done(1, 2)],
    ['a short one', [sent(1, x), sent(2, x)], [there(1, x), there(2, x, 4)], done(1)],
    [
      'but MD5s, and one part is damaged',
      [sent(1), sent(2, x), sent(3)],
      [there(1), there(2, x), there(3)],
      done(1, 3),
    ],
    ['but MD5s, and the first one is damaged', [sent(1, x), sent(2)], [there(1, x), there(2)], done(2)],
  ])('%s', (_, journal, store, expected) => expect(plan(journal, store)).toEqual(expected));
});

describe('what was sent before the file may have changed is compared', () => {
  const known = (store: StoredPart[], before: KnownPart[]): [number, string][] =>
    [...planResume(4, size, [], store, before).unproven].map(([number, { md5 }]) => [number, md5]);

  test('with what was sent, where the store has that', () => {
    expect(known([there(1), there(2)], [sent(1), sent(2)])).toEqual([
      [1, md5Of('part 1')],
      [2, md5Of('part 2')],
    ]);
    expect(known([there(1, x)], [sent(1, x)])).toEqual([[1, md5Of('part 1')]]);
    expect(plan([], [there(1, x)], [sent(1, x)])).toEqual({ done: [], missing: [1, 2, 3, 4], unproven: [1] });
  });

  test('with what the store has, where that is something else', () => {
    expect(known([there(1), there(2, x)], [sent(1), sent(2)])).toEqual([
      [1, md5Of('part 1')],
      [2, x],
    ]);
  });
});
