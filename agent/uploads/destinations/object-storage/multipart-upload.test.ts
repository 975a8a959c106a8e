import { createHash, randomBytes } from 'node:crypto';
import { truncate, utimes, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { S3Verb } from '../../../../scripts/rig/gate.ts';
import type { ProgressDetail, SendJob } from '../destination.ts';
import { jobFor, tempFile } from '../job-fixture.ts';
import { unpaced } from '../pacer.ts';
import { uploadMultipart } from './multipart-upload.ts';
import { multipartEtag } from './s3/etag.ts';
import { growing } from './s3/part-plan.ts';
import { callsOf, type StorageWorld, startMemoryWorld } from './storage-world-fixture.ts';

// Megabytes pass through four sockets of this one process: a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

const mebibyte = 1024 * 1024;
/** Of a file that is whole. */
const partBytes = 16 * mebibyte;
const key = 'd/film.mkv';
const md5Of = (content: Uint8Array): string => createHash('md5').update(content).digest('hex');

let world: StorageWorld;
beforeEach(async () => {
  world = await startMemoryWorld();
});

const upload = (job: SendJob, change: Partial<Parameters<typeof uploadMultipart>[0]> = {}) => {
  const { client, journal } = world;
  const note = (_: object | string, message = ''): void => world.onStep(message.replace('multipart: ', ''));
  const log = { debug: note, info() {}, warn() {} };
  const start = { client, journal, log, station: 'test', key: () => key, now: Date.now };
  const ports = { ...start, pacer: unpaced, contentType: 'video/mp4' };
  return uploadMultipart({ ...ports, ...change }, job);
};

/** Uploads until a step is reached. */
async function uploadUntil(job: SendJob, step: string): Promise<void> {
  const off = new AbortController();
  // Half of it must not be all of it.
  if (step === 'part is half there') world.link.setRate(4e6);
  world.onStep = (at) => {
    if (at === step) off.abort(new Error('called off'));
  };
  await upload({ ...job, signal: off.signal }).catch(() => {});
  world.onStep = () => {};
  await vi.waitFor(() => expect(world.underWay()).toBe(0), { timeout: 5000, interval: 10 });
  world.link.setRate(null);
  expect(off.signal.aborted, `${step} is reached`).toBe(true);
  world.gate.forget();
}

const calls = (): S3Verb[] => callsOf(world.gate);
const parts = (): number[] => world.gate.calls.filter(({ verb }) => verb === 'part').map(({ part }) => part);

async function expectObject(content: Buffer, bytes = partBytes): Promise<void> {
  expect((await world.read(key)).equals(content)).toBe(true);
  const md5s: string[] = [];
  for (let start = 0; start < content.length; start += bytes) md5s.push(md5Of(content.subarray(start, start + bytes)));
  const etag = multipartEtag(md5s);
  // Beside it lies the claim of its key.
  const objects = (await world.s3.objects(world.bucket)).filter((object) => !object.key.endsWith('.json'));
  expect(objects).toEqual([{ key, size: content.length, etag }]);
  expect(world.journal.of('upload-1')).toMatchObject({ state: 'completed', etag, content: { bytes: content.length } });
}

describe('a file', () => {
  test.each([
    ['1 B', 1, 1],
    ['one part', partBytes, 1],
    ['one part and a byte', partBytes + 1, 2],
  ])('of %s becomes an object of its parts, each sent once', async (_, bytes, count) => {
    const content = randomBytes(bytes);
    const told: (ProgressDetail | undefined)[] = [];
    const job = await jobFor(await tempFile(content), { onProgress: (_bytes, detail) => told.push(detail) });
    await upload(job);
    await expectObject(content);
    expect(parts().sort()).toEqual([1, 2].slice(0, count));
    const phases = told.map((detail) => detail?.phase);
    expect([...new Set(phases)]).toEqual(['sending', 'assembling', 'verifying']);
    expect(told.at(-1)?.parts).toEqual({ done: count, total: count });
    expect((await world.s3.head(world.bucket, key)).get('content-type')).toBe('video/mp4');
  });

  test('that changes while its parts are sent is not completed', async () => {
    const path = await tempFile(randomBytes(1000));
    world.onStep = (step) => {
      if (step === 'part 1 stored') changed = utimes(path, 1, 1);
    };
    let changed: Promise<void> | undefined;
    const failure = upload(await jobFor(path));
    await expect(failure).rejects.toMatchObject({ code: 'file_changing' });
    await changed;
    expect(calls()).not.toContain('complete');
  });
});

describe('after an attempt that ended', () => {
  const begins = ['list-multiparts', 'create', 'part', 'complete', 'head'];
  const beginsAnew = ['list-multiparts', 'abort', 'abort', 'create', 'part', 'complete', 'head'];
  const sends = ['list-parts', 'part', 'complete', 'head'];
  const completes = ['list-parts', 'complete', 'head'];

  test.each<[step: string, then: string[]]>([
    ['creating', begins],
    // The store may not have heard of it.
    ['create is answered', beginsAnew],
    ['created', sends],
    ['part 1 sending', sends],
    ['part is half there', sends],
    // The store has it, and the journal does not: it is compared.
    ['part 1 acknowledged', completes],
    ['part 1 stored', completes],
    // Complete may have been heard.
    ['completing', ['head', ...completes]],
    ['complete is answered', ['head']],
    ['complete answered', ['head']],
    ['completed', ['head']],
    ['verifying', ['head']],
    ['head is answered', ['head']],
    ['proven', ['head']],
  ])('at “%s”, the next one does what is left', async (step, then) => {
    const content = randomBytes(300_000);
    const job = await jobFor(await tempFile(content));
    await uploadUntil(job, step);
    await upload(job);
    expect(calls()).toEqual(then);
    await expectObject(content);
    expect(await world.s3.multiparts(world.bucket)).toEqual([]);
  });

  test('with some parts, the others are sent', async () => {
    const content = randomBytes(2 * partBytes + 5);
    const job = await jobFor(await tempFile(content));
    const off = new AbortController();
    world.onStep = (step) => {
      if (step === 'part 2 stored') off.abort();
    };
    // The others are on their way for as long as it takes.
    world.gate.rules = { onCall: ({ part }) => (part === 1 || part === 3 ? new Promise(() => {}) : undefined) };
    await upload({ ...job, signal: off.signal }).catch(() => {});
    expect(world.journal.state('upload-1')).toMatchObject({ bytes: partBytes, parts: { done: 1, total: 3 } });
    world.onStep = () => {};
    world.play(null);
    world.gate.forget();
    await upload(job);
    expect(parts().sort()).toEqual([1, 3]);
    await expectObject(content);
  });
});

describe('what the store has and the journal does not', () => {
  test('is sent again where it is not what the file is', async () => {
    const content = randomBytes(300_000);
    const job = await jobFor(await tempFile(content));
    await uploadUntil(job, 'created');
    const [multipart] = await world.s3.multiparts(world.bucket);
    const where = `${world.bucket}/${key}?partNumber=1&uploadId=${multipart?.uploadId}`;
    await world.s3.call('PUT', where, 'x'.repeat(content.length));
    await upload(job);
    expect(parts()).toEqual([1]);
    await expectObject(content);
  });

  test('and the file has not, ends the multipart: there is no object without it', async () => {
    const content = randomBytes(300_000);
    const job = await jobFor(await tempFile(content));
    await uploadUntil(job, 'created');
    const [multipart] = await world.s3.multiparts(world.bucket);
    await world.s3.call('PUT', `${world.bucket}/${key}?partNumber=2&uploadId=${multipart?.uploadId}`, 'more');
    await upload(job);
    expect(calls()).toEqual(['list-parts', 'create', 'part', 'complete', 'head']);
    await expectObject(content);
    expect(world.journal.aborting()).toMatchObject([{ s3UploadId: multipart?.uploadId }]);
  });
});

describe('a multipart that the store does not know any more', () => {
  test('while parts are sent, is begun anew in the same attempt', async () => {
    let gone = false;
    const playing = world.gate.rules;
    world.gate.rules = {
      ...playing,
      async onCall(call) {
        if (call.verb !== 'part' || gone) return undefined;
        gone = true;
        for (const multipart of await world.s3.multiparts(world.bucket)) await world.s3.abort(world.bucket, multipart);
        return undefined;
      },
    };
    const content = randomBytes(300_000);
    await upload(await jobFor(await tempFile(content)));
    expect(calls()).toEqual(['create', 'part', 'create', 'part', 'complete', 'head']);
    await expectObject(content);
  });

  test('before the next attempt, is begun anew there', async () => {
    const content = randomBytes(300_000);
    const job = await jobFor(await tempFile(content));
    await uploadUntil(job, 'part 1 stored');
    for (const multipart of await world.s3.multiparts(world.bucket)) await world.s3.abort(world.bucket, multipart);
    await upload(job);
    expect(calls()).toEqual(['list-parts', 'create', 'part', 'complete', 'head']);
    await expectObject(content);
  });

  test('when it is to be completed, is begun anew in the next attempt: RGW calls that a fault of its own', async () => {
    const content = randomBytes(300_000);
    const job = await jobFor(await tempFile(content));
    await uploadUntil(job, 'completing');
    const { onCall: played, ...rest } = world.gate.rules;
    world.gate.rules = {
      ...rest,
      async onCall(call) {
        if (call.verb === 'complete') {
          for (const multipart of await world.s3.multiparts(world.bucket)) {
            await world.s3.abort(world.bucket, multipart);
          }
        }
        return played?.(call);
      },
    };
    await expect(upload(job)).rejects.toMatchObject({ code: 'storage_failed' });
    world.play(null);
    await upload(job);
    await expectObject(content);
  });
});

describe('what was begun for something else is given up', () => {
  test('for another content of the file', async () => {
    const path = await tempFile(randomBytes(300_000));
    const job = await jobFor(path);
    await uploadUntil(job, 'part 1 stored');
    const content = randomBytes(1000);
    await writeFile(path, content);
    await upload(await jobFor(path));
    await expectObject(content);
    expect(world.journal.aborting()).toMatchObject([{ content: { bytes: 300_000 } }]);
  });

  test('for a file that grew, and is shorter now than what was sent of it', async () => {
    const path = await tempFile(randomBytes(11 * mebibyte));
    const { bucket, client } = world;
    const place = { uploadId: 'upload-1', recordingId: 'recording-1', endpoint: client.account.endpoint, bucket, key };
    const unwritten = { content: { bytes: 0, modifiedAt: 0 }, partBytes: growing, createdAt: 0 };
    const { id } = world.journal.begin({ ...place, ...unwritten });
    world.journal.created(id, 'never heard of');
    world.journal.stored(id, { number: 4, md5: 'm', bytes: 5 * mebibyte });
    await truncate(path, 1000);
    await upload(await jobFor(path));
    expect(world.journal.aborting()).toMatchObject([{ id }]);
    expect(parts()).toEqual([1]);
  });

  test('in another bucket than the one that is set now', async () => {
    const content = randomBytes(1000);
    const job = await jobFor(await tempFile(content));
    await upload(job);
    const { endpoint } = world.client.account;
    const other = await world.s3.createBucket(`${world.bucket}-2`).then(() => `${world.bucket}-2`);
    const { S3Client } = await import('./s3/client.ts');
    const client = new S3Client({ ...world.client.account, bucket: other });
    await upload(job, { client });
    await client.drop();
    expect(world.journal.of('upload-1')).toMatchObject({ endpoint, bucket: other, state: 'completed' });
    expect((await world.s3.objects(other)).map((object) => object.key)).toEqual([key, `${key}.json`]);
    // A completed object stays where it was wanted.
    expect(world.journal.aborting()).toEqual([]);
    expect((await world.s3.objects(world.bucket)).map((object) => object.key)).toEqual([key, `${key}.json`]);
  });
});
