/** ETags that are no MD5s: no damage, and nothing is sent again for it. ETags that are MD5s: damage is found. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { appendFile, utimes } from 'node:fs/promises';
import { describe, expect, test, vi } from 'vitest';
import type { GateCall, GateRules } from '../../../../scripts/rig/gate.ts';
import type { FollowedNow, SendJob } from '../destination.ts';
import { isRetryable } from '../failures.ts';
import { jobFor, tempFile } from '../job-fixture.ts';
import type { S3StoreOptions } from './s3/s3-store-fixture.ts';
import { type StorageWorld, startMemoryWorld } from './storage-world-fixture.ts';

// Megabytes pass through four sockets of this one process: a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

const mebibyte = 1024 * 1024;
/** Of a file that is whole. */
const partBytes = 16 * mebibyte;
const soon = { timeout: 30_000, interval: 10 };
const { signal } = new AbortController();
const md5Of = (text: string): string => createHash('md5').update(text).digest('hex');

/** Lays headers over the answers that name a part or the object beside which no JSON lies. */
const front = (headers: () => Readonly<Record<string, string>>): GateRules => ({
  onAnswer: ({ verb, path }) =>
    verb === 'part' || (verb === 'head' && !path.endsWith('.json')) ? { headers: headers() } : undefined,
});

const kinds: [what: string, store: S3StoreOptions, rules: GateRules][] = [
  ['of a store that makes them like MD5s', { etagOf: (md5) => md5.replace(/^[^-]+/, md5Of(`salted ${md5}`)) }, {}],
  ['of a store that makes them otherwise', { etagOf: (md5) => `Gw-<${Buffer.from(md5).toString('base64')}>&` }, {}],
  [
    'of a front that encrypts with KMS',
    {},
    front(() => ({ etag: `"${md5Of('encrypted')}"`, 'x-amz-server-side-encryption': 'aws:kms' })),
  ],
  ['of a front that makes others each time', {}, front(() => ({ etag: `"${md5Of(randomUUID())}"` }))],
  ['of a front that marks what it has packed', {}, front(() => ({ etag: `W/"${md5Of('packed')}-gzip"` }))],
];

async function start(store: S3StoreOptions = {}, rules: GateRules = {}): Promise<StorageWorld> {
  const world = await startMemoryWorld(store);
  const played = world.gate.rules;
  world.gate.rules = {
    ...played,
    async onAnswer(call) {
      // The steps that tests wait for.
      await played.onAnswer?.(call);
      return rules.onAnswer?.(call);
    },
  };
  return world;
}

const isPart = ({ verb }: GateCall): boolean => verb === 'part';
/** The numbers of the parts that were sent. */
const sent = (world: StorageWorld): number[] =>
  world.gate.calls
    .filter(isPart)
    .map(({ part }) => part)
    .sort();

async function expectArrived(world: StorageWorld, content: Buffer): Promise<void> {
  expect((await world.arrived()).map((object) => object.equals(content))).toEqual([true]);
  expect(await world.halves()).toEqual([]);
}

describe.each(kinds)('ETags %s', (_, store, rules) => {
  test('each part is sent once, and the object is proven, also by a fresh proof', async () => {
    const world = await start(store, rules);
    const content = randomBytes(partBytes + 1000);
    const path = await tempFile(content);
    const job = await jobFor(path);
    world.paths.set(job.upload.recordingId, path);
    await world.driver.send(job);
    expect(sent(world)).toEqual([1, 2]);
    await expectArrived(world, content);
    const driver = await world.restarted();
    expect(await driver.verify(job.upload.id, signal)).toBeNull();
    const [key = ''] = (await world.s3.objects(world.bucket)).map((object) => object.key);
    await world.s3.call('PUT', `${world.bucket}/${key}`, randomBytes(content.length));
    expect(await driver.verify(job.upload.id, signal)).toMatchObject({ code: 'storage_object_differs' });
  });

  /** Sends until a step is reached, where the agent ends; part 1 alone gets through before the steps after the parts. */
  async function sendUntil(world: StorageWorld, job: SendJob, step: string): Promise<void> {
    const off = new AbortController();
    const ended = Promise.withResolvers<never>();
    ended.promise.catch(() => {});
    if (step === 'part 1 stored') {
      world.gate.rules = { ...world.gate.rules, onCall: ({ part }) => (part > 1 ? ended.promise : undefined) };
    }
    world.onStep = (at) => {
      if (at === step) off.abort(new Error('the agent ended'));
    };
    await world.driver.send({ ...job, signal: off.signal }).catch(() => {});
    world.onStep = () => {};
    ended.reject(new Error('the agent ended'));
    await vi.waitFor(() => expect(world.underWay()).toBe(0), soon);
    expect(off.signal.aborted, `${step} is reached`).toBe(true);
    world.gate.rules = { ...world.gate.rules, onCall: () => undefined };
    world.gate.forget();
  }

  test.each([
    ['part 1 stored', [2]],
    ['completing', []],
    ['complete is answered', []],
    ['completed', []],
    ['head answered', []],
  ])('a restart of the agent at “%s”: what was acknowledged is not sent again', async (step, rest) => {
    const world = await start(store, rules);
    const content = randomBytes(partBytes + 1000);
    const job = await jobFor(await tempFile(content));
    await sendUntil(world, job, step);
    const driver = await world.restarted();
    await driver.send(job);
    expect(sent(world)).toEqual(rest);
    await expectArrived(world, content);
  });

  test('a file that was touched in mid-upload is compared, and only the rest is sent', async () => {
    const world = await start(store, rules);
    const content = randomBytes(partBytes + 1000);
    const path = await tempFile(content);
    await sendUntil(world, await jobFor(path), 'part 1 stored');
    await utimes(path, 1, 1);
    const driver = await world.restarted();
    await driver.send(await jobFor(path));
    expect(sent(world)).toEqual([2]);
    await expectArrived(world, content);
  });

  test('a recording that was followed: only what is left is sent after its end', async () => {
    const world = await start(store, rules);
    const body = randomBytes(16 * mebibyte);
    const path = await tempFile(body);
    const { upload, fileName } = await jobFor(path);
    const ended = new AbortController();
    let now: (() => FollowedNow) | undefined;
    const watch = (asked: () => FollowedNow): void => {
      now = asked;
    };
    const following = world.driver.follow({ upload, path, fileName, signal, ended: ended.signal, watch });
    await vi.waitFor(() => expect(now?.().detail.parts.done).toBe(2), soon);
    const tail = randomBytes(100);
    await appendFile(path, tail);
    ended.abort();
    await following;
    world.gate.forget();
    const driver = await world.restarted();
    await driver.send(await jobFor(path, { upload, followed: true }));
    expect(sent(world)).toEqual([1, 4]);
    await expectArrived(world, Buffer.concat([body, tail]));
  });

  test('a cancel while the object is being made leaves nothing', async () => {
    const world = await start(store, rules);
    const job = await jobFor(await tempFile(randomBytes(3000)));
    await sendUntil(world, job, 'complete is answered');
    world.cancel(job.upload.id);
    await vi.waitFor(async () => {
      world.driver.cancelled(job.upload.id);
      expect([...(await world.arrived()), ...(await world.halves())]).toEqual([]);
    }, soon);
  });

  test('the test of the store works, and leaves nothing', async () => {
    const world = await start(store, rules);
    expect(await world.driver.test(signal)).toEqual({ problem: null, notice: null });
    expect(await world.s3.objects(world.bucket)).toEqual([]);
  });
});

