import { describe, expect, onTestFinished, test } from 'vitest';
import type { RecordingState } from '../../shared/domain.ts';
import { createRig, FollowingDriver, type Rig } from '../uploads/queue-fixture.ts';
import { bookFixture } from './book-fixture.ts';
import type { RunFile } from './session-state.ts';
import { SessionUploads } from './session-uploads.ts';
import { Sessions } from './sessions-service.ts';

const now = Date.parse('2026-11-22T20:00:00Z');
const clock = { now: () => now, monotonic: () => 0 };

/** A session with recordings `r1`, `r2` and `r3` in these states, over the queue's fixture. */
async function world(
  states: readonly RecordingState[] = ['ready', 'ready', 'missing'],
  driver = new FollowingDriver(),
) {
  const rig = await createRig(driver);
  const { book, store, events } = bookFixture(() => now, rig.database, rig.uploads);
  const settings = { uploadWhileRecording: true };
  const uploads = new SessionUploads({ book, uploads: rig.uploads, settings: () => settings, clock });
  const stored = store.get('s');
  rig.database.prepare('DELETE FROM recordings WHERE number > ?').run(states.length);
  const files = states.map(
    (state, index): RunFile => ({
      ...{ number: index + 1, path: rig.path(`r${index + 1}`), state, bytes: 1000 },
      ...{ container: 'mkv', finalised: true, startedAt: now - 9000, endedAt: now - 1000 },
      ...{ startMs: null, durationMs: null, modifiedAt: null, inode: null },
    }),
  );
  const unclosed = states.some((state) => state === 'writing' || state === 'finalising');
  store.save({
    ...stored,
    run: { ...stored.run, files, state: unclosed ? 'recording' : 'recorded', stoppedAt: unclosed ? null : now - 1000 },
    fileIds: files.map(({ number }) => `r${number}`),
  });
  for (const id of store.unclosed()) rig.unclosed.add(id);
  onTestFinished(() => rig.uploads.close());
  return { rig, driver, book, store, uploads, settings, events };
}
const choose = ({ book, uploads }: Awaited<ReturnType<typeof world>>, change: object): void =>
  void book.change(
    's',
    (session) => ({ ...session, ...change }),
    (session) => uploads.choicesChanged(session, change),
  );
const toStorage = (rig: Rig, recordingId: string) => rig.enqueue(recordingId, { destination: 'object-storage' });

