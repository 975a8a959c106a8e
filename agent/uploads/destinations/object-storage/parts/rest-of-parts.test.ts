import { expect, test } from 'vitest';
import type { HashedPart } from '../hashing/hashed-parts.ts';
import type { KnownPart } from '../s3/known-part.ts';
import { RestOfParts } from './rest-of-parts.ts';

const ranges = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ number: index + 1, start: index * 10, bytes: 10 }));
const part = (number: number, md5 = `md5 of ${number}`): KnownPart => ({ number, md5, bytes: 10 });
const quiet = { debug() {}, info() {} };

function world(count: number, there: readonly KnownPart[], md5: (start: number) => Promise<string>) {
  const proven: number[][] = [];
  const off = new AbortController();
  const parts = new RestOfParts({
    hasher: { md5: async ({ start }) => ({ md5: await md5(start) }) },
    ranges: ranges(count),
    there: new Map(there.map((known) => [known.number, known])),
    onProven: (found) => proven.push(found.map(({ number }) => number)),
    log: quiet,
    signal: off.signal,
  });
  return { parts, proven, off };
}
const right = async (start: number): Promise<string> => `md5 of ${start / 10 + 1}`;

async function all(parts: RestOfParts): Promise<HashedPart[]> {
  const found: HashedPart[] = [];
  for (let next = await parts.next(); next !== null; next = await parts.next()) found.push(next);
  return found;
}

test('what is missing comes first, in order; what is there and right never', async () => {
  const { parts, proven } = world(5, [part(2), part(3), part(4)], right);
  expect((await all(parts)).map(({ number }) => number)).toEqual([1, 5]);
  expect(proven).toEqual([[2, 3, 4]]);
});

test('what has changed comes after that, once each, to whoever asks', async () => {
  const { parts, proven } = world(4, [part(2), part(3, 'another'), part(4, 'another')], right);
  const found = await Promise.all([all(parts), all(parts), all(parts)]);
  expect(
    found
      .flat()
      .map(({ number }) => number)
      .sort(),
  ).toEqual([1, 3, 4]);
  expect(proven).toEqual([[2]]);
});

test('missing parts do not wait for the comparison', async () => {
  const comparing = Promise.withResolvers<string>();
  const { parts } = world(2, [part(2)], (start) => (start === 10 ? comparing.promise : right(start)));
  expect(await parts.next()).toMatchObject({ number: 1 });
  const last = parts.next();
  comparing.resolve('md5 of 2');
  expect(await last).toBeNull();
});

test('a file that cannot be read fails everybody who waits, now and later', async () => {
  const broken = new Error('EIO');
  const { parts } = world(2, [part(1), part(2)], () => Promise.reject(broken));
  await expect(Promise.all([parts.next(), parts.next()])).rejects.toBe(broken);
  await expect(parts.next()).rejects.toBe(broken);
});

test('thousands are written down in batches', async () => {
  const there = Array.from({ length: 100 }, (_, index) => part(index + 1));
  const { parts, proven } = world(100, there, right);
  expect(await all(parts)).toEqual([]);
  expect(proven.map(({ length }) => length)).toEqual([32, 32, 32, 4]);
});

test('called off, nothing more is written down', async () => {
  const { parts, proven, off } = world(3, [part(1), part(2), part(3)], right);
  off.abort();
  expect(await all(parts)).toEqual([]);
  expect(proven).toEqual([]);
});