describe('a store whose ETags are MD5s, and that compares nothing itself', () => {
  /** Gives the store other bytes for each of these sendings, the first of which is 0. */
  function damage(world: StorageWorld, which: (sending: number, part: number) => boolean): void {
    let sending = 0;
    world.gate.rules = {
      ...world.gate.rules,
      async onCall(call) {
        if (!isPart(call) || !which(sending++, call.part)) return undefined;
        const [multipart] = await world.s3.multiparts(world.bucket);
        if (multipart === undefined) throw new Error('there is no multipart');
        const bytes = Buffer.alloc(Number(call.headers['content-length']), 'x');
        const etag = await world.s3.putPart(world.bucket, multipart, call.part, bytes);
        return { status: 200, headers: { etag: `"${etag}"` } };
      },
    };
  }

  test.each([1, 2, 3])('a damaged part, number %i, is found and sent again', async (number) => {
    const world = await start();
    let damaged = false;
    damage(world, (_, part) => {
      if (part !== number || damaged) return false;
      damaged = true;
      return true;
    });
    const content = randomBytes(2 * partBytes + 1000);
    await world.driver.send(await jobFor(await tempFile(content)));
    expect(sent(world)).toEqual([1, 2, 3, number].sort());
    await expectArrived(world, content);
  });

  test('a part that is damaged again and again is not taken for whole', async () => {
    const world = await start();
    damage(world, (_, part) => part === 1);
    const failure = await world.driver
      .send(await jobFor(await tempFile(randomBytes(partBytes + 1000))))
      .catch((e) => e);
    expect(failure).toMatchObject({ code: 'storage_damaged' });
    expect(await world.arrived()).toEqual([]);
  });

  test.each([
    ['the only part', 3000],
    ['every part', partBytes + 1000],
  ])('%s damaged: found by reading back, and sent again under another name', async (_, bytes) => {
    const world = await start();
    const count = Math.ceil(bytes / partBytes);
    damage(world, (sending) => sending < count);
    const content = randomBytes(bytes);
    const job = await jobFor(await tempFile(content));
    const failure = await world.driver.send(job).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'storage_damaged' });
    expect(isRetryable('storage_damaged')).toBe(true);
    const driver = await world.restarted();
    await driver.send(job);
    // The damaged one goes away.
    await vi.waitFor(() => expectArrived(world, content), soon);
    expect(driver.stored(job.upload.id)).toMatchObject({ bytes });
  });
});

test('a part is read back once where nothing else tells, and none where something does', async () => {
  const [, likeMd5s, , , , packed] = [null, ...kinds];
  const reads = async ([, store, rules]: (typeof kinds)[number]): Promise<number[]> => {
    const world = await start(store, rules);
    const counts: number[] = [];
    for (const id of ['a', 'b']) {
      world.gate.forget();
      const job = await jobFor(await tempFile(randomBytes(3000)));
      await world.driver.send({ ...job, upload: { ...job.upload, id, recordingId: id } });
      counts.push(world.gate.calls.filter(({ verb, path }) => verb === 'get' && !path.endsWith('.json')).length);
    }
    return counts;
  };
  if (likeMd5s == null || packed == null) throw new Error('there are no such kinds');
  expect(await reads(likeMd5s)).toEqual([1, 0]);
  expect(await reads(packed)).toEqual([0, 0]);
});
