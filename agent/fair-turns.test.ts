import { expect, test } from 'vitest';
import { cpuMs } from './cpu-fixture.ts';
import { FairTurns } from './fair-turns.ts';

/** Keeps the loop for so long, ms. */
function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test.each([
  ['one after the other', false],
  ['all at once', true],
])('pieces that come %s are done in their order, and whoever else waits comes in between', async (_, atOnce) => {
  const turns = new FairTurns();
  const done: number[] = [];
  let others = 0;
  const timer = setInterval(() => {
    others += 1;
  }, 1);
  const piece = async (number: number): Promise<void> => {
    await turns.next();
    work(5);
    done.push(number);
  };
  const pieces: Promise<void>[] = [];
  for (let number = 0; number < 40; number++) {
    pieces.push(piece(number));
    if (!atOnce) await pieces.at(-1);
  }
  await Promise.all(pieces);
  clearInterval(timer);
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(done).toHaveLength(40);
  // 200 ms in turns of 10 to 20.
  expect(others).toBeGreaterThanOrEqual(8);
});

test('small pieces cost little more than themselves', async () => {
  const turns = new FairTurns();
  const all = async (): Promise<void> => {
    for (let number = 0; number < 10_000; number++) await turns.next();
  };
  expect(await cpuMs(all)).toBeLessThan(500);
});
