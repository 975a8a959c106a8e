/**
 * The Object Storage destination and the queue above it against a real Ceph RGW, in this process: contents, names, proofs,
 * control.
 */
import { randomBytes } from 'node:crypto';
import { readSync } from 'node:fs';
import { mkdtemp, open, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { LiveEvents } from '../../agent/live-events.ts';
import { openDatabase } from '../../agent/storage/database.ts';
import { Bandwidth } from '../../agent/uploads/bandwidth.ts';
import {
  ObjectStorageDestination,
  type StorageSettings,
} from '../../agent/uploads/destinations/object-storage/object-storage.ts';
import { startStorageWorld } from '../../agent/uploads/destinations/object-storage/storage-world-fixture.ts';
import { createUploads, type Uploads } from '../../agent/uploads/uploads.ts';
import type { Session, Upload } from '../../shared/domain.ts';
import { defaultSettings } from '../../shared/settings.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { listen } from '../rig/listen.ts';
import { type Rgw, startRgw } from '../rig/rgw.ts';
import { until } from '../rig/until.ts';

const mebibyte = 1024 ** 2;
const partBytes = 16 * mebibyte;
const prefix = 'shows';
const instant = '2026-11-22T12:00:00.000Z';

/** An agent's uploads, without the rest of the agent. */
interface World {
  readonly uploads: Uploads;
  readonly storage: ObjectStorageDestination;
  readonly bucket: string;
  readonly folder: string;
  readonly pacer: Bandwidth;
  /** The journal's steps as they stand in the log. */
  readonly steps: string[];
  settings: StorageSettings;
  /** Queues a file of that name under recording `r1`, `r2` or `r3`. */
  enqueue(file: string, recordingId?: string): Upload;
  reaches(id: string, state: Upload['state'], ms?: number): Promise<Upload>;
}

await describePeer(['ceph'], 'Object Storage on Ceph RGW', () => {
  let rgw: Rgw;
  let count = 0;
  beforeAll(async () => {
    rgw = await startRgw({ bytes: 8 * 1024 ** 3 });
  });
  afterAll(() => rgw?.stop());

  async function start(sessionName = 'Morning show'): Promise<World> {
    const folder = await mkdtemp(path.join(tmpdir(), 'streamai-storage-'));
    count += 1;
    const bucket = `bucket-${count}`;
    await rgw.s3.createBucket(bucket);
    const database = openDatabase(':memory:');
    const session = {
      ...{ id: 's', name: sessionName, state: 'recorded', startedBy: 'rest', startedAt: instant, stoppedAt: instant },
      ...{
        durationMs: 0,
        autoUpload: true,
        subtitleModel: 'base',
        priority: 1,
        notes: '',
        marks: [],
        thumbnail: false,
        revision: 1,
      },
      metadata: { scenes: [], pauses: [] },
      notices: [],
      recordings: [],
    } satisfies Session;
    database.exec(`
      INSERT INTO sessions (id, name, name_key, state, started_by, started_at, duration_ms, auto_upload, subtitle_model, priority, notes, metadata)
      VALUES ('s', 'Session', 'session', 'recorded', 'rest', 0, 0, 1, 'base', 1, '', '{}')`);
    const files = new Map<string, string>();
    const pacer = new Bandwidth();
    const steps: string[] = [];
    const note = (_: object | string, message?: string): void => void steps.push(message ?? '');
    const log = { debug: note, info() {}, warn() {}, error() {} };
    const live = new LiveEvents(Date.now);
    const storage = new ObjectStorageDestination({
      ...{ database, live, log, pacer },
      settings: () => world.settings,
      station: 'test',
      findSession: () => session,
      findRecordingPath: (id) => files.get(id) ?? null,
    });
    const uploads = createUploads({
      ...{ database, live, log },
      drivers: [storage],
      objects: storage,
      recordings: {
        recordingFile: (id) => {
          const file = files.get(id);
          return file === undefined
            ? null
            : { path: file, fileName: path.basename(file), container: 'mkv', closed: null };
        },
        mayFollow: async () => true,
        unclosed: () => [],
      },
    });
    const world: World = {
      ...{ uploads, storage, bucket, folder, pacer, steps },
      settings: {
        ...defaultSettings,
        objectStorageEndpoint: rgw.url,
        objectStorageBucket: bucket,
        objectStorageAccessKey: rgw.accessKey,
        objectStorageSecretKey: rgw.secretKey,
        objectStoragePrefix: prefix,
      },
      enqueue(file, recordingId = 'r1') {
        const inserted = 'INSERT INTO recordings (id, session_id, number, path, state, bytes, started_at)';
        const number = files.size + 1;
        database.prepare(`${inserted} VALUES (?, 's', ?, ?, 'ready', 1, 0)`).run(recordingId, number, file);
        files.set(recordingId, file);
        return uploads.enqueue({
          ...{ sessionId: 's', recordingId, destination: 'object-storage', subtitleModel: 'base', priority: 1 },
          ...{ manual: false, bytesTotal: 1 },
        });
      },
      reaches: (id, state, ms = 60_000) =>
        until(
          `the upload is ${state}`,
          async () => {
            const upload = uploads.get(id);
            return upload.state === state ? upload : null;
          },
          { ms, detail: async () => JSON.stringify(uploads.get(id)) },
        ),
    };
    onTestFinished(async () => {
      await uploads.close();
      database.close();
      await rgw.s3.empty(bucket);
      await rm(folder, { recursive: true, force: true });
    });
    uploads.start();
    return world;
  }

  /**
   * Writes a file in which each MiB begins with 64 KiB of its own random bytes, so that whatever is lost, moved or doubled
   * shows; the rest are holes, which cost no disk. @returns its path
   */
  async function file(world: World, bytes: number, name = 'a.mkv'): Promise<string> {
    const target = path.join(world.folder, name);
    const handle = await open(target, 'w');
    await handle.truncate(bytes);
    for (let start = 0; start < bytes; start += mebibyte) {
      const block = randomBytes(Math.min(65_536, bytes - start));
      await handle.write(block, 0, block.length, start);
    }
    await handle.close();
    return target;
  }

  /** Reads object and file side by side: every byte is the same. */
  async function expectIdentical(world: World, key: string, source: string): Promise<void> {
    const handle = await open(source);
    try {
      let bytes = 0;
      let own = Buffer.alloc(0);
      for await (const chunk of await rgw.s3.read(world.bucket, key)) {
        if (own.length < chunk.length) own = Buffer.alloc(chunk.length);
        // Asking the disk in the background would cost more than the reading.
        const expected = own.subarray(0, readSync(handle.fd, own, 0, chunk.length, bytes));
        if (!expected.equals(chunk))
          throw new Error(`the object differs from the file within ${chunk.length} B from byte ${bytes} on`);
        bytes += chunk.length;
      }
      expect(bytes).toBe((await handle.stat()).size);
    } finally {
      await handle.close();
    }
  }

  const sizes: [name: string, bytes: number, parts: number][] = [
    ['1 B', 1, 1],
    ['5 MiB', 5 * mebibyte, 1],
    ['5 MiB + 1 B', 5 * mebibyte + 1, 1],
    ['exactly one part', partBytes, 1],
    ['one part + 1 B', partBytes + 1, 2],
    ['100 MiB', 100 * mebibyte, 7],
    ['3 GiB', 3 * 1024 * mebibyte, 192],
  ];
  test.each(sizes)('%s arrives identical', { timeout: 300_000 }, async (_, bytes, parts) => {
    const world = await start();
    const source = await file(world, bytes);
    const upload = await world.reaches(world.enqueue(source).id, 'completed', 240_000);
    const key = `${prefix}/2026-11-22/Morning show/a.mkv`;
    expect(upload).toMatchObject({ bytesSent: bytes, bytesTotal: bytes, parts: { done: parts, total: parts } });
    expect(upload).toMatchObject({ attempts: 1, sha256: null, object: { bucket: world.bucket, key } });
    const objects = await rgw.s3.objects(world.bucket);
    expect(objects.find((object) => object.key === key)).toEqual({ key, size: bytes, etag: upload.object?.etag });
    await expectIdentical(world, key, source);
    expect(await rgw.s3.multiparts(world.bucket)).toEqual([]);
  });

  test('what uploads needed of memory is free again when they have ended', async () => {
    const world = await start();
    // What V8 gives to `node --expose-gc`; asked for twice, because what the first finds dead holds buffers.
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const used = async (name: string): Promise<number> => {
      const source = await file(world, 40 * mebibyte, name);
      await world.reaches(world.enqueue(source, name).id, 'completed');
      collect();
      await new Promise((resolve) => setImmediate(resolve));
      collect();
      return process.memoryUsage().arrayBuffers;
    };
    const first = await used('0.mkv');
    let last = first;
    for (let number = 1; number <= 5; number += 1) last = await used(`${number}.mkv`);
    // The buffers of one upload alone are 4 MiB and more.
    expect(last - first).toBeLessThan(4 * mebibyte);
  });

  test('the session lies beside the object as JSON, without a path of this machine', async () => {
    const world = await start();
    const source = await file(world, 10);
    const { object } = await world.reaches(world.enqueue(source).id, 'completed');
    const json = await until('the metadata is there', async () => {
      const text = await rgw.s3.text(world.bucket, `${object?.key}.json`);
      // Until then it is the claim of the key.
      return text?.includes('"session"') && text;
    });
    expect(JSON.parse(json)).toMatchObject({
      session: { name: 'Morning show', startedAt: instant },
      object: { key: object?.key, etag: object?.etag, bytes: 10 },
    });
    expect(json).not.toContain(world.folder);
  });

  test.each([
    ['Émission 日本語 🎬', 'vidéo été.mkv'],
    ["a+b & c=d?e #1 100% %41 'x' (1)*!~$;:@,", 'q"r<s>|t.mkv'],
  ])('names of any kind: %s', async (name, fileName) => {
    const world = await start(name);
    const source = await file(world, 1000, fileName);
    const { object } = await world.reaches(world.enqueue(source).id, 'completed');
    expect(object?.key).toBe(`${prefix}/2026-11-22/${name}/${fileName}`);
    await expectIdentical(world, object?.key ?? '', source);
  });

  test('two recordings whose keys are the same get objects of their own', async () => {
    const world = await start();
    world.settings = { ...world.settings, objectStorageKeyTemplate: 'always.mkv' };
    const first = world.enqueue(await file(world, 10, 'a.mkv'), 'r1');
    const second = world.enqueue(await file(world, 20, 'b.mkv'), 'r2');
    expect((await world.reaches(first.id, 'completed')).object?.key).toBe(`${prefix}/always.mkv`);
    expect((await world.reaches(second.id, 'completed')).object?.key).toBe(`${prefix}/always-2.mkv`);
  });

  test('an empty file is refused with the reason, and costs nothing', async () => {
    const world = await start();
    const empty = path.join(world.folder, 'empty.mkv');
    await writeFile(empty, '');
    const upload = await world.reaches(world.enqueue(empty).id, 'failed');
    expect(upload.error).toMatchObject({ code: 'file_empty' });
    expect(await rgw.s3.multiparts(world.bucket)).toEqual([]);
  });

  /** Lets an upload of 4 parts go until one is stored, at 200 Mbit/s. */
  async function underWay(world: World): Promise<{ id: string; source: string }> {
    world.pacer.pace = 200e6;
    const source = await file(world, 4 * partBytes);
    const { id } = world.enqueue(source);
    await until('a part is stored', async () => world.steps.some((step) => /part \d stored/.test(step)), {
      detail: async () => JSON.stringify([world.uploads.get(id), world.steps]),
    });
    return { id, source };
  }

  test('paused, it says what is there; resumed, it sends the rest alone', async () => {
    const world = await start();
    const { id, source } = await underWay(world);
    world.uploads.pause(id);
    await world.reaches(id, 'paused');
    const paused = world.uploads.get(id);
    const done = paused.parts?.done ?? 0;
    expect(done).toBeGreaterThanOrEqual(1);
    // One part more may be there than was heard of.
    const [multipart] = await rgw.s3.multiparts(world.bucket);
    if (!multipart) throw new Error('the multipart is gone');
    const stored = (await rgw.s3.parts(world.bucket, multipart)).map(({ number }) => number);
    expect(stored.length).toBeGreaterThanOrEqual(done);
    expect(paused).toMatchObject({ bytesSent: done * partBytes, parts: { total: 4 }, phase: null, object: null });
    world.pacer.pace = null;
    world.steps.length = 0;
    world.uploads.resume(id);
    const { object } = await world.reaches(id, 'completed');
    const sent = world.steps.flatMap((step) => /part (\d+) sending$/.exec(step)?.slice(1).map(Number) ?? []);
    expect(sent.length).toBeGreaterThan(0);
    expect(new Set([...stored, ...sent]).size).toBe(stored.length + sent.length);
    await expectIdentical(world, object?.key ?? '', source);
    expect(await rgw.s3.multiparts(world.bucket)).toEqual([]);
  });

  test('cancelled, it leaves nothing that costs money', async () => {
    const world = await start();
    const { id } = await underWay(world);
    expect(await rgw.s3.multiparts(world.bucket)).toHaveLength(1);
    world.uploads.cancel(id);
    await until('the multipart is gone', async () => (await rgw.s3.multiparts(world.bucket)).length === 0);
    expect(await rgw.s3.objects(world.bucket)).toEqual([]);
    expect(world.uploads.get(id)).toMatchObject({ state: 'cancelled', parts: null, object: null });
  });

  test('cancelled and sent again, it arrives', async () => {
    const world = await start();
    const { id, source } = await underWay(world);
    world.uploads.cancel(id);
    world.pacer.pace = null;
    world.uploads.retry(id);
    const { object } = await world.reaches(id, 'completed');
    await expectIdentical(world, object?.key ?? '', source);
    await until('no multipart is left', async () => (await rgw.s3.multiparts(world.bucket)).length === 0);
    await until('object and metadata are there', async () => (await rgw.s3.objects(world.bucket)).length === 2);
  });

  test('orphans are found with their size, and aborted; what is being sent is none', async () => {
    const world = await start();
    const key = `${prefix}/left behind é.mkv`;
    const answer = await rgw.s3.call('POST', `${world.bucket}/${encodeURI(key)}?uploads`);
    const uploadId = /<UploadId>([^<]+)/.exec(await answer.text())?.[1] ?? '';
    await rgw.s3.call('PUT', `${world.bucket}/${encodeURI(key)}?partNumber=1&uploadId=${uploadId}`, 'x'.repeat(1234));
    await rgw.s3.call('POST', `${world.bucket}/elsewhere?uploads`);
    await underWay(world);
    const signal = AbortSignal.timeout(10_000);
    const found = await world.storage.orphans(signal);
    expect(found).toEqual([
      { key, uploadId, bytes: 1234, initiatedAt: expect.any(Number), young: true, station: null },
    ]);
    expect(Math.abs((found[0]?.initiatedAt ?? 0) - Date.now())).toBeLessThan(60_000);
    // Another station may be sending it just now.
    await expect(world.storage.abortOrphan({ key, uploadId }, false, signal)).rejects.toMatchObject({
      code: 'storage_orphan_young',
      status: 409,
    });
    expect(await world.storage.orphans(signal)).toEqual(found);
    await world.storage.abortOrphan({ key, uploadId }, true, signal);
    expect(await world.storage.orphans(signal)).toEqual([]);
  });

  test('unfinished uploads of known stations are marked, and ended when that is asked for twice; old ones of nobody at once', async () => {
    const world = await startStorageWorld(rgw);
    const { s3, bucket, driver, gate } = world;
    const signal = AbortSignal.timeout(20_000);
    // As if all had been begun two days ago.
    const begun = new Date(Date.now() - 48 * 3_600_000).toISOString();
    const age = (text: string): string => text.replaceAll(/<Initiated>[^<]+/g, `<Initiated>${begun}`);
    gate.rules = { onAnswer: ({ verb }) => (verb === 'list-multiparts' ? { body: age } : undefined) };
    const claim = (station: string): string => JSON.stringify({ claimedBy: 'StreamAI', station, recordingId: 'r' });
    await s3.put(bucket, 'theirs.mkv.json', claim('b7c2d'));
    await s3.put(bucket, 'ours.mkv.json', claim('test'));
    const [theirs, ours, nobodys] = [
      await s3.create(bucket, 'theirs.mkv'),
      await s3.create(bucket, 'ours.mkv'),
      await s3.create(bucket, 'nobody’s.mkv'),
    ];
    const found = Object.fromEntries((await driver.orphans(signal)).map((orphan) => [orphan.key, orphan]));
    const old = { initiatedAt: Date.parse(begun), young: false };
    expect(found).toMatchObject({
      'theirs.mkv': { ...theirs, ...old, station: 'b7c2d' },
      'ours.mkv': { ...ours, ...old, station: null },
      'nobody’s.mkv': { ...nobodys, ...old, station: null },
    });
    await driver.abortOrphan(nobodys, false, signal);
    await driver.abortOrphan(ours, false, signal);
    await expect(driver.abortOrphan(theirs, false, signal)).rejects.toMatchObject({
      code: 'storage_orphan_station',
      status: 409,
      params: { station: 'b7c2d' },
    });
    expect(await s3.multiparts(bucket)).toEqual([theirs]);
    // The claims of what is ended go with it; that of a station that may still be at work stays.
    expect((await s3.objects(bucket)).map((object) => object.key)).toEqual(['theirs.mkv.json']);
    await driver.abortOrphan(theirs, true, signal);
    expect(await s3.multiparts(bucket)).toEqual([]);
    expect(await s3.objects(bucket)).toEqual([]);
  });

  describe('the test names the fault', () => {
    const faults: [what: string, change: () => Promise<Partial<StorageSettings>>, code: string | null][] = [
      ['nothing', async () => ({}), null],
      ['an unknown key', async () => ({ objectStorageAccessKey: 'AKIANOBODY' }), 'storage_key_unknown'],
      ['a wrong secret', async () => ({ objectStorageSecretKey: 'wrong' }), 'storage_secret_wrong'],
      ['no such bucket', async () => ({ objectStorageBucket: 'no-such-bucket' }), 'storage_bucket_missing'],
      ['a stranger’s bucket', strangersKeys, 'storage_denied'],
      ['nobody listens', async () => ({ objectStorageEndpoint: 'http://127.0.0.1:9' }), 'storage_unreachable'],
      ['an unknown host', async () => ({ objectStorageEndpoint: 'http://a.invalid' }), 'storage_host_unknown'],
      [
        'TLS where there is none',
        async () => ({ objectStorageEndpoint: rgw.url.replace('http', 'https') }),
        'storage_tls',
      ],
      ['a web page', webPage, 'storage_answer_invalid'],
    ];
    async function strangersKeys() {
      const { accessKey, secretKey } = await rgw.createAccount(`stranger${randomBytes(3).toString('hex')}`);
      return { objectStorageAccessKey: accessKey, objectStorageSecretKey: secretKey };
    }
    async function webPage() {
      const server = createServer((_, answer) => answer.end('<html>Welcome</html>'));
      onTestFinished(() => void server.close());
      return { objectStorageEndpoint: `http://127.0.0.1:${await listen(server)}` };
    }
    test.each(faults)('%s', async (_, change, code) => {
      const world = await start();
      world.settings = { ...world.settings, ...(await change()) };
      const { problem } = await world.storage.test(AbortSignal.timeout(20_000));
      expect(problem?.code ?? null).toBe(code);
      expect(await rgw.s3.objects(world.bucket)).toEqual([]);
      expect(await rgw.s3.multiparts(world.bucket)).toEqual([]);
    });
  });

  test('a presigned link gives the object to anybody, for its time', async () => {
    const world = await start('Émission + 100%');
    const source = await file(world, 1000);
    const { id } = await world.reaches(world.enqueue(source).id, 'completed');
    const { url, expiresAt } = await world.storage.presign(id, 3600);
    expect(expiresAt).toBeGreaterThan(Date.now() + 3_500_000);
    const answer = await fetch(url);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('video/x-matroska');
    expect(Buffer.from(await answer.arrayBuffer()).equals(await readFile(source))).toBe(true);
    expect((await fetch(url.replace(/a\.mkv/, 'b.mkv'))).status).toBe(403);
  });

  test('verify compares object and local file afresh', async () => {
    const world = await start();
    const source = await file(world, partBytes + 5);
    const { id, object } = await world.reaches(world.enqueue(source).id, 'completed');
    const verified = async (): Promise<string | null> =>
      (await world.storage.verify(id, AbortSignal.timeout(20_000)))?.code ?? null;
    expect(await verified()).toBeNull();
    const handle = await open(source, 'r+');
    await handle.write(Buffer.from([1, 2, 3, 4]), 0, 4, partBytes + 1);
    await handle.close();
    await utimes(source, 0, 0);
    expect(await verified()).toBe('storage_object_differs');
    await rgw.s3.put(world.bucket, object?.key ?? '', 'something else');
    expect(await verified()).toBe('storage_object_differs');
    await rgw.s3.delete(world.bucket, object?.key ?? '');
    expect(await verified()).toBe('storage_object_missing');
  });
});
