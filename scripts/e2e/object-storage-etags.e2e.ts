/** Object Storage on a real Ceph RGW whose ETags a proxy makes into what encrypting or packing stores and fronts answer. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { appendFile, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { FollowedNow } from '../../agent/uploads/destinations/destination.ts';
import { jobFor, tempFile } from '../../agent/uploads/destinations/job-fixture.ts';
import { startStorageWorld } from '../../agent/uploads/destinations/object-storage/storage-world-fixture.ts';
import { describePeer } from '../rig/describe-peer.ts';
import type { Gate, GateCall, GateRules } from '../rig/gate.ts';
import { type Rgw, startRgw } from '../rig/rgw.ts';
import { until } from '../rig/until.ts';
import { randomContent, StorageWorld } from './storage-world-fixture.ts';

const mebibyte = 1024 ** 2;
const likeMd5 = (text: string): string => createHash('md5').update(text).digest('hex');
const kms = { 'x-amz-server-side-encryption': 'aws:kms' };
/** In place of what RGW calls a part, or an object of as many. */
const kinds: [what: string, headers: (of: 'part' | 'object') => Readonly<Record<string, string>>][] = [
  ['of a store that encrypts with KMS', () => ({ etag: '"0f9e8d7c6b5a49382716050403020100"', ...kms })],
  ['of a gateway that makes its own', () => ({ etag: '"Gateway-17"' })],
  [
    'like MD5s, without a word about it',
    (of) => ({ etag: `"${likeMd5('one and the same')}${of === 'part' ? '' : '-3'}"` }),
  ],
  ['like MD5s, others each time', (of) => ({ etag: `"${likeMd5(randomUUID())}${of === 'part' ? '' : '-3'}"` })],
  ['weak, of a front that packs', () => ({ etag: `W/"${likeMd5('packed')}-gzip"` })],
];
const changed = (headers: (typeof kinds)[number][1]): GateRules => ({
  onAnswer({ verb, path }) {
    if (verb === 'part') return { headers: headers('part') };
    return verb === 'head' && !path.endsWith('.json') ? { headers: headers('object') } : undefined;
  },
});
/** The parts that RGW has acknowledged. */
const acknowledged = ({ calls }: Gate): number[] =>
  calls
    .filter(({ verb, status }) => verb === 'part' && status === 200)
    .map(({ part }) => part)
    .sort();