describe('other choices for a session', () => {
  test('uploads that wait take the new model and priority; each is announced once', async () => {
    const all = await world();
    const { rig } = all;
    const ids = [toStorage(rig, 'r1').id, toStorage(rig, 'r2').id];
    rig.events.length = 0;
    choose(all, { subtitleModel: 'large', priority: 9 });
    for (const id of ids) expect(rig.uploads.get(id)).toMatchObject({ subtitleModel: 'large', priority: 9 });
    expect(rig.events.map(({ type }) => type)).toEqual(['upload_updated', 'upload_updated']);
    choose(all, { priority: 9 });
    expect(rig.events).toHaveLength(2);
  });

  test('one that is on its way to the server has told its model already; its next attempt is another request', async () => {
    const rig = await createRig();
    const { book } = bookFixture(() => now, rig.database, rig.uploads);
    const door = new SessionUploads({
      book,
      uploads: rig.uploads,
      settings: () => ({ uploadWhileRecording: true }),
      clock,
    });
    const toLarge = (): void =>
      door.choicesChanged({ ...book.store.get('s'), subtitleModel: 'large' }, { subtitleModel: 'large' });
    const { id } = rig.enqueue('r1');
    rig.uploads.start();
    const sending = await rig.driver.sending(1);
    toLarge();
    expect(rig.uploads.get(id).subtitleModel).toBe('base');
    sending.fail(new Error('broken'));
    await rig.state(id, 'waiting');
    toLarge();
    rig.uploads.retry(id);
    const again = await rig.driver.sending(2);
    expect(again.job.upload.subtitleModel).toBe('large');
    // The server may know the first key, with the old model.
    expect(again.job.generation).toBe(sending.job.generation + 1);
  });

  test('what has arrived keeps the model that it arrived with', async () => {
    const all = await world();
    const { id } = toStorage(all.rig, 'r1');
    all.rig.uploads.start();
    (await all.driver.sending(1)).succeed();
    await all.rig.state(id, 'completed');
    choose(all, { subtitleModel: 'large', priority: 9 });
    expect(all.rig.uploads.get(id)).toMatchObject({ state: 'completed', subtitleModel: 'base', priority: 1 });
  });

  test('auto-upload switched on takes the files that are closed and have no upload', async () => {
    const all = await world(['ready', 'writing', 'ready']);
    toStorage(all.rig, 'r3');
    choose(all, { autoUpload: true, subtitleModel: 'large', priority: 9 });
    const found = all.rig.uploads.ofRecordings(['r1']).get('r1');
    expect(found).toMatchObject([{ subtitleModel: 'large', priority: 9, manual: false, state: 'queued' }]);
    expect(all.rig.uploads.ofRecordings(['r3']).get('r3')).toHaveLength(1);
  });

  test.each([{ autoUpload: false }, { notes: 'new' }])('%j queues nothing and changes nothing', async (change) => {
    const all = await world();
    const { id } = toStorage(all.rig, 'r1');
    choose(all, change);
    expect(all.rig.uploads.get(id)).toMatchObject({ state: 'queued', subtitleModel: 'base' });
    expect(all.rig.uploads.ofRecordings(['r2']).size).toBe(0);
  });

  test('what cannot be saved changes no upload, and is not heard of', async () => {
    const all = await world();
    const { id } = toStorage(all.rig, 'r1');
    all.events.length = 0;
    all.rig.events.length = 0;
    all.rig.database.exec(`CREATE TRIGGER full BEFORE UPDATE ON uploads BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
    expect(() => choose(all, { subtitleModel: 'large' })).toThrow('disk full');
    expect(all.store.get('s').subtitleModel).toBe('base');
    expect(all.rig.uploads.get(id).subtitleModel).toBe('base');
    expect([...all.events, ...all.rig.events]).toEqual([]);
  });
});

describe('an upload by hand', () => {
  const request = { sessionName: 'Session', subtitleModel: 'large', priority: 3 } as const;

  test('takes every file that is ready, none twice', async () => {
    const { rig, uploads, store } = await world();
    const open = toStorage(rig, 'r1');
    const queued = uploads.manual(store.get('s'), request);
    expect(queued.map(({ recordingId }) => recordingId)).toEqual(['r1', 'r2']);
    expect(queued[0]?.id).toBe(open.id);
    expect(queued[1]).toMatchObject({ manual: true, subtitleModel: 'large', priority: 3, state: 'queued' });
    expect(rig.uploads.counts().queued).toBe(2);
  });

  test.each(['recording', 'paused', 'stopping', 'finalising'] as const)(
    'of a session that is %s is refused',
    async (state) => {
      const { uploads, store } = await world();
      const session = store.get('s');
      expect(() => uploads.manual({ ...session, run: { ...session.run, state } }, request)).toThrow(
        expect.objectContaining({ code: 'session_active' }),
      );
    },
  );

  test('of a session without a file that is ready has nothing to upload', async () => {
    const { uploads, store } = await world(['missing', 'deleted']);
    expect(() => uploads.manual(store.get('s'), request)).toThrow(
      expect.objectContaining({ code: 'nothing_to_upload' }),
    );
  });

  test('to a destination that is not set up is refused', async () => {
    const { rig, driver, uploads, store } = await world();
    const refusal = expect.objectContaining({ code: 'destination_not_configured' });
    expect(() => uploads.manual(store.get('s'), { ...request, destination: 'processing' })).toThrow(refusal);
    driver.usable = false;
    expect(() => uploads.manual(store.get('s'), request)).toThrow(refusal);
    expect(rig.uploads.counts().queued).toBe(0);
  });
});

describe('a file that OBS writes', () => {
  test('is followed from the start, and sent once OBS has closed it', async () => {
    const { rig, driver, uploads, store } = await world(['writing']);
    uploads.start();
    rig.uploads.start();
    const { job } = await driver.following(1);
    expect(job.ended.aborted).toBe(false);
    store.save({ ...store.get('s'), run: { ...store.get('s').run, files: [] } });
    rig.unclosed.clear();
    uploads.fileClosed('r1');
    expect(job.ended.aborted).toBe(true);
    expect((await driver.sending(1)).job.followed).toBe(true);
  });

  test('is left alone where that is not wanted', async () => {
    const { rig, uploads, settings, book } = await world(['writing']);
    settings.uploadWhileRecording = false;
    uploads.start();
    expect(rig.uploads.ofRecordings(['r1']).size).toBe(0);
    settings.uploadWhileRecording = true;
    book.change('s', (session) => ({ ...session, autoUpload: false }));
    expect(rig.uploads.ofRecordings(['r1']).size).toBe(0);
  });

  test('has nothing on its way any more when its session is discarded', async () => {
    const { rig, driver, uploads, book } = await world(['writing']);
    uploads.start();
    rig.uploads.start();
    const { job } = await driver.following(1);
    book.change(
      's',
      (session) => ({ ...session, autoUpload: false }),
      (session) => uploads.discard(session),
    );
    expect(job.signal.aborted).toBe(true);
    expect(rig.uploads.ofRecordings(['r1']).size).toBe(0);
  });
});

test('how long it took from the stop until every recording had arrived is written down once', async () => {
  const { rig, driver, store } = await world(['ready', 'ready']);
  toStorage(rig, 'r1');
  toStorage(rig, 'r2');
  rig.uploads.start();
  (await driver.sending(1)).succeed();
  const second = await driver.sending(2);
  expect(store.get('s').metadata.stopToUploadedMs).toBeUndefined();
  second.succeed();
  await rig.state(second.job.upload.id, 'completed');
  expect(store.get('s').metadata.stopToUploadedMs).toBe(1000);
});

test('what an OBS on another machine writes is followed once it was seen here', async () => {
  const { book, store, rig, settings } = await world(['writing']);
  const isObsRemote = (): boolean => true;
  const door = new SessionUploads({ book, uploads: rig.uploads, settings: () => settings, isObsRemote, clock });
  const known = store.get('s');
  store.save({ ...known, autoUpload: true });
  door.look();
  expect(rig.uploads.ofRecordings(['r1']).get('r1')).toBeUndefined();
  book.apply('s', { type: 'file_seen', number: 1, inode: '1:1' });
  expect(rig.uploads.ofRecordings(['r1']).get('r1')).toHaveLength(1);
});

describe('a file that is not sent by itself', () => {
  /** The session's second file waits for a person's word. */
  async function held(states?: RecordingState[]) {
    const all = await world(states);
    const file = all.rig.path('r2');
    all.book.notice('s', 'file_held_outside', { file });
    all.book.change('s', (session) => ({ ...session, autoUpload: true }));
    const sent = (): number => all.rig.uploads.ofRecordings(['r2']).get('r2')?.length ?? 0;
    return { ...all, file, sent };
  }

  test('is not queued when it is ready, nor by auto-upload switched on; what followed it is withdrawn', async () => {
    const all = await held();
    all.rig.uploads.follow({
      sessionId: 's',
      recordingId: 'r2',
      subtitleModel: 'base',
      priority: 1,
      manual: false,
      bytesTotal: 0,
    });
    expect(all.sent()).toBe(1);
    all.uploads.fileReady(all.store.get('s'), 2);
    expect(all.sent()).toBe(0);
    choose(all, { autoUpload: true });
    expect(all.sent()).toBe(0);
    expect(all.rig.uploads.ofRecordings(['r1']).get('r1')).toHaveLength(1);
  });

  test('is sent by hand', async () => {
    const { uploads, store, sent } = await held();
    uploads.manual(store.get('s'), { sessionName: 'Session' });
    expect(sent()).toBe(1);
  });

  /** Sessions over it, and what a person's word allowed. */
  async function asked() {
    const all = await held();
    const allowed: unknown[] = [];
    const sessions = new Sessions({
      book: all.book,
      uploads: all.uploads,
      closer: { closeFiles() {}, lookAgain: async () => {} },
      judge: { allow: (...words) => void allowed.push(words) },
      thumbnails: { get: () => undefined },
      now: () => now,
    });
    return { ...all, sessions, allowed };
  }

  test('is sent once a person says so, and not a second time', async () => {
    const { sessions, allowed, uploads, store, rig, file, sent } = await asked();
    const notOffered = expect.objectContaining({ code: 'file_not_offered' });
    expect(() => sessions.takeFile('s', rig.path('r1'))).toThrow(notOffered);
    expect(() => sessions.leaveFile('s', rig.path('r1'))).toThrow(notOffered);
    expect(sessions.takeFile('s', file).notices).toEqual([]);
    expect(allowed).toEqual([['file_held_outside', rig.folder]]);
    expect(sent()).toBe(1);
    uploads.fileReleased(store.get('s'), 2);
    expect(sent()).toBe(1);
  });

  test('is sent alone where a person allows that: whatever speaks against it, and nothing of its folder', async () => {
    const { sessions, allowed, book, file, sent } = await asked();
    book.notice('s', 'file_held_format', { file });
    expect(sessions.takeFile('s', file, true).notices).toEqual([]);
    expect(allowed).toEqual([]);
    expect(sent()).toBe(1);
  });

  test('is not asked about any more once a person leaves it, and stays where it is; it can still be allowed', async () => {
    const { sessions, book, store, file, sent } = await asked();
    expect(sessions.leaveFile('s', file).notices).toMatchObject([
      { code: 'file_held_outside', params: { file, left: 1 } },
    ]);
    // Judged anew, the same is not said again.
    book.notice('s', 'file_held_outside', { file });
    expect(store.get('s').notices).toHaveLength(1);
    expect(sent()).toBe(0);
    sessions.takeFile('s', file);
    expect(sent()).toBe(1);
  });

  test('and was left, is not sent where another one’s folder is allowed', async () => {
    const { sessions, book, rig, file, sent } = await asked();
    book.notice('s', 'file_held_outside', { file: rig.path('r1') });
    sessions.leaveFile('s', file);
    expect(sessions.takeFile('s', rig.path('r1')).notices).toMatchObject([{ params: { file, left: 1 } }]);
    expect(sent()).toBe(0);
  });
});
