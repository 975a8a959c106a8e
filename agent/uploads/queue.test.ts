import { appendFile, rename, rm } from 'node:fs/promises';
import { describe, expect, test, vi } from 'vitest';
import { StreamAIError } from '../../shared/errors.ts';
import { fileFailure } from '../files/recording-file.ts';
import { DestinationError } from './destinations/failures.ts';
import { createRig } from './queue-fixture.ts';

const unreachable = new StreamAIError('destination_unreachable', { reason: 'ECONNREFUSED' });

describe('the way of an upload', () => {
  test('queued, sent, completed with its task, each announced once it is kept', async () => {
    const rig = await createRig();
    rig.uploads.start();
    const kept: string[] = [];
    const { id } = rig.enqueue('r1', { manual: true });
    const { job, succeed } = await rig.driver.sending(1);
    expect(job).toMatchObject({ fileName: 'r1.mkv', container: 'mkv', generation: 1, brokenBefore: false });
    expect(rig.uploads.get(id)).toMatchObject({ state: 'uploading', attempts: 1, bytesTotal: 1000 });
    rig.uploads.onSettled(() => kept.push(String(rig.database.prepare('SELECT id FROM tasks').get()?.id)));
    succeed();
    const done = await rig.state(id, 'completed');
    expect(done).toMatchObject({
      bytesSent: 1000,
      sha256: 'ab',
      task: { id: 'task-1', status: 'uploaded' },
      error: null,
    });
    expect(kept).toEqual(['task-1']);
    const types = rig.events.filter(({ type }) => type !== 'upload_progress').map(({ type }) => type);
    expect(types).toEqual([
      'upload_updated',
      'upload_updated',
      'upload_updated',
      'upload_updated',
      'upload_completed',
      'manual_upload_completed',
    ]);
    expect(rig.settled.map(({ state }) => state)).toEqual(['completed']);
  });

  test('the highest priority goes first, then the oldest; one at a time', async () => {
    const rig = await createRig();
    const low = rig.enqueue('r1', { priority: 1 });
    rig.clock.advance(1);
    const high = rig.enqueue('r2', { priority: 9 });
    const later = rig.enqueue('r3', { priority: 9 });
    rig.uploads.start();
    for (const [index, { id }] of [high, later, low].entries()) {
      const { job, succeed } = await rig.driver.sending(index + 1);
      expect(job.upload.id).toBe(id);
      expect(rig.uploads.counts()).toMatchObject({ uploading: 1, queued: 2 - index });
      succeed();
      await rig.state(id, 'completed');
    }
  });

  test('progress comes at most four times a second, with the speed, and only while it changes', async () => {
    const rig = await createRig();
    rig.uploads.start();
    const { id } = rig.enqueue('r1');
    const { job } = await rig.driver.sending(1);
    rig.events.length = 0;
    for (let step = 1; step <= 100; step++) {
      job.onProgress(step * 5);
      rig.clock.advance(10);
    }
    const progress = rig.events.filter(({ type }) => type === 'upload_progress');
    expect(progress).toHaveLength(4);
    expect(progress.at(-1)?.data).toMatchObject({
      uploadId: id,
      bytesSent: 500,
      bytesTotal: 1000,
      bytesPerSecond: 500,
    });
    expect(rig.uploads.get(id)).toMatchObject({ bytesSent: 500, bytesPerSecond: 500 });
    job.onProgress(100);
    expect(rig.uploads.get(id).bytesSent).toBe(500);
    rig.events.length = 0;
    rig.clock.advance(60_000);
    expect(rig.uploads.get(id).bytesPerSecond).toBe(0);
    expect(rig.events.filter(({ type }) => type === 'upload_progress').length).toBeLessThan(50);
  });
});

