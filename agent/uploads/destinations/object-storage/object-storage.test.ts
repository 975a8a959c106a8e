// That it does what every destination does is in contract.test.ts.
import { randomBytes } from 'node:crypto';
import { appendFile, open } from 'node:fs/promises';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Session } from '../../../../shared/domain.ts';
import { uploadFixture } from '../../../../shared/upload-fixture.ts';
import { transaction } from '../../../storage/database.ts';
import type { FollowedNow, SendJob } from '../destination.ts';
import { jobFor, tempFile } from '../job-fixture.ts';
import { type StorageWorld, startMemoryWorld } from './storage-world-fixture.ts';

const mebibyte = 1024 * 1024;
const soon = { timeout: 30_000, interval: 10 };
const startedAt = '2026-11-22T18:00:00.000Z';

let world: StorageWorld;
beforeEach(async () => {
  world = await startMemoryWorld();
});

/** A session as the agent knows it, with one recording, `r-<id>`. Its uploads are nobody's business here. */
function aSession(id: string, name: string, change: Partial<Session> = {}): Session {
  const recording = {
    ...{ id: `r-${id}`, sessionId: id, number: 1, path: '/rec/a.mkv', fileName: 'a.mkv', state: 'ready', bytes: 10 },
    ...{ container: 'mkv', finalised: true, startMs: 0, startedAt, endedAt: startedAt, uploads: [] },
  } satisfies Session['recordings'][number];
  return {
    ...{ id, name, state: 'recorded', startedBy: 'obs', startedAt, stoppedAt: startedAt, durationMs: 1000 },
    ...{ autoUpload: true, subtitleModel: 'base', priority: 1, notes: '', marks: [], thumbnail: false, revision: 1 },
    ...{ metadata: { scenes: [], pauses: [] }, notices: [], recordings: [recording] },
    ...change,
  };
}

/** A session in the database, and the job of sending its recording. */
async function recorded(id: string, name: string, content: Uint8Array, fileName = 'a.mkv'): Promise<SendJob> {
  const { database, sessions, paths } = world;
  const path = await tempFile(content, fileName);
  sessions.set(id, aSession(id, name));
  paths.set(`r-${id}`, path);
  const inserts = `
    INSERT INTO sessions (id, name, name_key, state, started_by, started_at, duration_ms, auto_upload, subtitle_model, priority, notes, metadata)
    VALUES ('${id}', 'n', '${id}', 'recorded', 'obs', 0, 0, 1, 'base', 1, '', '{}');
    INSERT INTO recordings (id, session_id, number, path, state, bytes, started_at) VALUES ('r-${id}', '${id}', 1, '/p', 'ready', 1, 0);
    INSERT INTO uploads (id, session_id, recording_id, destination, state, subtitle_model, priority, manual, bytes_total, attempts, generation, created_at)
    VALUES ('u-${id}', '${id}', 'r-${id}', 'object-storage', 'uploading', 'base', 1, 0, 10, 1, 1, 0)`;
  database.exec(inserts);
  return jobFor(path, { upload: uploadOf(id) });
}

const uploadOf = (id: string): SendJob['upload'] =>
  uploadFixture({ id: `u-${id}`, sessionId: id, recordingId: `r-${id}`, destination: 'object-storage' });

const keys = async (): Promise<string[]> => (await world.s3.objects(world.bucket)).map(({ key }) => key);
const beside = (key: string): Promise<{ session: Record<string, unknown> }> =>
  vi.waitFor(async () => {
    const json = JSON.parse((await world.s3.text(world.bucket, `${key}.json`)) ?? '');
    // Until then, the claim of the key lies there.
    expect(json.session).toBeDefined();
    return json;
  }, soon);

describe('an object', () => {
  test('has its key from the template, its session and its file', async () => {
    world.settings = {
      ...world.settings,
      objectStoragePrefix: '/shows/',
      objectStorageKeyTemplate: '{session}/{file}',
    };
    const content = randomBytes(1000);
    await world.driver.send(await recorded('s', 'Été #1', content, 'vidéo.mkv'));
    expect((await world.read('shows/Été #1/vidéo.mkv')).equals(content)).toBe(true);
    expect(world.driver.stored('u-s')).toMatchObject({ bytes: 1000, object: { key: 'shows/Été #1/vidéo.mkv' } });
  });

  test('of another recording with the same key gets one of its own', async () => {
    world.settings = { ...world.settings, objectStorageKeyTemplate: 'always.mkv' };
    await world.driver.send(await recorded('s', 'One', Buffer.from('one')));
    await world.driver.send(await recorded('t', 'Two', Buffer.from('two')));
    expect((await world.read('always.mkv')).toString()).toBe('one');
    expect((await world.read('always-2.mkv')).toString()).toBe('two');
  });

  test('has JSON beside it, which says what is new as soon as the session changes', async () => {
    world.settings = { ...world.settings, objectStorageKeyTemplate: '{file}' };
    await world.driver.send(await recorded('s', 'Before', Buffer.from('film')));
    // Until then it is the claim of the key.
    await vi.waitFor(async () => {
      const facts = { session: { id: 's', name: 'Before' }, object: { bytes: 4 } };
      expect(await beside('a.mkv')).toMatchObject(facts);
    }, soon);
    const renamed = aSession('s', 'After');
    world.sessions.set('s', renamed);
    world.live.publish('session_updated', renamed);
    await vi.waitFor(async () => expect(await beside('a.mkv')).toMatchObject({ session: { name: 'After' } }), soon);
  });
});

