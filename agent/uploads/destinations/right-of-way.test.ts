import { expect, test, vi } from 'vitest';
import { unpaced } from './pacer.ts';
import { RightOfWay } from './right-of-way.ts';

const { signal } = new AbortController();

test('costs nothing while nobody goes first', () => {
  expect(new RightOfWay().yielding(unpaced).take(1, signal)).toBe(unpaced.take(1, signal));
});

test('lets pass until all who go first have passed', async () => {
  const way = new RightOfWay();
  const [first, second] = [way.hold(), way.hold()];
  const taken = vi.fn();
  const taking = way.yielding(unpaced).take(1, signal).then(taken);
  first();
  first();
  await new Promise(setImmediate);
  expect(taken).not.toHaveBeenCalled();
  second();
  await taking;
});

test('goes on by a slice a second all the same', async () => {
  vi.useFakeTimers();
  try {
    const way = new RightOfWay();
    way.hold();
    const taken = vi.fn();
    const taking = way.yielding(unpaced).take(1, signal).then(taken);
    await vi.advanceTimersByTimeAsync(999);
    expect(taken).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await taking;
  } finally {
    vi.useRealTimers();
  }
});

test('whoever is called off does not wait', async () => {
  const way = new RightOfWay();
  way.hold();
  const off = new AbortController();
  const taking = way.yielding({ sliceBytes: 1, take: async (_, at) => at.throwIfAborted() }).take(1, off.signal);
  off.abort(new Error('off'));
  await expect(taking).rejects.toThrow('off');
});