describe('failures', () => {
  test('what can pass is tried again after 1, 2, 4 … seconds until it works', async () => {
    const rig = await createRig();
    rig.uploads.start();
    const { id } = rig.enqueue('r1');
    for (const [index, seconds] of [1, 2, 4, 8].entries()) {
      (await rig.driver.sending(index + 1)).fail(unreachable);
      const waiting = await rig.state(id, 'waiting');
      expect(Date.parse(waiting.nextAttemptAt ?? '') - rig.clock.now()).toBe(seconds * 1000);
      expect(waiting).toMatchObject({ attempts: index + 1, error: { code: 'destination_unreachable' } });
      rig.clock.advance(seconds * 1000 - 1);
      expect(rig.driver.sends).toHaveLength(index + 1);
      rig.clock.advance(1);
    }
    const { job, succeed } = await rig.driver.sending(5);
    expect(job.brokenBefore).toBe(true);
    succeed();
    await rig.state(id, 'completed');
    expect(rig.settled).toHaveLength(1);
  });

  test('Retry-After is honoured', async () => {
    const rig = await createRig();
    rig.uploads.start();
    const { id } = rig.enqueue('r1');
    (await rig.driver.sending(1)).fail(
      new DestinationError('destination_busy', { status: 429 }, { retryAfterMs: 90_000 }),
    );
    const waiting = await rig.state(id, 'waiting');
    expect(Date.parse(waiting.nextAttemptAt ?? '') - rig.clock.now()).toBe(90_000);
    rig.clock.advance(90_000);
    await rig.driver.sending(2);
  });

  test('what cannot pass fails at once, with its error; Retry sends it again', async () => {
    const rig = await createRig();
    rig.uploads.start();
    const { id } = rig.enqueue('r1');
    (await rig.driver.sending(1)).fail(new StreamAIError('destination_rejected', { status: 422, detail: 'no' }));
    expect(await rig.state(id, 'failed')).toMatchObject({
      error: { code: 'destination_rejected' },
      nextAttemptAt: null,
    });
    expect(rig.events.at(-1)?.type).toBe('upload_failed');
    expect(rig.uploads.counts().failed).toBe(1);
    rig.uploads.retry(id);
    (await rig.driver.sending(2)).succeed();
    await rig.state(id, 'completed');
  });

  test('one that waits for seconds keeps its place, one that waits longer lets others through', async () => {
    const rig = await createRig();
    rig.uploads.start();
    const first = rig.enqueue('r1', { priority: 9 });
    const second = rig.enqueue('r2');
    for (const [index, seconds] of [1, 2, 4].entries()) {
      (await rig.driver.sending(index + 1)).fail(unreachable);
      await rig.state(first.id, 'waiting');
      rig.clock.advance(seconds * 1000);
      expect((await rig.driver.sending(index + 2)).job.upload.id).toBe(first.id);
    }
    (await rig.driver.sending(4)).fail(unreachable);
    await rig.state(first.id, 'waiting');
    expect((await rig.driver.sending(5)).job.upload.id).toBe(second.id);
  });

  test('not all of it is there before it is proven, whatever the destination has of it', async () => {
    const rig = await createRig();
    rig.driver.stored = () => ({ bytes: 1000, parts: { done: 4, total: 4 }, object: null, provenBy: null });
    rig.uploads.start();
    const { id } = rig.enqueue('r1');
    const { job, fail } = await rig.driver.sending(1);
    job.onProgress(1000);
    rig.clock.advance(1000);
    expect(rig.uploads.get(id)).toMatchObject({ state: 'uploading', bytesSent: 999 });
    fail(unreachable);
    expect(await rig.state(id, 'waiting')).toMatchObject({ bytesSent: 999 });
    rig.uploads.pause(id);
    expect(rig.uploads.get(id)).toMatchObject({ state: 'paused', bytesSent: 999 });
    rig.uploads.resume(id);
    (await rig.driver.sending(2)).succeed();
    expect(await rig.state(id, 'completed')).toMatchObject({ bytesSent: 1000 });
    const told = rig.events.filter(({ type }) => type === 'upload_progress').map(({ data }) => data);
    expect(told.length).toBeGreaterThan(0);
    expect(told.filter((progress) => 'bytesSent' in progress && progress.bytesSent >= 1000)).toEqual([]);
  });

  test('a missing file fails, a changed one is measured again and sent under another key', async () => {
    const rig = await createRig();
    rig.uploads.start();
    const { id } = rig.enqueue('r1');
    (await rig.driver.sending(1)).fail(unreachable);
    await rig.state(id, 'waiting');
    await appendFile(rig.path('r1'), 'more');
    rig.clock.advance(1000);
    const { job, fail } = await rig.driver.sending(2);
    expect(job).toMatchObject({ generation: 2, content: { bytes: 1004 }, upload: { bytesTotal: 1004 } });
    fail(new StreamAIError('file_changing', { file: 'r1.mkv' }));
    await rig.state(id, 'waiting');
    rig.clock.advance(2000);
    const third = await rig.driver.sending(3);
    expect(third.job.generation).toBe(3);
    third.fail(unreachable);
    await rig.state(id, 'waiting');
    await rm(rig.path('r1'));
    rig.clock.advance(4000);
    expect(await rig.state(id, 'failed')).toMatchObject({ error: { code: 'file_missing' } });
  });

  test('what lies under the path of a file that was missing at its end, and is none that may be sent, is not', async () => {
    const rig = await createRig();
    rig.held.add('r1');
    rig.uploads.start();
    const { id } = rig.enqueue('r1');
    expect(await rig.state(id, 'failed')).toMatchObject({ error: { code: 'file_changed' } });
    expect(rig.driver.sends).toEqual([]);
  });

  test('a clock that is set back makes no wait longer, in the same run and over a restart', async () => {
    const rig = await createRig();
    rig.uploads.start();
    const { id } = rig.enqueue('r1');
    (await rig.driver.sending(1)).fail(unreachable);
    await rig.state(id, 'waiting');
    rig.clock.setBack(50 * 60_000);
    rig.clock.advance(3000);
    (await rig.driver.sending(2)).fail(new DestinationError('destination_busy', {}, { retryAfterMs: 3_000_000 }));
    const { nextAttemptAt } = await rig.state(id, 'waiting');
    expect(Date.parse(nextAttemptAt ?? '') - rig.clock.now()).toBe(3_000_000);
    // What the server asked for still holds.
    rig.clock.advance(2_900_000);
    expect(rig.uploads.get(id).state).toBe('waiting');
    rig.clock.advance(110_000);
    (await rig.driver.sending(3)).fail(unreachable);
    await rig.state(id, 'waiting');
    await rig.uploads.close();
    rig.clock.setBack(50 * 60_000);
    const again = rig.restart();
    again.uploads.start();
    (await again.driver.sending(1)).succeed();
    await again.state(id, 'completed');
  });

  test('while the drive of its file is away it waits and says so, lets others pass, and goes on when the drive is back', async () => {
    const rig = await createRig();
    const away = `${rig.folder}-away`;
    rig.uploads.start();
    const { id } = rig.enqueue('r1');
    (await rig.driver.sending(1)).fail(unreachable);
    await rig.state(id, 'waiting');
    await rename(rig.folder, away);
    rig.clock.advance(2000);
    await vi.waitFor(() => expect(rig.uploads.get(id).error?.code).toBe('file_away'));
    const waiting = { state: 'waiting', notice: { code: 'file_away', params: { file: 'r1.mkv' } } };
    expect(rig.uploads.get(id)).toMatchObject(waiting);
    for (let look = 0; look < 6; look += 1) {
      const { attempts } = rig.uploads.get(id);
      rig.clock.advance(10_000);
      await vi.waitFor(() => expect(rig.uploads.get(id)).toMatchObject({ ...waiting, attempts: attempts + 1 }));
    }
    await rename(away, rig.folder);
    rig.clock.advance(10_000);
    (await rig.driver.sending(2)).succeed();
    await rig.state(id, 'completed');
  });

  test('a file that was missing, and is there again with its drive when it is asked why, is waited for', async () => {
    const rig = await createRig();
    rig.uploads.start();
    const { id } = rig.enqueue('r1');
    (await rig.driver.sending(1)).fail(new StreamAIError('file_missing', { file: 'r1.mkv' }));
    expect(await rig.state(id, 'waiting')).toMatchObject({ notice: { code: 'file_away' } });
    rig.clock.advance(10_000);
    (await rig.driver.sending(2)).succeed();
    await rig.state(id, 'completed');
  });

  test.each(['EIO', 'ESTALE', 'ENODEV'])(
    'a drive that goes in the middle of a read (%s) is waited for',
    async (code) => {
      const rig = await createRig();
      rig.uploads.start();
      const { id } = rig.enqueue('r1');
      const broken = Object.assign(new Error(code), { code, syscall: 'read' });
      (await rig.driver.sending(1)).fail(fileFailure(broken, rig.path('r1')) as Error);
      expect(await rig.state(id, 'waiting')).toMatchObject({ notice: { code: 'file_away' } });
    },
  );

  test('an unknown error is ours, and is tried again', async () => {
    const rig = await createRig();
    rig.uploads.start();
    const { id } = rig.enqueue('r1');
    (await rig.driver.sending(1)).fail(new Error('secret internals'));
    const { error } = await rig.state(id, 'waiting');
    expect(error).toMatchObject({ code: 'internal' });
    expect(JSON.stringify(error)).not.toContain('secret');
  });
});

