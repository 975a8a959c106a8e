import { expect, test } from 'vitest';
import { createWatch, type WaitingState } from './page-script.ts';

const nothing = null;
const reads = (beat: string, count: number): string[] => Array.from({ length: count }, () => beat);

/** What is read, one look after the other, and what the page then knows. */
test.each<{ name: string; read: (string | null)[]; known: WaitingState }>([
  { name: 'nothing yet', read: [nothing], known: 'away' },
  { name: 'nothing for long', read: [nothing, nothing, nothing, nothing], known: 'away' },
  { name: 'the first beat of an agent that starts', read: [nothing, nothing, 'a.1'], known: 'opening' },
  { name: 'two beats of one that runs', read: ['a.1', 'a.2'], known: 'opening' },
  { name: 'the same beat twice, then another', read: ['a.1', 'a.1', 'a.2'], known: 'opening' },
  { name: 'one beat: it may be left over', read: ['a.1'], known: 'looking' },
  { name: 'the same beat for a moment', read: reads('a.1', 5), known: 'looking' },
  { name: 'what a killed agent left', read: reads('a.1', 20), known: 'silent' },
  { name: 'a new agent after a killed one', read: [...reads('a.1', 20), 'b.1'], known: 'opening' },
  { name: 'a new agent after one that ended in order', read: ['a.1', nothing, nothing, 'b.1'], known: 'opening' },
  { name: 'an orderly end', read: ['a.1', nothing], known: 'away' },
  { name: 'a leftover that a scanner held for a moment', read: ['a.1', nothing, nothing, 'a.1'], known: 'looking' },
  { name: 'a leftover that a scanner held at the first look', read: [nothing, 'a.1'], known: 'looking' },
  {
    name: 'a leftover that a scanner lets be read now and then',
    read: [nothing, 'a.1', nothing, 'a.1'],
    known: 'looking',
  },
  { name: 'beats that go backwards: a data folder from a backup', read: ['a.9', 'a.3'], known: 'opening' },
])('$name: $known', ({ read, known }) => {
  const watch = createWatch();
  expect(read.map((beat) => watch(beat)).at(-1)).toBe(known);
});

test('an agent that runs is seen at every moment at which the page may begin to look', () => {
  // Looks each 150 ms, beats each 500 ms.
  for (let begin = 0; begin < 500; begin += 10) {
    const watch = createWatch();
    let ms = 0;
    while (watch(`a.${Math.floor((begin + ms) / 500)}`) !== 'opening') ms += 150;
    expect(ms).toBeLessThanOrEqual(600);
  }
});
