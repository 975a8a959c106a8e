import { expect, onTestFinished, test, vi } from 'vitest';
import { LiveBus } from '../live-bus.ts';
import { createLog } from '../log.ts';
import { openDatabase } from '../storage/database.ts';
import { FileCloser } from './file-closer.ts';
import { SessionBook } from './session-book.ts';
import { begin } from './session-state.ts';
import { SessionStore } from './session-store.ts';

const now = Date.parse('2026-11-22T20:00:00Z');

test('a file whose end cannot be written down, on a full disk, is looked at again', async () => {
  const database = openDatabase(':memory:');
  onTestFinished(() => database.close());
  const store = new SessionStore(
    database,
    () => new Map(),
    () => now,
  );
  const book = new SessionBook(store, database, new LiveBus(() => now));
  const closed: string[] = [];
  const problems: string[] = [];
  let looks = 0;
  const closer = new FileCloser({
    book,
    retryMs: 1,
    onReady: () => {},
    onClosed: (recordingId) => closed.push(recordingId),
    log: { ...createLog({ level: 'silent' }), error: (...words: unknown[]) => problems.push(String(words.at(-1))) },
    finalise: async () => {
      looks += 1;
      // It has room again before the third look.
      if (looks === 3) database.exec('DROP TRIGGER full');
      return { found: true, bytes: 1000, modifiedAt: now, container: 'mkv', finalised: true };
    },
  });
  onTestFinished(() => closer.stop());
  const { id, fileIds } = book.open({
    ...{ name: 'Session', startedBy: 'obs', autoUpload: true, subtitleModel: 'base', priority: 1, notes: '' },
    metadata: { scenes: [], pauses: [] },
    run: begin(now, '/rec/a.mkv'),
  });
  const stopped = book.apply(id, { type: 'stopped', at: now, paths: [] });
  database.exec(`CREATE TRIGGER full BEFORE UPDATE ON sessions BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
  closer.close(stopped);
  await vi.waitFor(() => expect(closed).toEqual(fileIds));
  expect(store.find(id)?.run).toMatchObject({ state: 'recorded', files: [{ state: 'ready', bytes: 1000 }] });
  expect([looks, problems.length]).toEqual([3, 2]);
});