describe('a person decides', () => {
  test('pause ends the attempt and keeps the upload; resume sends it again', async () => {
    const rig = await createRig();
    rig.uploads.start();
    const { id } = rig.enqueue('r1');
    const { job } = await rig.driver.sending(1);
    expect(rig.uploads.pause(id).state).toBe('paused');
    expect(job.signal.aborted).toBe(true);
    rig.clock.advance(600_000);
    expect(rig.uploads.get(id).state).toBe('paused');
    expect(rig.driver.sends).toHaveLength(1);
    rig.uploads.resume(id);
    (await rig.driver.sending(2)).succeed();
    await rig.state(id, 'completed');
  });

  test('pause and resume at once never make two attempts at a time', async () => {
    const rig = await createRig();
    rig.uploads.start();
    const { id } = rig.enqueue('r1');
    const first = await rig.driver.sending(1);
    rig.uploads.pause(id);
    rig.uploads.resume(id);
    expect(rig.driver.sends).toHaveLength(1);
    expect(first.job.signal.aborted).toBe(true);
    (await rig.driver.sending(2)).succeed();
    await rig.state(id, 'completed');
  });

  test('what arrived although it was paused has arrived', async () => {
    const rig = await createRig();
    rig.uploads.start();
    const { id } = rig.enqueue('r1');
    (await rig.driver.sending(1)).succeed();
    rig.uploads.pause(id);
    expect((await rig.state(id, 'completed')).task?.id).toBe('task-1');
  });

  test('cancel ends it for good, until Retry', async () => {
    const rig = await createRig();
    rig.uploads.start();
    const { id } = rig.enqueue('r1');
    const { job } = await rig.driver.sending(1);
    expect(rig.uploads.cancel(id).state).toBe('cancelled');
    expect(job.signal.aborted).toBe(true);
    expect(rig.settled.map(({ state }) => state)).toEqual(['cancelled']);
    expect(() => rig.uploads.pause(id)).toThrow(
      expect.objectContaining({ code: 'upload_state', params: { state: 'cancelled' } }),
    );
    rig.uploads.retry(id);
    await rig.driver.sending(2);
  });

  test('unknown uploads are not found', async () => {
    const { uploads } = await createRig();
    for (const action of [uploads.pause, uploads.resume, uploads.retry, uploads.cancel, uploads.get]) {
      expect(() => action('nobody')).toThrow(expect.objectContaining({ code: 'upload_not_found' }));
    }
  });

  test('a forgotten session cancels what is on its way', async () => {
    const rig = await createRig();
    rig.uploads.start();
    const { id } = rig.enqueue('r1');
    rig.enqueue('r2');
    const { job } = await rig.driver.sending(1);
    rig.uploads.cancelSession('s');
    rig.database.exec('DELETE FROM sessions');
    expect(job.signal.aborted).toBe(true);
    expect(() => rig.uploads.get(id)).toThrow();
    expect(rig.settled).toHaveLength(2);
    await rig.uploads.close();
    expect(rig.driver.sends).toHaveLength(1);
  });

  test('a failed upload is not sent again while a newer one of the same recording is on its way', async () => {
    const rig = await createRig();
    rig.uploads.start();
    const { id } = rig.enqueue('r1');
    rig.uploads.cancel(id);
    const newer = rig.enqueue('r1');
    expect(newer.id).not.toBe(id);
    expect(() => rig.uploads.retry(id)).toThrow(expect.objectContaining({ code: 'upload_newer_open' }));
    expect(rig.uploads.get(id).state).toBe('cancelled');
    rig.uploads.cancel(newer.id);
    expect(rig.uploads.retry(id)).toMatchObject({ id });
    await rig.uploads.close();
  });

  test('a recording whose task failed is sent again under another key, with a new task', async () => {
    const rig = await createRig();
    rig.uploads.start();
    const { id } = rig.enqueue('r1');
    (await rig.driver.sending(1)).succeed();
    await rig.state(id, 'completed');
    expect(() => rig.uploads.retry(id)).toThrow(expect.objectContaining({ code: 'upload_state' }));
    rig.database.exec(`UPDATE tasks SET status = 'error', ended_at = 1`);
    expect(rig.uploads.retry(id)).toMatchObject({ task: null, sha256: null });
    const { job, succeed } = await rig.driver.sending(2);
    expect(job.generation).toBe(2);
    succeed();
    expect((await rig.state(id, 'completed')).task?.id).toBe('task-2');
  });
});

