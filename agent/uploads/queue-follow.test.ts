import { appendFile, rm, stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { StreamAIError } from '../../shared/errors.ts';
import { createRig, FollowingDriver } from './queue-fixture.ts';

const stored = { task: null, sha256: null };
const toStorage = { destination: 'object-storage', bytesTotal: 0 } as const;

async function createFollowing() {
  const driver = new FollowingDriver();
  const rig = await createRig(driver);
  const recording = { sessionId: 's', subtitleModel: 'base', priority: 1, manual: false, bytesTotal: 0 } as const;
  return {
    ...rig,
    driver,
    /** OBS begins to write the file of a recording. */
    writes(recordingId: string): string {
      rig.unclosed.add(recordingId);
      rig.uploads.follow({ ...recording, recordingId });
      const id = rig.uploads.ofRecordings([recordingId]).get(recordingId)?.at(-1)?.id;
      if (id === undefined) throw new Error('nothing is followed');
      return id;
    },
    closes(recordingId: string): void {
      rig.unclosed.delete(recordingId);
      rig.uploads.enqueueAll({ ...recording, recordingId });
      rig.uploads.fileClosed(recordingId);
    },
  };
}

test('a file is followed while OBS writes it, measured once it is closed, and then sent', async () => {
  const { driver, uploads, writes, closes, path, state } = await createFollowing();
  uploads.start();
  const id = writes('r1');
  const { job } = await driver.following(1);
  expect(job).toMatchObject({ fileName: 'r1.mkv', upload: { id, state: 'uploading' } });
  await appendFile(path('r1'), Buffer.alloc(500));
  expect(driver.sends).toEqual([]);
  closes('r1');
  const { job: last, succeed } = await driver.sending(1);
  expect(last).toMatchObject({ followed: true, generation: 1, content: { bytes: 1500 } });
  succeed(stored);
  expect(await state(id, 'completed')).toMatchObject({ attempts: 1, bytesTotal: 1500 });
});

test('how far it is: what the destination says when it is asked, the file’s length included', async () => {
  const { driver, uploads, writes, clock, events } = await createFollowing();
  uploads.start();
  const id = writes('r1');
  const { job } = await driver.following(1);
  const detail = { parts: { done: 1, total: 3 }, phase: 'following', bytesTotal: 700, behindMs: 2500 } as const;
  job.watch(() => ({ bytesSent: 400, detail }));
  clock.advance(1000);
  expect(uploads.get(id)).toMatchObject({ bytesSent: 400, bytesTotal: 700, phase: 'following', behindMs: 2500 });
  const told = events.findLast(({ type }) => type === 'upload_progress');
  expect(told?.data).toMatchObject({ uploadId: id, bytesSent: 400, bytesTotal: 700, behindMs: 2500 });
});

test('beside an older file that is being sent, and two at once at a split', async () => {
  const { driver, uploads, writes, closes, enqueue } = await createFollowing();
  uploads.start();
  enqueue('r3', { ...toStorage, bytesTotal: 1000 });
  const older = await driver.sending(1);
  writes('r1');
  await driver.following(1);
  writes('r2');
  await driver.following(2);
  closes('r1');
  expect((await driver.sending(2)).job).toMatchObject({ upload: { recordingId: 'r1' }, followed: true });
  expect(older.job.followed).toBe(false);
});

test('an upload of a file that OBS writes waits for its end where the destination cannot follow', async () => {
  const rig = await createRig();
  rig.unclosed.add('r1');
  rig.uploads.start();
  const { id } = rig.enqueue('r1');
  const other = rig.enqueue('r2');
  expect((await rig.driver.sending(1)).job.upload.id).toBe(other.id);
  rig.driver.sends[0]?.succeed();
  await rig.state(other.id, 'completed');
  expect(rig.uploads.get(id).state).toBe('queued');
  rig.unclosed.delete('r1');
  rig.uploads.fileClosed('r1');
  expect((await rig.driver.sending(2)).job.upload.id).toBe(id);
});

test('after a failure that can pass it is followed again, and sent once the file is closed', async () => {
  const { driver, uploads, writes, closes, clock, state } = await createFollowing();
  uploads.start();
  const id = writes('r1');
  (await driver.following(1)).fail(new StreamAIError('storage_unreachable', { reason: 'ECONNRESET' }));
  await state(id, 'waiting');
  clock.advance(60_000);
  (await driver.following(2)).fail(new StreamAIError('storage_unreachable', { reason: 'ECONNRESET' }));
  await state(id, 'waiting');
  closes('r1');
  clock.advance(120_000);
  expect((await driver.sending(1)).job).toMatchObject({ upload: { id }, followed: false });
});

test('one that failed for good gets another try when the file is closed', async () => {
  const { driver, uploads, writes, closes, state } = await createFollowing();
  uploads.start();
  const id = writes('r1');
  (await driver.following(1)).fail(new StreamAIError('storage_denied'));
  await state(id, 'failed');
  writes('r1');
  expect(driver.follows).toHaveLength(1);
  closes('r1');
  expect((await driver.sending(1)).job.upload.id).toBe(id);
});

test('what a person cancels while it is followed is not sent afterwards', async () => {
  const { driver, uploads, writes, closes } = await createFollowing();
  uploads.start();
  const id = writes('r1');
  const { job } = await driver.following(1);
  uploads.cancel(id);
  expect(job.signal.aborted).toBe(true);
  closes('r1');
  expect(
    uploads
      .ofRecordings(['r1'])
      .get('r1')
      ?.map(({ state }) => state),
  ).toEqual(['cancelled']);
  expect(driver.sends).toEqual([]);
});

test('what is withdrawn is gone, and can be asked for again', async () => {
  const { driver, uploads, writes, closes } = await createFollowing();
  uploads.start();
  const first = writes('r1');
  const { job } = await driver.following(1);
  expect(uploads.withdraw('r1')).toBe(true);
  expect(job.signal.aborted).toBe(true);
  expect(uploads.ofRecordings(['r1']).size).toBe(0);
  expect(uploads.withdraw('r1')).toBe(false);
  const second = writes('r1');
  expect(second).not.toBe(first);
  await driver.following(2);
  closes('r1');
  await driver.sending(1);
});

test('paused, it stays paused when the file is closed; resumed, it is sent', async () => {
  const { driver, uploads, writes, closes } = await createFollowing();
  uploads.start();
  const id = writes('r1');
  await driver.following(1);
  uploads.pause(id);
  closes('r1');
  expect(uploads.get(id).state).toBe('paused');
  uploads.resume(id);
  expect((await driver.sending(1)).job.upload.id).toBe(id);
});

test('paused and resumed before the attempt has ended, there is one at a time, and the next one can be cancelled', async () => {
  const { driver, uploads, writes, closes, path, state } = await createFollowing();
  uploads.start();
  const id = writes('r1');
  await driver.following(1);
  closes('r1');
  await driver.sending(1);
  const { promise, resolve } = Promise.withResolvers<void>();
  driver.unwound = promise;
  uploads.pause(id);
  uploads.resume(id);
  // Longer than an attempt takes to measure the file and begin.
  for (let look = 0; look < 20; look += 1) await stat(path('r1'));
  expect(driver.sends).toHaveLength(1);
  resolve();
  const { job } = await driver.sending(2);
  uploads.cancel(id);
  expect(job.signal.aborted).toBe(true);
  await state(id, 'cancelled');
});

test('what failed while it was followed can be withdrawn: the store still has what was sent', async () => {
  const { driver, uploads, writes, state } = await createFollowing();
  const cancelled: string[] = [];
  driver.cancelled = (uploadId) => cancelled.push(uploadId);
  uploads.start();
  const id = writes('r1');
  (await driver.following(1)).fail(new StreamAIError('storage_denied'));
  await state(id, 'failed');
  expect(uploads.withdraw('r1')).toBe(true);
  expect(cancelled).toEqual([id]);
  expect(uploads.ofRecordings(['r1']).size).toBe(0);
});

test('a file that is not there when OBS is done fails with that reason', async () => {
  const { driver, uploads, writes, closes, path, state } = await createFollowing();
  uploads.start();
  const id = writes('r1');
  await driver.following(1);
  await rm(path('r1'));
  closes('r1');
  expect(await state(id, 'failed')).toMatchObject({ error: { code: 'file_missing' } });
});

test('after a restart of the agent it is followed again', async () => {
  const { driver, uploads, writes, restart } = await createFollowing();
  uploads.start();
  const id = writes('r1');
  await driver.following(1);
  await uploads.close();
  const next = new FollowingDriver();
  const again = restart(next);
  again.unclosed.add('r1');
  again.uploads.start();
  expect((await next.following(1)).job.upload).toMatchObject({ id, attempts: 2 });
});

test('what may be no recording is not followed; once it may, it is', async () => {
  const { driver, uploads, writes, held } = await createFollowing();
  held.add('r1');
  uploads.start();
  const id = writes('r1');
  writes('r2');
  expect((await driver.following(1)).job.upload.recordingId).toBe('r2');
  expect(uploads.get(id)).toMatchObject({ state: 'uploading', bytesSent: 0 });
  held.delete('r1');
  expect((await driver.following(2)).job.upload.recordingId).toBe('r1');
});

test('what may be no recording until OBS has closed it is not followed, and gone with its withdrawal', async () => {
  const { driver, uploads, writes, held, unclosed } = await createFollowing();
  held.add('r1');
  uploads.start();
  writes('r1');
  expect(uploads.withdraw('r1')).toBe(true);
  unclosed.delete('r1');
  uploads.fileClosed('r1');
  writes('r2');
  expect((await driver.following(1)).job.upload.recordingId).toBe('r2');
  expect([driver.follows.length, driver.sends.length]).toEqual([1, 0]);
});
