/**
 * Uploads to a real Ceph RGW over a line, to a server and from a disk that fail in every way that users meet. The tests
 * mostly wait, so they run at the same time, each with a world of its own.
 */
import { appendFile, truncate, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, type TestContext, test, vi } from 'vitest';
import { describePeer } from '../rig/describe-peer.ts';
import type { GateCall, Refusal } from '../rig/gate.ts';
import { ensurePeer } from '../rig/peers.ts';
import { type Rgw, startRgw } from '../rig/rgw.ts';
import { until } from '../rig/until.ts';
import { mebibyte, preloaded, randomContent, StorageWorld } from './storage-world-fixture.ts';

// Four of the tests wait for a minute each; the others need not wait for those.
vi.setConfig({ maxConcurrency: 8 });

/** The agent's part size for such files. */
const partBytes = 16 * mebibyte;
/** What an upload needs to move again after the line's return. */
const returnMs = 10_000;

await describePeer(['ceph', 'faketime'], 'Object Storage, faults', () => {
  let rgw: Rgw;
  beforeAll(async () => {
    rgw = await startRgw();
  });
  afterAll(() => rgw?.stop());

  /** A world until the test's end. */
  const start = async (
    { onTestFinished }: TestContext,
    env: Readonly<Record<string, string>> = {},
  ): Promise<StorageWorld> => {
    const storage = await StorageWorld.start(rgw, env);
    onTestFinished(() => storage.dispose());
    return storage;
  };

  /** An upload on its way, of which so many bytes have come to the gate. The line has 80 Mbit/s. */
  const underWay = async (storage: StorageWorld, content: Buffer, bytes = 4_000_000) => {
    storage.link.setRate(80e6);
    const { sessionId, file } = await storage.recorded('Fault', content);
    await storage.send(sessionId);
    await until(`${bytes} bytes arrived`, async () => storage.partBytes >= bytes);
    return { sessionId, file };
  };

  /** Waits until parts move again. @returns ms that it took */
  const movesAgain = async (storage: StorageWorld, ms: number): Promise<number> => {
    const from = storage.partBytes;
    const startedAt = performance.now();
    await until('bytes of parts move again', async () => storage.partBytes > from + 100_000, {
      ms,
      detail: () => storage.agent.logTail(),
    });
    return performance.now() - startedAt;
  };

  const stored = async (storage: StorageWorld, sessionId: string, content: Buffer, ms = 60_000) => {
    const upload = await storage.arrived(sessionId, ms);
    await storage.expectStored(upload, content);
    return upload;
  };

  const partCalls = ({ gate }: StorageWorld): GateCall[] => gate.calls.filter(({ verb }) => verb === 'part');

  describe.concurrent('the line', { timeout: 200_000 }, () => {
    test('gone for 2 s: nothing is sent again', async (context) => {
      const storage = await start(context);
      const content = randomContent(20 * mebibyte);
      const { sessionId } = await underWay(storage, content);
      storage.link.cut();
      await delay(2000);
      storage.link.restore();
      const upload = await stored(storage, sessionId, content);
      expect(upload.attempts).toBe(1);
      expect(storage.partBytes).toBe(content.length);
    });

    test('silent for 60 s: moves again within 10 s of its return', async (context) => {
      const storage = await start(context);
      const content = randomContent(40 * mebibyte);
      const { sessionId } = await underWay(storage, content, 18 * mebibyte);
      storage.link.cut();
      await delay(60_000);
      storage.link.restore();
      expect(await movesAgain(storage, returnMs)).toBeLessThan(returnMs);
      const upload = await stored(storage, sessionId, content);
      expect(upload.error).toBeNull();
    });

    test('refused for 60 s, as by a machine that is offline: moves again within 10 s of its return', async (context) => {
      const storage = await start(context);
      const content = randomContent(40 * mebibyte);
      const { sessionId } = await underWay(storage, content, 18 * mebibyte);
      storage.link.refuse(true);
      await delay(60_000);
      storage.link.refuse(false);
      expect(await movesAgain(storage, returnMs)).toBeLessThan(returnMs);
      await stored(storage, sessionId, content);
    });

    test('reset in mid-part: only the parts in flight are sent again', async (context) => {
      const storage = await start(context);
      const content = randomContent(40 * mebibyte);
      const { sessionId } = await underWay(storage, content);
      for (let reset = 0; reset < 3; reset += 1) {
        storage.link.resetAll();
        await movesAgain(storage, returnMs);
      }
      await stored(storage, sessionId, content);
      const delivered = partCalls(storage).filter(({ end }) => end === 'delivered');
      expect(delivered.map(({ part }) => part).sort()).toEqual([1, 2, 3]);
    });

    test('a black hole: noticed within 20 s, new connections take over', async (context) => {
      const storage = await start(context);
      const content = randomContent(40 * mebibyte);
      const { sessionId } = await underWay(storage, content);
      storage.link.blackHole(true);
      storage.link.blackHole(false);
      // What had left the link before still arrives.
      await delay(1000);
      // 20 s without a byte, and a little for the new connection.
      const took = 1000 + (await movesAgain(storage, 30_000));
      expect(took).toBeGreaterThan(10_000);
      expect(took).toBeLessThan(25_000);
      await stored(storage, sessionId, content);
    });

    test('1 Mbit/s: slow is not dead', async (context) => {
      const storage = await start(context);
      const content = randomContent(40 * mebibyte);
      const { sessionId } = await underWay(storage, content, 200_000);
      storage.link.setRate(1e6);
      // As long as a second silence of 40 s would need to end in giving up again.
      await delay(90_000);
      expect((await storage.upload(sessionId)).state).toBe('uploading');
      storage.link.setRate(null);
      const upload = await stored(storage, sessionId, content);
      expect(upload.attempts).toBe(1);
      // The first silence, while the kernel holds megabytes from when the line was fast, cannot be told from a dead line.
      for (const part of [1, 2, 3]) {
        const ends = partCalls(storage).flatMap((call) => (call.part === part ? [call.end] : []));
        expect(ends.length, `sendings of part ${part}`).toBeLessThanOrEqual(2);
        expect(ends.slice(0, -1)).not.toContain('open');
      }
    });

    test('far away, 300 ms each way', async (context) => {
      const storage = await start(context);
      storage.link.setDelay(300);
      const content = randomContent(20 * mebibyte);
      const { sessionId } = await underWay(storage, content, 1);
      const upload = await stored(storage, sessionId, content);
      expect(upload.attempts).toBe(1);
    });
  });

  describe.concurrent('the server', { timeout: 150_000 }, () => {
    /** Answers matching calls in the server's place, up to `times`. */
    const refuse = (storage: StorageWorld, verb: string, refusal: Refusal, times: number): { count: number } => {
      const seen = { count: 0 };
      storage.gate.rules = {
        onCall(call) {
          if (call.verb !== verb || seen.count >= times) return undefined;
          seen.count += 1;
          return refusal;
        },
      };
      return seen;
    };

    test('a storm of 503 SlowDown: goes on by itself, and does not hammer', async (context) => {
      const storage = await start(context);
      const content = randomContent(40 * mebibyte);
      const { sessionId } = await storage.recorded('Storm', content);
      const stormEnds = performance.now() + 8000;
      let refused = 0;
      storage.gate.rules = {
        onCall() {
          if (performance.now() > stormEnds) return undefined;
          refused += 1;
          return { status: 503, code: 'SlowDown' };
        },
      };
      await storage.send(sessionId);
      await stored(storage, sessionId, content);
      expect(refused).toBeGreaterThan(1);
      // A loop without a pause would make hundreds in 8 s.
      expect(refused).toBeLessThan(40);
    });

    test('503 SlowDown for some parts in mid-upload: no new attempt is needed', async (context) => {
      const storage = await start(context);
      const content = randomContent(40 * mebibyte);
      const seen = refuse(storage, 'part', { status: 503, code: 'SlowDown' }, 4);
      const { sessionId } = await storage.recorded('Slow down', content);
      await storage.send(sessionId);
      const upload = await stored(storage, sessionId, content);
      expect(seen.count).toBe(4);
      expect(upload.attempts).toBe(1);
    });

    test.for([
      ['create', 500],
      ['complete', 500],
      ['head', 503],
    ] as const)('a failing %s is tried again', async ([verb, status], context) => {
      const storage = await start(context);
      const content = randomContent(mebibyte);
      refuse(storage, verb, { status, code: 'InternalError' }, 2);
      const { sessionId } = await storage.recorded('Internal error', content);
      await storage.send(sessionId);
      await stored(storage, sessionId, content);
    });

    test('the answer to Complete is lost: the object is found, not made again', async (context) => {
      const storage = await start(context);
      const content = randomContent(mebibyte);
      let lost = 0;
      storage.gate.rules = {
        onAnswer({ verb }) {
          if (verb !== 'complete' || lost > 0) return undefined;
          lost += 1;
          return 'lose';
        },
      };
      const { sessionId } = await storage.recorded('Lost answer', content);
      await storage.send(sessionId);
      await stored(storage, sessionId, content);
      expect(partCalls(storage)).toHaveLength(1);
    });

    test('a load balancer in front of it says 404 for a part: nothing that has arrived is sent again', async (context) => {
      const storage = await start(context);
      const content = randomContent(40 * mebibyte);
      const page = '<html><body><h1>404 Not Found</h1></body></html>';
      let refused = 0;
      storage.gate.rules = {
        onCall({ verb, part }) {
          if (verb !== 'part' || part !== 3 || refused > 0) return undefined;
          refused += 1;
          return { status: 404, page };
        },
      };
      const { sessionId } = await storage.recorded('Balanced', content);
      await storage.send(sessionId);
      const upload = await stored(storage, sessionId, content);
      expect(upload.attempts).toBe(1);
      const verbs = storage.gate.calls.map(({ verb }) => verb);
      expect(verbs.filter((verb) => verb === 'create')).toHaveLength(1);
      expect(verbs).not.toContain('abort');
      const sent = partCalls(storage).map(({ part, status }) => `${part}: ${status}`);
      expect(sent.sort()).toEqual(['1: 200', '2: 200', '3: 200', '3: 404']);
    });

    test('it says 404 for the list of parts, after a restart: the upload goes on with them', async (context) => {
      const storage = await start(context);
      const content = randomContent(40 * mebibyte);
      const { sessionId } = await underWay(storage, content, 18 * mebibyte);
      const arrived = await until('a part has arrived', async () => {
        const parts = partCalls(storage).flatMap(({ part, end }) => (end === 'delivered' ? [part] : []));
        return parts.length > 0 && parts;
      });
      await storage.agent.kill();
      const seen = refuse(storage, 'list-parts', { status: 404, page: '' }, 1);
      storage.gate.forget();
      await storage.agent.start();
      await stored(storage, sessionId, content);
      expect(seen.count).toBe(1);
      expect(storage.gate.calls.map(({ verb }) => verb)).not.toContain('create');
      const sent = partCalls(storage).map(({ part }) => part);
      for (const part of arrived) expect(sent).not.toContain(part);
    });

    test('a signature that expired on the way is made anew', async (context) => {
      const storage = await start(context);
      const content = randomContent(20 * mebibyte);
      const seen = refuse(storage, 'part', { status: 403, code: 'RequestTimeTooSkewed' }, 1);
      const { sessionId } = await storage.recorded('Expired', content);
      await storage.send(sessionId);
      await stored(storage, sessionId, content);
      expect(seen.count).toBe(1);
    });

    test.for(['-20m', '+20m'])('a clock that is %s off: signs by the server’s time', async (offset, context) => {
      const storage = await start(context, {
        LD_PRELOAD: await ensurePeer('faketime'),
        FAKETIME: offset,
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      });
      const content = randomContent(20 * mebibyte);
      const { sessionId } = await storage.recorded('Skew', content);
      await storage.send(sessionId);
      const upload = await stored(storage, sessionId, content);
      // It is the agent's clock that is off: else this test would show nothing.
      expect(Math.abs(Date.parse(upload.createdAt) - Date.now())).toBeGreaterThan(15 * 60_000);
    });

    test.for([-50, 50])(
      'the clock is set by %s min while an upload waits: its wait stays as short as it was',
      async (minutes, context) => {
        const preloads = ['preload-fault-fixture.ts', 'preload-names-fixture.ts', 'preload-clock-fixture.ts'];
        const storage = await start(context, { NODE_OPTIONS: preloads.map(preloaded).join(' ') });
        const content = randomContent(20 * mebibyte);
        const { sessionId } = await storage.recorded('Waits', content);
        storage.link.refuse(true);
        await storage.send(sessionId);
        await storage.reaches(sessionId, ['waiting']);
        await storage.agent.ask({ clockMs: minutes * 60_000 });
        storage.link.refuse(false);
        const since = performance.now();
        await stored(storage, sessionId, content, 30_000);
        // Longer than any wait after so few attempts.
        expect(performance.now() - since).toBeLessThan(30_000);
        const { createdAt, completedAt } = await storage.upload(sessionId);
        // It is the agent's clock that was set.
        const took = Date.parse(completedAt ?? '') - Date.parse(createdAt);
        expect(Math.sign(took)).toBe(Math.sign(minutes));
        expect(Math.abs(took)).toBeGreaterThan(45 * 60_000);
      },
    );

    test('a part that it acknowledged and lost is sent again', async (context) => {
      const storage = await start(context);
      const content = randomContent(40 * mebibyte);
      let lost = false;
      storage.gate.rules = {
        onCall(call) {
          if (call.verb !== 'part' || call.part !== 2 || lost) return undefined;
          lost = true;
          const md5 = Buffer.from(String(call.headers['content-md5']), 'base64').toString('hex');
          return { status: 200, headers: { etag: `"${md5}"` } };
        },
      };
      const { sessionId } = await storage.recorded('Lost part', content);
      await storage.send(sessionId);
      await stored(storage, sessionId, content);
      expect(
        partCalls(storage)
          .map(({ part }) => part)
          .sort(),
      ).toEqual([1, 2, 2, 3]);
    });

    test('the multipart is aborted behind its back: begun anew', async (context) => {
      const storage = await start(context);
      const content = randomContent(40 * mebibyte);
      const { sessionId } = await underWay(storage, content, 18 * mebibyte);
      const [multipart] = await rgw.s3.multiparts(storage.bucket);
      if (!multipart) throw new Error('no multipart is open');
      await rgw.s3.abort(storage.bucket, multipart);
      await stored(storage, sessionId, content);
    });

    test('the bucket is deleted in mid-upload: failed with its cause; once it is there again, Retry completes', async (context) => {
      const storage = await start(context);
      const content = randomContent(40 * mebibyte);
      const { sessionId } = await underWay(storage, content, 18 * mebibyte);
      // S3 deletes empty buckets alone: the claim of the key goes first.
      for (const { key } of await rgw.s3.objects(storage.bucket)) await rgw.s3.delete(storage.bucket, key);
      await rgw.s3.deleteBucket(storage.bucket);
      const failed = await storage.reaches(sessionId, ['failed']);
      expect(failed.error).toMatchObject({ code: 'storage_bucket_missing' });
      await rgw.s3.createBucket(storage.bucket);
      await storage.agent.api.call('POST', `/api/integrated/uploads/${failed.id}/retry`);
      await stored(storage, sessionId, content);
    });

    test('a create whose answer is lost, and which the store carries out late: that goes away', async (context) => {
      const storage = await start(context);
      const asked = Promise.withResolvers<undefined>();
      const released = Promise.withResolvers<undefined>();
      let creates = 0;
      storage.gate.rules = {
        onCall({ verb }) {
          if (verb === 'create') creates += 1;
          if (verb !== 'create' || creates > 1) return undefined;
          asked.resolve(undefined);
          return released.promise;
        },
      };
      const content = randomContent(20 * mebibyte);
      const { sessionId } = await storage.recorded('Twice', content);
      await storage.send(sessionId);
      await asked.promise;
      storage.link.resetAll();
      await storage.arrived(sessionId);
      released.resolve(undefined);
      await until('it is begun late', async () => (await rgw.s3.multiparts(storage.bucket)).length === 1);
      await until('it is gone', async () => (await rgw.s3.multiparts(storage.bucket)).length === 0, { ms: 40_000 });
      await storage.expectStored(await storage.upload(sessionId), content);
    });

    test('cancelled before the store has begun it: what it begins late goes away too', async (context) => {
      const storage = await start(context);
      const asked = Promise.withResolvers<undefined>();
      const released = Promise.withResolvers<undefined>();
      storage.gate.rules = {
        onCall({ verb }) {
          if (verb !== 'create') return undefined;
          asked.resolve(undefined);
          return released.promise;
        },
      };
      const { sessionId } = await storage.recorded('Late', randomContent(20 * mebibyte));
      const upload = await storage.send(sessionId);
      await asked.promise;
      await storage.agent.api.uploadCommand(upload, 'cancel');
      const looked = async (): Promise<boolean> =>
        storage.gate.calls.some(({ verb, end }) => verb === 'list-multiparts' && end === 'delivered');
      await until('what it may have begun was looked for', looked);
      // As a busy store does with a request whose caller has gone.
      released.resolve(undefined);
      await until('it is begun late', async () => (await rgw.s3.multiparts(storage.bucket)).length === 1);
      await until('it is gone', async () => (await rgw.s3.multiparts(storage.bucket)).length === 0, { ms: 40_000 });
    });
  });

  describe.concurrent('the file', { timeout: 150_000 }, () => {
    /** The upload goes on with a file that is another one now; what arrives is the file as it is in the end. */
    const changes = async (
      context: TestContext,
      change: (file: string, content: Buffer) => Promise<Buffer>,
    ): Promise<void> => {
      const storage = await start(context);
      const before = randomContent(40 * mebibyte);
      const { sessionId, file } = await underWay(storage, before, 18 * mebibyte);
      const after = await change(file, before);
      const upload = await stored(storage, sessionId, after);
      expect(upload.bytesTotal).toBe(after.length);
      expect(upload.attempts).toBeGreaterThan(1);
    };

    /** Of another length it is not what was recorded: it is not passed off as that, and can be had by hand. */
    const becomesAnother = async (
      context: TestContext,
      change: (file: string, content: Buffer) => Promise<Buffer>,
    ): Promise<void> => {
      const storage = await start(context);
      const before = randomContent(40 * mebibyte);
      const { sessionId, file } = await underWay(storage, before, 18 * mebibyte);
      const after = await change(file, before);
      const failed = await storage.reaches(sessionId, ['failed', 'completed']);
      expect(failed).toMatchObject({ state: 'failed', error: { code: 'file_changed' } });
      await storage.send(sessionId);
      const upload = await stored(storage, sessionId, after);
      expect(upload.bytesTotal).toBe(after.length);
    };

    test('appended to in mid-upload', (context) =>
      becomesAnother(context, async (file, content) => {
        const more = randomContent(3 * mebibyte);
        await appendFile(file, more);
        return Buffer.concat([content, more]);
      }));

    test('truncated in mid-upload', (context) =>
      becomesAnother(context, async (file, content) => {
        await truncate(file, 5 * mebibyte);
        return content.subarray(0, 5 * mebibyte);
      }));

    test('overwritten in mid-upload, its size the same', (context) =>
      changes(context, async (file, content) => {
        const other = randomContent(content.length);
        await writeFile(file, other);
        return other;
      }));

    test('the disk fails to read: says so, and completes once it reads again', async (context) => {
      const storage = await start(context);
      const content = randomContent(40 * mebibyte);
      // No disk here can be made to fail: the error is injected where the agent's own read returns.
      await storage.arm({ kind: 'read-error', minBytes: 64 * 1024, after: 20 });
      const { sessionId } = await storage.recorded('Disk', content);
      await storage.send(sessionId);
      const failed = await storage.reaches(sessionId, ['waiting', 'failed']);
      expect(failed.error).toMatchObject({ code: 'file_away' });
      await storage.arm(null);
      const upload = await stored(storage, sessionId, content);
      expect(upload.parts).toEqual({ done: 3, total: 3 });
    });
  });

  test('what is changed later is written beside the object, also when the agent is killed before it could', async (context) => {
    const storage = await start(context);
    const content = randomContent(1000);
    const { sessionId } = await storage.recorded('Draft', content);
    await storage.send(sessionId);
    const { object } = await stored(storage, sessionId, content);
    const beside = (name: string) =>
      until(`the metadata of “${name}” is there`, async () => {
        const body = await rgw.s3.read(storage.bucket, `${object?.key}.json`).catch(() => null);
        const metadata = body === null ? null : JSON.parse(await new Response(body).text());
        return metadata?.session?.name === name ? metadata : null;
      });
    expect((await beside('Draft')).session).toMatchObject({ marks: [], notes: '' });

    const { agent } = storage;
    const session = `/api/integrated/recordings/${sessionId}`;
    expect(await agent.api.call('PATCH', session, { name: 'Final', notes: 'to be cut' })).toMatchObject({
      status: 200,
    });
    expect(await agent.api.call('POST', `${session}/marks`, { kind: 'chapter', text: 'Start', atMs: 0 })).toMatchObject(
      {
        status: 200,
      },
    );
    await agent.kill();
    await agent.start();
    expect((await beside('Final')).session).toMatchObject({ marks: [{ text: 'Start', atMs: 0 }], notes: 'to be cut' });
    await storage.expectStored(await storage.upload(sessionId), content);
  });

  test('those parts are as large as these tests think', async (context) => {
    const storage = await start(context);
    const content = randomContent(partBytes + 1);
    const { sessionId } = await storage.recorded('Parts', content);
    await storage.send(sessionId);
    await stored(storage, sessionId, content);
    expect(
      partCalls(storage)
        .map(({ bodyBytes }) => bodyBytes)
        .sort((a, b) => a - b),
    ).toEqual([1, partBytes]);
  });
});