describe('restarts', () => {
  test('what was on its way is sent again, what waited keeps its time, what was paused stays paused', async () => {
    const rig = await createRig();
    rig.uploads.start();
    const first = rig.enqueue('r1');
    (await rig.driver.sending(1)).fail(
      new DestinationError('destination_busy', { status: 503 }, { retryAfterMs: 60_000 }),
    );
    const { nextAttemptAt } = await rig.state(first.id, 'waiting');
    const second = rig.enqueue('r2');
    const third = rig.enqueue('r3');
    rig.uploads.pause(third.id);
    await rig.driver.sending(2);
    await rig.uploads.close();
    expect(rig.uploads.get(second.id).state).toBe('uploading');

    const again = rig.restart();
    again.uploads.start();
    expect((await again.driver.sending(1)).job).toMatchObject({ upload: { id: second.id }, generation: 1 });
    expect(again.uploads.get(first.id)).toMatchObject({ state: 'waiting', nextAttemptAt });
    expect(again.uploads.get(third.id).state).toBe('paused');
    again.clock.advance(59_999);
    expect(again.uploads.get(first.id).state).toBe('waiting');
  });

  test('an upload whose task is in the database is not sent again', async () => {
    const rig = await createRig();
    const { id } = rig.enqueue('r1');
    rig.database.exec(
      `INSERT INTO tasks (upload_id, id, server, status, results, updated_at) VALUES ('${id}', 't', 'http://s', 'uploaded', '{}', 1)`,
    );
    rig.uploads.start();
    expect((await rig.state(id, 'completed')).task?.id).toBe('t');
    expect(rig.driver.sends).toEqual([]);
  });

  test('a waiting time from a clock that was wrong does not hold an upload for years', async () => {
    const rig = await createRig();
    const { id } = rig.enqueue('r1');
    rig.database.exec(
      `UPDATE uploads SET state = 'waiting', next_attempt_at = ${rig.clock.now() + 1e11} WHERE id = '${id}'`,
    );
    rig.uploads.start();
    await rig.driver.sending(1);
  });

  test('a database that cannot be written is not tried again at once', async () => {
    const rig = await createRig();
    const { id } = rig.enqueue('r1');
    rig.database.exec(`CREATE TRIGGER full BEFORE UPDATE ON uploads BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
    rig.uploads.start();
    await vi.waitFor(() => expect(rig.problems).toEqual(['upload attempt broke']));
    expect(rig.clock.waits()).toEqual([60_000]);
    expect(rig.uploads.get(id).state).toBe('queued');
    rig.database.exec('DROP TRIGGER full');
    rig.clock.advance(60_000);
    await rig.driver.sending(1);
  });

  test('an attempt whose end cannot be written is taken up again once the database can be written', async () => {
    const rig = await createRig();
    rig.uploads.start();
    const { id } = rig.enqueue('r1');
    const { fail } = await rig.driver.sending(1);
    rig.database.exec(`CREATE TRIGGER full BEFORE UPDATE ON uploads BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
    fail(unreachable);
    await vi.waitFor(() => expect(rig.clock.waits()).toEqual([60_000]));
    rig.clock.advance(60_000);
    expect(rig.uploads.get(id).state).toBe('uploading');
    expect(rig.driver.sends).toHaveLength(1);
    rig.database.exec('DROP TRIGGER full');
    rig.clock.advance(60_000);
    (await rig.driver.sending(2)).succeed();
    await rig.state(id, 'completed');
  });

  test('closing ends the attempt and leaves no timer', async () => {
    const rig = await createRig();
    rig.uploads.start();
    rig.enqueue('r1');
    const { job } = await rig.driver.sending(1);
    await rig.uploads.close();
    expect(job.signal.aborted).toBe(true);
    expect(rig.clock.waits()).toEqual([]);
  });
});

describe('an idle queue', () => {
  test('sets no timer and asks nobody', async () => {
    const rig = await createRig();
    rig.uploads.start();
    expect(rig.driver.healthChecks).toBe(1);
    expect(rig.clock.waits()).toEqual([]);
    rig.uploads.pause(rig.enqueue('r1').id);
    await rig.uploads.close();
    expect(rig.clock.waits()).toEqual([]);
  });

  test('while uploads are open the destination is looked at once a minute', async () => {
    const rig = await createRig();
    rig.driver.usable = false;
    rig.uploads.start();
    const { id } = rig.enqueue('r1');
    rig.driver.usable = true;
    rig.clock.advance(60_000);
    expect(rig.driver.healthChecks).toBe(2);
    (await rig.driver.sending(1)).succeed();
    await rig.state(id, 'completed');
    rig.clock.advance(3_600_000);
    expect(rig.driver.healthChecks).toBe(2);
  });

  test('a destination that becomes usable is used as soon as that is said', async () => {
    const rig = await createRig();
    rig.driver.usable = false;
    rig.uploads.start();
    rig.enqueue('r1');
    rig.driver.usable = true;
    rig.uploads.wake();
    await rig.driver.sending(1);
  });
});