describe('a recording', () => {
  test('that was followed is the finished file, and only what was left is sent after its end', {
    timeout: 60_000,
  }, async () => {
    const job = await recorded('s', 'Show', randomBytes(16 * mebibyte));
    const { upload, path, fileName, signal } = job;
    const ended = new AbortController();
    let now: (() => FollowedNow) | undefined;
    const watch = (asked: () => FollowedNow): void => {
      now = asked;
    };
    const following = world.driver.follow({ upload, path, fileName, signal, ended: ended.signal, watch });
    await vi.waitFor(() => expect(now?.().detail.parts.done).toBe(2), soon);
    await appendFile(path, randomBytes(100));
    const file = await open(path, 'r+');
    await file.write(randomBytes(50), 0, 50, 30);
    await file.close();
    ended.abort();
    await following;
    world.gate.forget();
    await world.driver.send(await jobFor(path, { upload, followed: true }));
    const sent = world.gate.calls.filter(({ verb }) => verb === 'part').map(({ part }) => part);
    expect(sent.sort()).toEqual([1, 4]);
    expect(await world.driver.verify('u-s', signal)).toBeNull();
  });
});

describe('what is cancelled', () => {
  /** An upload with one part at the store. */
  async function underWay(): Promise<void> {
    const off = new AbortController();
    world.onStep = (step) => {
      if (step === 'part 1 stored') off.abort();
    };
    const job = await recorded('s', 'Show', randomBytes(1000));
    await world.driver.send({ ...job, signal: off.signal }).catch(() => {});
    world.onStep = () => {};
    world.gate.forget();
    // The multipart, and the claim of its key.
    expect(await world.halves()).toHaveLength(2);
  }

  test('is taken away after the COMMIT of its cancel, not before', async () => {
    await underWay();
    const { database, driver, journal, gate } = world;
    transaction(database, () => {
      driver.cancelled('u-s');
      expect(journal.aborting()).toHaveLength(1);
    });
    await vi.waitFor(async () => expect(await world.halves()).toEqual([]), soon);
    await vi.waitFor(() => expect(journal.aborting()).toEqual([]), soon);
    expect(gate.calls[0]?.verb).toBe('abort');
  });

  test('while an attempt opens its file is not begun anew, and nothing of it stays', async () => {
    await underWay();
    const { driver, journal } = world;
    const off = new AbortController();
    const sending = driver.send(
      await jobFor(world.paths.get('r-s') ?? '', { upload: uploadOf('s'), signal: off.signal }),
    );
    driver.cancelled('u-s');
    off.abort();
    await expect(sending).rejects.toThrow();
    await vi.waitFor(async () => expect(await world.halves()).toEqual([]), soon);
    await vi.waitFor(() => expect(journal.aborting()).toEqual([]), soon);
    expect(journal.of('u-s')).toBeUndefined();
  });

  test('and cannot be written down stays, and the upload goes on', async () => {
    await underWay();
    const { database, driver, gate } = world;
    const full = new Error('the disk is full');
    expect(() =>
      transaction(database, () => {
        driver.cancelled('u-s');
        throw full;
      }),
    ).toThrow(full);
    // What was woken would be at it by now.
    await driver.checkHealth();
    expect(gate.calls.map(({ verb }) => verb)).toEqual(['list-multiparts']);
    expect(await world.halves()).toHaveLength(2);
    expect(driver.stored('u-s')).toMatchObject({ parts: { done: 1, total: 1 } });
  });

  test('while the agent was away is taken away at its start', async () => {
    await underWay();
    world.database.exec(`UPDATE uploads SET state = 'cancelled'`);
    world.driver.start();
    await vi.waitFor(async () => expect(await world.halves()).toEqual([]), soon);
  });
});

