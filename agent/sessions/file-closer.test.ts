import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { LiveBus } from '../live-events.ts';
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

describe('a file that was not there when its session ended', () => {
  const gone = (number: number) => ({ type: 'file_missing', number }) as const;

  /** A session that has ended, both of whose files are missing. */
  async function missing() {
    const folder = await mkdtemp(path.join(tmpdir(), 'streamai-closer-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    const database = openDatabase(':memory:');
    onTestFinished(() => database.close());
    const live = new LiveBus(() => now);
    const store = new SessionStore(
      database,
      () => new Map(),
      () => now,
    );
    const book = new SessionBook(store, database, live);
    const queued: string[] = [];
    const onReady = (_: unknown, file: { path: string }): void => void queued.push(file.path);
    const closer = new FileCloser({ book, onReady, log: createLog({ level: 'silent' }) });
    const [first, second] = [path.join(folder, 'first.ts'), path.join(folder, 'second.ts')] as const;
    const open = (name: string, file: string): string =>
      book.open({
        ...{ name, startedBy: 'obs', autoUpload: true, subtitleModel: 'base', priority: 1, notes: '' },
        metadata: { scenes: [], pauses: [] },
        run: begin(now, file),
      }).id;
    const id = open('Session', first);
    book.apply(id, { type: 'stopped', at: now, paths: [first, second] });
    book.apply(id, gone(1));
    book.apply(id, gone(2));
    const shown: unknown[] = [];
    live.subscribe(({ type, data }) => {
      if (type === 'session_updated') shown.push(data.recordings.map(({ state }) => state));
    });
    return { ...{ folder, book, closer, id, first, second, open, queued, shown } };
  }

  test('is ready once it is there again; docks hear of it, and nothing is queued by itself', async () => {
    const { closer, id, second, book, queued, shown } = await missing();
    await writeFile(second, Buffer.alloc(376, 0x47));
    await closer.findAgain(id);
    expect(book.store.get(id).run).toMatchObject({
      state: 'recorded',
      files: [{ state: 'missing' }, { state: 'ready', bytes: 376, container: 'ts', finalised: true }],
    });
    expect(shown).toEqual([['missing', 'ready']]);
    expect(queued).toEqual([]);
  });

  test('says so when it is still not there', async () => {
    const { closer, id, book } = await missing();
    await expect(closer.findAgain(id)).rejects.toMatchObject({ code: 'file_missing', params: { file: 'first.ts' } });
    expect(book.store.get(id).run.files).toMatchObject([{ state: 'missing' }, { state: 'missing' }]);
  });

  test('says so when it cannot be read', async () => {
    const { closer, id, first } = await missing();
    // The one thing that no user of any system can read as a file.
    await mkdir(first);
    await expect(closer.findAgain(id)).rejects.toMatchObject({ code: 'file_unreadable' });
  });

  test('is not what a later session recorded under its name', async () => {
    const { closer, id, first, open } = await missing();
    await writeFile(first, Buffer.alloc(376, 0x47));
    open('Later', first);
    await expect(closer.findAgain(id)).rejects.toMatchObject({ code: 'file_missing' });
  });

  test('is not looked for while OBS records, nor in a session that has none', async () => {
    const { closer, open, folder } = await missing();
    await closer.findAgain(open('Now', path.join(folder, 'now.ts')));
    await expect(closer.findAgain('none')).rejects.toMatchObject({ code: 'session_not_found' });
  });
});
