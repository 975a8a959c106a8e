import { expect, test } from 'vitest';
import { Lifetime, type Part } from './lifetime.ts';

/** Parts that note what happens to them, and the lifetime that they share. */
function world(closeMs?: number) {
  const steps: string[] = [];
  const problems: string[] = [];
  const note = (...words: unknown[]): void => void problems.push(String(words.at(-1)));
  const lifetime = new Lifetime({ warn: note, error: note }, closeMs);
  const add = (name: string, change: Part = {}): void =>
    lifetime.add(name, {
      start: () => void steps.push(`${name} starts`),
      close: () => void steps.push(`${name} ends`),
      ...change,
    });
  return { lifetime, steps, problems, add };
}

test('parts start in their order and end in reverse', async () => {
  const { lifetime, steps, add } = world();
  for (const name of ['a', 'b', 'c']) add(name);
  await lifetime.start();
  await lifetime.close();
  expect(steps).toEqual(['a starts', 'b starts', 'c starts', 'c ends', 'b ends', 'a ends']);
});

test('one that cannot start is said; it and those before it end, those after it never began', async () => {
  const { lifetime, steps, add } = world();
  add('a');
  add('b', { start: () => Promise.reject(new Error('the port is taken')) });
  add('c');
  await expect(lifetime.start()).rejects.toThrow('the port is taken');
  await lifetime.close();
  expect(steps).toEqual(['a starts', 'b ends', 'a ends']);
});

test('one that was begun before it was added ends, also where nothing was started', async () => {
  const { lifetime, steps } = world();
  lifetime.add('database', { close: () => void steps.push('database ends') });
  await lifetime.close();
  expect(steps).toEqual(['database ends']);
});

test('one that fails to end, or takes for ever, keeps the others from nothing, and is named', async () => {
  const { lifetime, steps, problems, add } = world(20);
  add('a');
  add('b', { close: () => Promise.reject(new Error('broken')) });
  add('c', { close: () => new Promise(() => {}) });
  await lifetime.start();
  await lifetime.close();
  expect(steps).toEqual(['a starts', 'b starts', 'c starts', 'a ends']);
  expect(problems).toEqual(['a part of the agent did not end in time', 'a part of the agent did not end in order']);
});

test('what has ended does not end again', async () => {
  const { lifetime, steps, add } = world();
  add('a');
  await lifetime.start();
  await Promise.all([lifetime.close(), lifetime.close()]);
  expect(steps).toEqual(['a starts', 'a ends']);
});