await describePeer(['ceph'], 'Object Storage whose ETags are no MD5s', () => {
  let rgw: Rgw;
  beforeAll(async () => {
    rgw = await startRgw();
  });
  afterAll(() => rgw?.stop());

  describe.each(kinds)('ETags %s', (_, headers) => {
    test('each part is sent once, and the object is proven; a fresh proof reads it back', async () => {
      const content = randomBytes(33 * mebibyte);
      const world = await startStorageWorld(rgw);
      const path = await tempFile(content);
      const job = await jobFor(path);
      world.paths.set(job.upload.recordingId, path);
      const rules = changed(headers);
      world.gate.rules = rules;
      await world.driver.send(job);
      expect(acknowledged(world.gate)).toEqual([1, 2, 3]);
      expect(world.driver.stored(job.upload.id)).toMatchObject({ provenBy: 'parts' });
      expect((await world.arrived()).map((object) => object.equals(content))).toEqual([true]);
      const signal = AbortSignal.timeout(60_000);
      expect(await world.driver.verify(job.upload.id, signal)).toBeNull();
      expect(world.gate.calls.some(({ verb }) => verb === 'get')).toBe(true);
      world.gate.rules = {
        onAnswer: (call) => (call.verb === 'get' ? { body: (text) => text.replace(/./, 'x') } : rules.onAnswer?.(call)),
      };
      expect(await world.driver.verify(job.upload.id, signal)).not.toBeNull();
    });

    test.each(['stored', 'completing', 'verifying'] as const)(
      'the agent is killed once “%s” is written: what was acknowledged is not sent again',
      async (step) => {
        const storage = await StorageWorld.start(rgw);
        onTestFinished(() => storage.dispose());
        // Of a part that is on its way beside the first the journal of a killed agent could not know.
        const hold: GateRules = { onCall: ({ part }) => (part > 1 ? new Promise(() => {}) : undefined) };
        storage.gate.rules = { ...changed(headers), ...(step === 'stored' && hold) };
        const content = randomContent(33 * mebibyte);
        const { sessionId } = await storage.recorded('Killed', content);
        await storage.arm({ kind: 'kill', step, when: 'after', nth: 1 });
        await storage.send(sessionId);
        await storage.died(`at ${step}`);
        expect(acknowledged(storage.gate)).toEqual(step === 'stored' ? [1] : [1, 2, 3]);
        storage.gate.rules = changed(headers);
        await storage.agent.start();
        const { object, error, provenBy } = await storage.arrived(sessionId);
        expect([error, provenBy]).toEqual([null, 'parts']);
        expect(acknowledged(storage.gate)).toEqual([1, 2, 3]);
        const objects = (await rgw.s3.objects(storage.bucket)).filter(({ key }) => !key.endsWith('.json'));
        expect(objects).toMatchObject([{ key: object?.key, size: content.length }]);
        const sha256 = createHash('sha256').update(content).digest('hex');
        expect(await rgw.s3.sha256(storage.bucket, object?.key ?? '')).toBe(sha256);
      },
    );
  });

  test('a local file goes once its object was read back, and stays where that is another one', async () => {
    const storage = await StorageWorld.start(rgw);
    onTestFinished(() => storage.dispose());
    const { agent, bucket, gate } = storage;
    const [, headers] = kinds[1] ?? [];
    if (headers === undefined) throw new Error('there is no such kind');
    gate.rules = changed(headers);
    await agent.live.until('the agent is connected to OBS', ({ obs }) => obs.state === 'connected');
    const { id: sessionId } = await agent.api.start({ sessionName: 'Read back', autoUpload: false });
    await storage.world.written(200_000);
    await agent.api.command('stop');
    const file = (await agent.live.recorded(sessionId)).recordings[0]?.path ?? '';
    const content = await readFile(file);
    await storage.send(sessionId);
    const key = (await storage.arrived(sessionId)).object?.key ?? '';
    const read = (): boolean => gate.calls.some(({ verb, path }) => verb === 'get' && !path.endsWith('.json'));
    // Of the same size, and the gate gives it the same ETag.
    await rgw.s3.call('PUT', `${bucket}/${encodeURI(key)}`, new Uint8Array(randomContent(content.length)));
    expect(read()).toBe(false);
    await agent.api.call('PUT', '/api/settings', { deleteLocal: 'verified' });
    const log = path.join(agent.dataDir, 'agent.log');
    await until('it is not proven', async () => (await readFile(log, 'utf8')).includes('a copy is not proven'));
    expect([read(), (await stat(file)).size]).toEqual([true, content.length]);

    await rgw.s3.call('PUT', `${bucket}/${encodeURI(key)}`, new Uint8Array(content));
    gate.forget();
    // What could not be proven is left alone for an hour, or until the agent starts anew.
    await agent.restart();
    await until('the file is deleted', async () => {
      const [recording] = (await agent.api.session(sessionId)).recordings;
      return recording?.state === 'deleted' && (await stat(file).catch(() => null)) === null;
    });
    expect([read(), (await storage.upload(sessionId)).provenBy]).toEqual([true, 'parts']);
    expect(await rgw.s3.sha256(bucket, key)).toBe(createHash('sha256').update(content).digest('hex'));
  });

  test.each(kinds)(
    'a recording that was followed, ETags %s: only what is left is sent after its end',
    async (_, headers) => {
      const world = await startStorageWorld(rgw);
      world.gate.rules = changed(headers);
      const body = randomBytes(16 * mebibyte);
      const path = await tempFile(body);
      const { upload, fileName, signal } = await jobFor(path);
      const ended = new AbortController();
      let now: (() => FollowedNow) | undefined;
      const watch = (asked: () => FollowedNow): void => {
        now = asked;
      };
      const following = world.driver.follow({ upload, path, fileName, signal, ended: ended.signal, watch });
      await vi.waitFor(() => expect(now?.().detail.parts.done).toBe(2), { timeout: 30_000, interval: 50 });
      const tail = randomBytes(100);
      await appendFile(path, tail);
      ended.abort();
      await following;
      const driver = await world.restarted();
      await driver.send(await jobFor(path, { upload, followed: true }));
      expect(acknowledged(world.gate)).toEqual([1, 2, 3, 4]);
      expect((await world.arrived()).map((object) => object.equals(Buffer.concat([body, tail])))).toEqual([true]);
    },
  );

  describe('but RGW’s are: damage is found', () => {
    /** Gives RGW other bytes than were sent, and its own answer to them. */
    const damage = (
      world: Awaited<ReturnType<typeof startStorageWorld>>,
      isDamaged: (call: GateCall) => boolean,
    ): void => {
      world.gate.rules = {
        async onCall(call) {
          if (call.verb !== 'part' || !isDamaged(call)) return undefined;
          const [multipart] = await world.s3.multiparts(world.bucket);
          if (multipart === undefined) throw new Error('there is no multipart');
          const bytes = Buffer.alloc(Number(call.headers['content-length']), 'x');
          const etag = await world.s3.putPart(world.bucket, multipart, call.part, bytes);
          return { status: 200, headers: { etag: `"${etag}"` } };
        },
      };
    };

    test.each([1, 2, 3])('in part %i of 3: that one is sent again', async (number) => {
      const world = await startStorageWorld(rgw);
      let left = 1;
      damage(world, ({ part }) => part === number && left-- > 0);
      const content = randomBytes(33 * mebibyte);
      await world.driver.send(await jobFor(await tempFile(content)));
      expect(acknowledged(world.gate)).toEqual([1, 2, 3, number].sort());
      expect((await world.arrived()).map((object) => object.equals(content))).toEqual([true]);
    });

    test('in the only part: the object is read back, and another one made', async () => {
      const world = await startStorageWorld(rgw);
      let left = 1;
      damage(world, () => left-- > 0);
      const content = randomBytes(3000);
      const job = await jobFor(await tempFile(content));
      await expect(world.driver.send(job)).rejects.toMatchObject({ code: 'storage_damaged' });
      await world.driver.send(job);
      const arrived = async (): Promise<void> => {
        expect((await world.arrived()).map((object) => object.equals(content))).toEqual([true]);
        expect(await world.halves()).toEqual([]);
      };
      await vi.waitFor(arrived, { timeout: 30_000, interval: 50 });
    });
  });
});
