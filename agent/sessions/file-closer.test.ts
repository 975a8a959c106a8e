import { mkdir, mkdtemp, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Finalised, finalisedNow } from '../files/finalise.ts';
import { inodeOf } from '../files/recording-file.ts';
import { createLog } from '../log.ts';
import { bookFixture } from './book-fixture.ts';
import { FileCloser, type FileCloserPorts } from './file-closer.ts';
import { type FileJudge, isHeld } from './file-judge.ts';
import type { StoredSession } from './session-store.ts';

const now = Date.parse('2026-11-22T20:00:00Z');
const judge = { doubts: async () => [] };

test('a file whose end cannot be written down, on a full disk, is looked at again', async () => {
  const { database, store, book, open, at } = bookFixture(() => now);
  onTestFinished(() => database.close());
  const closed: string[] = [];
  const problems: string[] = [];
  let looks = 0;
  const closer = new FileCloser({
    book,
    judge,
    retryMs: 1,
    uploads: { fileReady() {}, fileClosed: (recordingId) => closed.push(recordingId) },
    log: { ...createLog({ level: 'silent' }), error: (...words: unknown[]) => problems.push(String(words.at(-1))) },
    finalise: async () => {
      looks += 1;
      // It has room again before the third look.
      if (looks === 3) database.exec('DROP TRIGGER full');
      return { found: true, bytes: 1000, modifiedAt: now, inode: '1:1', container: 'mkv', finalised: true };
    },
  });
  onTestFinished(() => closer.close());
  const id = open('/rec/a.mkv');
  const { fileIds } = store.get(id);
  const stopped = book.apply(id, { type: 'stopped', at: at(now), paths: [] });
  database.exec(`CREATE TRIGGER full BEFORE UPDATE ON sessions BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
  closer.closeFiles(stopped);
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
    const { database, live, book, ...fixture } = bookFixture(() => now);
    onTestFinished(() => database.close());
    const queued: number[] = [];
    const uploads = { fileReady: (_: unknown, number: number): void => void queued.push(number), fileClosed() {} };
    const closer = new FileCloser({ book, uploads, judge, log: createLog({ level: 'silent' }) });
    const [first, second] = [path.join(folder, 'first.ts'), path.join(folder, 'second.ts')] as const;
    const open = (name: string, file: string): string => fixture.open(file, { name });
    const id = open('Session', first);
    book.apply(id, { type: 'stopped', at: fixture.at(now), paths: [first, second] });
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
    await closer.lookAgain(id);
    expect(book.store.get(id).run).toMatchObject({
      state: 'recorded',
      files: [{ state: 'missing' }, { state: 'ready', bytes: 376, container: 'ts', finalised: true }],
    });
    expect(shown).toEqual([['missing', 'ready']]);
    expect(queued).toEqual([]);
  });

  test('says so when it is still not there', async () => {
    const { closer, id, book } = await missing();
    await expect(closer.lookAgain(id)).rejects.toMatchObject({ code: 'file_missing', params: { file: 'first.ts' } });
    expect(book.store.get(id).run.files).toMatchObject([{ state: 'missing' }, { state: 'missing' }]);
  });

  test('says so when it cannot be read', async () => {
    const { closer, id, first } = await missing();
    // The one thing that no user of any system can read as a file.
    await mkdir(first);
    await expect(closer.lookAgain(id)).rejects.toMatchObject({ code: 'file_unreadable' });
  });

  test('is not what a later session recorded under its name', async () => {
    const { closer, id, first, open } = await missing();
    await writeFile(first, Buffer.alloc(376, 0x47));
    open('Later', first);
    await expect(closer.lookAgain(id)).rejects.toMatchObject({ code: 'file_missing' });
  });

  test('is not looked for while OBS records, nor in a session that has none', async () => {
    const { closer, open, folder } = await missing();
    await closer.lookAgain(open('Now', path.join(folder, 'now.ts')));
    await expect(closer.lookAgain('none')).rejects.toMatchObject({ code: 'session_not_found' });
  });
});

describe('a file that is not there when its session ends', () => {
  /** @param seen whether it was there while OBS recorded */
  async function ending(
    seen: boolean,
    isObsRemote = false,
    finalise: FileCloserPorts['finalise'] = (each) => finalisedNow(each, true),
    isOnShare = false,
  ) {
    const parent = await mkdtemp(path.join(tmpdir(), 'streamai-closer-'));
    onTestFinished(() => rm(parent, { recursive: true, force: true, maxRetries: 5 }));
    const [folder, unplugged] = [path.join(parent, 'drive'), path.join(parent, 'unplugged')] as const;
    await mkdir(folder);
    const file = path.join(folder, 'a.ts');
    const startedAt = Date.now();
    const { database, book, open, at } = bookFixture(() => startedAt);
    onTestFinished(() => database.close());
    const closer = new FileCloser({
      book,
      judge,
      retryMs: 1,
      uploads: { fileReady() {}, fileClosed() {} },
      isObsRemote: () => isObsRemote,
      isOnShare: () => isOnShare,
      log: createLog({ level: 'silent' }),
      finalise,
    });
    onTestFinished(() => closer.close());
    const id = open(file);
    if (seen) {
      const { dev } = await stat(folder, { bigint: true });
      book.apply(id, { type: 'file_seen', number: 1, inode: inodeOf({ dev, ino: 1n }) });
    }
    const session = (): StoredSession => book.store.get(id);
    const close = (): void => closer.closeFiles(book.apply(id, { type: 'stopped', at: at(startedAt), paths: [] }));
    const reached = (state: string): Promise<void> =>
      vi.waitFor(() => expect(session().run.files[0]?.state).toBe(state));
    return { folder, unplugged, file, session, close, reached, startedAt };
  }

  test('is waited for while its drive is away, and that is said', async () => {
    const { folder, unplugged, file, session, close, reached } = await ending(true);
    await rename(folder, unplugged);
    close();
    await vi.waitFor(() => expect(session().notices).toMatchObject([{ code: 'file_away', params: { file: 'a.ts' } }]));
    expect(session().run.state).toBe('finalising');
    await writeFile(path.join(unplugged, path.basename(file)), Buffer.alloc(376, 0x47));
    await rename(unplugged, folder);
    await reached('ready');
    expect(session()).toMatchObject({ notices: [], run: { files: [{ state: 'ready', bytes: 376 }] } });
  });

  test.each([
    ['its folder is empty, as one is that nothing is mounted on', true],
    ['its folder is gone', false],
  ])('on a share of which nothing was seen yet, is waited for while %s', async (_, isThere) => {
    const { folder, unplugged, file, session, close, reached } = await ending(false, true, undefined, true);
    if (!isThere) await rename(folder, unplugged);
    close();
    await vi.waitFor(() => expect(session().notices).toMatchObject([{ code: 'file_away', params: { file: 'a.ts' } }]));
    expect(session().run.state).toBe('finalising');
    if (!isThere) await rename(unplugged, folder);
    await writeFile(file, Buffer.alloc(376, 0x47));
    await reached('ready');
    expect(session()).toMatchObject({ notices: [], run: { files: [{ state: 'ready', bytes: 376 }] } });
  });

  test('on a share that has others of OBS’s files, and never this one, is not reachable', async () => {
    const { folder, session, close, reached } = await ending(false, true, undefined, true);
    await writeFile(path.join(folder, 'other.ts'), '');
    close();
    await reached('missing');
    expect(session().notices).toMatchObject([{ code: 'path_not_reachable' }]);
  });

  test('is missing where it is there and can never be read: it is not looked at for ever', async () => {
    const { file, close, reached } = await ending(true, false, async () => ({ found: false, unreadable: true }));
    await writeFile(file, Buffer.alloc(376, 0x47));
    close();
    await reached('missing');
  });

  test('is missing where it was seen, and its folder is there', async () => {
    const { session, close, reached } = await ending(true);
    close();
    await reached('missing');
    expect(session().notices).toEqual([]);
  });

  test('is not reachable where it was never seen, although its folder is there: OBS has it on another machine', async () => {
    const { file, session, close, reached } = await ending(false);
    close();
    await reached('missing');
    expect(session().notices).toMatchObject([{ code: 'path_not_reachable', params: { path: file } }]);
  });

  test.each([
    ['on another machine', true, 'missing', ['path_not_reachable']],
    ['here', false, 'ready', []],
  ])('is not one that was written before OBS began, %s', async (_, isObsRemote, state, notices) => {
    const { file, session, close, reached, startedAt } = await ending(false, isObsRemote);
    await writeFile(file, Buffer.alloc(376, 0x47));
    await utimes(file, startedAt / 1000 - 600, startedAt / 1000 - 600);
    close();
    await reached(state);
    expect(session().notices.map(({ code }) => code)).toEqual(notices);
  });
});

describe('a file that is no recording, as far as can be seen', () => {
  const doubting = { doubts: async () => ['file_held_outside'] as const };

  /** A session whose one file OBS has let go of. */
  function ended(result: Finalised, doubts: Pick<FileJudge, 'doubts'> = doubting) {
    const { database, book, open, at } = bookFixture(() => now);
    onTestFinished(() => database.close());
    const ready: boolean[] = [];
    const closer = new FileCloser({
      book,
      judge: doubts,
      uploads: { fileReady: (session) => void ready.push(isHeld(session, '/rec/a.mkv')), fileClosed() {} },
      log: createLog({ level: 'silent' }),
      finalise: async () => result,
    });
    onTestFinished(() => closer.close());
    const id = open('/rec/a.mkv');
    closer.closeFiles(book.apply(id, { type: 'stopped', at: at(now), paths: [] }));
    return { ready, session: () => book.store.get(id) };
  }

  test('is asked about before it is ready', async () => {
    const found = {
      found: true,
      bytes: 1000,
      modifiedAt: now,
      inode: '1:1',
      container: 'mkv',
      finalised: true,
    } as const;
    const { ready, session } = ended(found);
    await vi.waitFor(() => expect(session().run.files).toMatchObject([{ state: 'ready' }]));
    expect(session().notices).toMatchObject([{ code: 'file_held_outside', params: { file: '/rec/a.mkv' } }]);
    expect(ready).toEqual([true]);
  });

  test('is missing, and said why, where it can be none', async () => {
    const { ready, session } = ended({ found: false, refused: true });
    await vi.waitFor(() => expect(session().run.files).toMatchObject([{ state: 'missing' }]));
    expect(session().notices).toMatchObject([{ code: 'file_refused', params: { file: '/rec/a.mkv' } }]);
    expect(ready).toEqual([]);
  });
});
