import { expect, test } from 'vitest';
import { TestClock } from './clock-fixture.ts';
import { Paced } from './paced.ts';

function world(): { clock: TestClock; paced: Paced; passed: string[] } {
  const clock = new TestClock();
  const passed: string[] = [];
  const startedAt = clock.monotonic();
  const paced = new Paced((key) => passed.push(`${key} ${clock.monotonic() - startedAt}`), clock);
  return { clock, paced, passed };
}

test('the first is passed on at once, those that follow too soon once, when their time has come', () => {
  const { clock, paced, passed } = world();
  for (let call = 0; call < 50; call++) {
    paced.call('a', 200);
    clock.advance(10);
  }
  clock.advance(1000);
  expect(passed).toEqual(['a 0', 'a 200', 'a 400', 'a 600']);
  expect(clock.waits()).toEqual([]);
});

test('whoever may wait less goes first, and takes the others along', () => {
  const { clock, paced, passed } = world();
  paced.call('a', 200);
  paced.call('a', 5000);
  clock.advance(100);
  paced.call('a', 200);
  paced.call('a', 5000);
  clock.advance(10_000);
  expect(passed).toEqual(['a 0', 'a 200']);
});

test('keys do not wait for each other', () => {
  const { clock, paced, passed } = world();
  for (const key of ['a', 'b', 'a', 'b']) paced.call(key, 200);
  clock.advance(200);
  expect(passed).toEqual(['a 0', 'b 0', 'a 200', 'b 200']);
});

test('what was told otherwise is not told again, and nothing is after the end', () => {
  const { clock, paced, passed } = world();
  paced.call('a', 200);
  paced.call('a', 200);
  paced.passed('a');
  clock.advance(100);
  paced.call('a', 200);
  paced.close();
  // What runs on while the agent ends may still tell something.
  paced.call('a', 200);
  paced.call('b', 200);
  clock.advance(1000);
  expect(passed).toEqual(['a 0']);
});

test('the time of day, set an hour back, holds nothing up', () => {
  const { clock, paced, passed } = world();
  paced.call('a', 200);
  clock.setBack(3_600_000);
  paced.call('a', 200);
  clock.advance(200);
  expect(passed).toEqual(['a 0', 'a 200']);
});

test('any number of keys takes no more memory than those that still wait', () => {
  const { clock, paced, passed } = world();
  for (let key = 0; key < 1000; key++) paced.call(String(key), 200);
  paced.call('0', 200);
  clock.advance(200);
  // Forgotten among so many, it is passed on once more rather than never.
  expect(passed.filter((line) => line.startsWith('0 ')).length).toBeGreaterThanOrEqual(2);
});
