import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createLog } from '../log.ts';
import { openDatabase } from '../storage/database.ts';
import { StateStore } from '../storage/state-store.ts';
import { bookFixture } from './book-fixture.ts';
import { RecordedClock } from './recorded-clock.ts';
import { SplitWatch } from './split-watch.ts';

const hourMs = 3_600_000;

test.each([
  ['as it was', 0],
  ['set back by eight hours', -8 * hourMs],
  ['set forward by eight hours', 8 * hourMs],
])('a file that may be of a split is asked about, with the clock %s', async (_, offMs) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-splits-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const [first, second] = [path.join(folder, 'a.ts'), path.join(folder, 'a (2).ts')] as const;
  const startedAt = Date.now();
  const clock = { now: startedAt, monotonic: 0 };
  const recorded = new RecordedClock({ now: () => clock.now, monotonic: () => clock.monotonic });
  const database = openDatabase(':memory:');
  onTestFinished(() => database.close());
  const { book, open, store, at } = bookFixture(() => clock.now, database, undefined, undefined, recorded);
  await writeFile(first, Buffer.alloc(376, 0x47));
  const id = open(first);
  recorded.begin(id, at(clock.now), recorded.now());
  await writeFile(second, Buffer.alloc(376, 0x47));
  // Written until just now, both.
  for (const [file, afterMs] of [
    [first, 30_000],
    [second, 60_000],
  ] as const)
    await utimes(file, (startedAt + afterMs) / 1000, (startedAt + afterMs) / 1000);
  clock.monotonic += 60_000;
  clock.now += 60_000 + offMs;
  const obs = { connected: false, ask: () => Promise.reject(new Error('OBS is not there')) };
  const watch = new SplitWatch({ obs, book, state: new StateStore(database), log: createLog({ level: 'silent' }) });
  const search = { at: clock.now, missedSince: null, others: [], file: null, recordedMs: null, isEnd: true };
  expect((await watch.find(store.get(id), search)).doubts).toBe(true);
  expect(store.get(id).notices).toMatchObject([{ code: 'file_uncertain', params: { file: second } }]);
});