describe('beside sending', () => {
  test('a link gives the object to anybody', async () => {
    await world.driver.send(await recorded('s', 'Show', Buffer.from('film')));
    const { url, expiresAt } = await world.driver.presign('u-s', 60);
    expect(await (await fetch(url)).text()).toBe('film');
    expect(Math.abs(expiresAt - Date.now() - 60_000)).toBeLessThan(10_000);
    await expect(world.driver.presign('u-t', 60)).rejects.toMatchObject({ code: 'upload_state' });
  });

  test('an object is compared afresh with the file, and with what it was', async () => {
    const { driver, s3, bucket, paths } = world;
    const { signal } = new AbortController();
    const verified = async (): Promise<string | null> => (await driver.verify('u-s', signal))?.code ?? null;
    await driver.send(await recorded('s', 'Show', Buffer.from('film')));
    const [key = ''] = await keys();
    expect(await verified()).toBeNull();
    paths.set('r-s', await tempFile('flim'));
    expect(await verified()).toBe('storage_object_differs');
    await s3.put(bucket, key, 'film');
    expect(await verified()).toBe('storage_object_differs');
    await s3.delete(bucket, key);
    expect(await verified()).toBe('storage_object_missing');
    paths.delete('r-s');
    expect(await verified()).toBe('file_missing');
  });

  test('it stays provable and readable where it lies, whatever is set later', async () => {
    const { driver, s3 } = world;
    await driver.send(await recorded('s', 'Show', Buffer.from('film')));
    const other = `${world.bucket}-2`;
    await s3.createBucket(other);
    world.settings = { ...world.settings, objectStorageBucket: other };
    await driver.send(await recorded('t', 'Next', Buffer.from('next')));
    expect((await s3.objects(other)).map(({ key }) => key)).toEqual([
      '2026-11-22/Next/a.mkv',
      '2026-11-22/Next/a.mkv.json',
    ]);
    expect(await driver.verify('u-s', new AbortController().signal)).toBeNull();
    expect(await (await fetch((await driver.presign('u-s', 60)).url)).text()).toBe('film');
  });

  test('what others left half there is found and ended; ours is not', async () => {
    const { driver, s3, bucket } = world;
    const { signal } = new AbortController();
    const begun = await (await s3.call('POST', `${bucket}/left behind?uploads`)).text();
    const uploadId = /<UploadId>([^<]+)/.exec(begun)?.[1] ?? '';
    await s3.call('PUT', `${bucket}/left behind?partNumber=1&uploadId=${uploadId}`, 'x'.repeat(1234));
    let own = { key: '', uploadId: '' };
    let ours: Promise<unknown> | undefined;
    world.onStep = (step) => {
      if (step === 'part 1 stored') {
        ours = (async () => {
          expect(await driver.orphans(signal)).toMatchObject([{ key: 'left behind', uploadId, bytes: 1234 }]);
          await expect(driver.abortOrphan({ key: 'left behind', uploadId }, false, signal)).rejects.toMatchObject({
            code: 'storage_orphan_young',
          });
          await driver.abortOrphan({ key: 'left behind', uploadId }, true, signal);
          [own = own] = await s3.multiparts(bucket);
          await driver.abortOrphan(own, true, signal);
        })();
      }
    };
    const held = world.gate.rules;
    world.gate.rules = {
      ...held,
      async onCall(call) {
        if (call.verb === 'complete') await ours;
        return held.onCall?.(call);
      },
    };
    await driver.send(await recorded('s', 'Show', Buffer.from('film')));
    await ours;
    expect(own.key).not.toBe('left behind');
    expect(await s3.multiparts(bucket)).toEqual([]);
  });

  test('a test makes a round trip that leaves nothing, and names the fault', async () => {
    const { driver, s3, bucket } = world;
    const { signal } = new AbortController();
    expect(await driver.test(signal)).toEqual({ problem: null, notice: null });
    expect(await keys()).toEqual([]);
    expect(await s3.multiparts(bucket)).toEqual([]);
    world.settings = { ...world.settings, objectStorageSecretKey: 'wrong' };
    expect(await driver.test(signal)).toMatchObject({ problem: { code: 'storage_secret_wrong' } });
  });

  test('what an attempt fails with is known of the store', async () => {
    world.settings = { ...world.settings, objectStorageSecretKey: 'wrong' };
    await expect(world.driver.send(await recorded('s', 'Show', Buffer.from('film')))).rejects.toMatchObject({
      code: 'storage_secret_wrong',
    });
    expect(world.driver.status()).toMatchObject({ reachable: true, problem: { code: 'storage_secret_wrong' } });
  });
});
