/** Object Storage with keys that have few rights, on a real Ceph RGW with bucket policies. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isRetryable } from '../../agent/uploads/destinations/failures.ts';
import { jobFor, tempFile } from '../../agent/uploads/destinations/job-fixture.ts';
import { startStorageWorld } from '../../agent/uploads/destinations/object-storage/storage-world-fixture.ts';
import { StreamAIError } from '../../shared/errors.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { type Rgw, startRgw } from '../rig/rgw.ts';
import type { S3Account } from '../rig/s3.ts';
import { until } from '../rig/until.ts';

const list = 's3:ListBucketMultipartUploads';
const read = 's3:GetObject';
const parts = 's3:ListMultipartUploadParts';
const abort = 's3:AbortMultipartUpload';
const remove = 's3:DeleteObject';
const write = 's3:PutObject';
const allButWrite = [list, 's3:ListBucket', read, parts, abort, remove, 's3:DeleteObjectVersion'];

await describePeer(['ceph'], 'Object Storage with keys of few rights', () => {
  let rgw: Rgw;
  let limited: S3Account;
  beforeAll(async () => {
    rgw = await startRgw();
    limited = await rgw.createAccount('limited');
  });
  afterAll(() => rgw?.stop());

  const content = randomBytes(17 * 1024 ** 2);
  const signal = AbortSignal.timeout(600_000);

  /** @param denied actions that the station's keys lack */
  async function start(denied: readonly string[], versions = false) {
    const world = await startStorageWorld(rgw);
    const { bucket } = world;
    const resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
    const who = { Principal: { AWS: ['arn:aws:iam:::user/limited'] }, Resource: resource };
    // An object is its writer's: the bucket's owner, who looks for the test, needs a right too.
    const both = { ...who, Principal: { AWS: ['arn:aws:iam:::user/limited', 'arn:aws:iam:::user/streamai'] } };
    const statements = [{ Sid: 'all', Effect: 'Allow', Action: ['s3:*'], ...both }];
    if (denied.length > 0) statements.push({ Sid: 'few', Effect: 'Deny', Action: [...denied], ...who });
    await rgw.s3.call('PUT', `${bucket}?policy`, JSON.stringify({ Version: '2012-10-17', Statement: statements }));
    if (versions) {
      const body = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
      await rgw.s3.call('PUT', `${bucket}?versioning`, body);
    }
    const { accessKey: objectStorageAccessKey, secretKey: objectStorageSecretKey } = limited;
    world.settings = { ...world.settings, objectStorageAccessKey, objectStorageSecretKey };
    const job = await jobFor(await tempFile(content));
    const versionsOf = async (): Promise<number> => {
      const text = await (await rgw.s3.call('GET', `${bucket}?versions`)).text();
      return [...text.matchAll(/<(?:Version|DeleteMarker)>/g)].length;
    };
    return { world, job, versionsOf };
  }

  test.each([
    ['every right', []],
    ['no list of multiparts', [list]],
    ['no delete', [remove]],
    ['no read', [read]],
    ['no read and no list', [read, list, 's3:ListBucket']],
    ['no list of parts', [parts]],
    ['no abort', [abort]],
    ['nothing but write', allButWrite],
  ])('%s: uploads arrive, the health is well, the test passes', async (_, denied) => {
    const { world, job } = await start(denied);
    await world.driver.checkHealth();
    expect(world.driver.status()).toMatchObject({ reachable: true, problem: null });
    await world.driver.send(job);
    expect((await world.arrived()).map((object) => object.equals(content))).toEqual([true]);
    const stays = denied.includes(remove);
    const tested = await world.driver.test(signal);
    expect(tested.problem).toBeNull();
    expect(tested.notice?.code ?? null).toBe(stays ? 'storage_test_stays' : null);
    const objects = (await rgw.s3.objects(world.bucket)).map(({ key }) => key);
    expect(objects.filter((key) => key.includes('.streamai-test'))).toEqual(stays ? ['.streamai-test-test'] : []);
    if (!denied.includes(abort)) expect(await world.halves()).toEqual([]);
  });

  test('without write, the right that is missing is named', async () => {
    const { world, job } = await start([write, list]);
    const failure = await world.driver.send(job).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'storage_denied', params: { right: write } });
    const { problem } = await world.driver.test(signal);
    expect(problem).toMatchObject({ code: 'storage_denied', params: { right: write } });
    expect(problem?.message).toContain(write);
    // What uploads met stays said: asking for a list tells nothing of it.
    await world.driver.checkHealth();
    expect(world.driver.status().problem?.code).toBe('storage_denied');
  });

  test('where a list is asked for, its right is named', async () => {
    const { world } = await start([list]);
    await expect(world.driver.orphans(signal)).rejects.toMatchObject({
      code: 'storage_denied',
      params: { right: list },
    });
  });

  test('what needs the right to read, and that alone, names it: a fresh proof and a link', async () => {
    const { world, job } = await start([read]);
    world.paths.set(job.upload.recordingId, job.path);
    await world.driver.send(job);
    expect(world.driver.stored(job.upload.id)).toMatchObject({ provenBy: 'parts' });
    const named = { code: 'storage_denied', params: { right: read } };
    // This proof is what deleting the local file waits for.
    expect(await world.driver.verify(job.upload.id, signal)).toMatchObject(named);
    await expect(world.driver.presign(job.upload.id, 60, true)).rejects.toMatchObject(named);
    // A processing server may be able to fetch all the same, and says so if not.
    await expect(world.driver.presign(job.upload.id, 60)).resolves.toMatchObject({ url: expect.any(String) });
  });

  test('the right to delete is named where the test object stays for want of it', async () => {
    const { world } = await start([remove]);
    const { problem, notice } = await world.driver.test(signal);
    expect(problem).toBeNull();
    expect(notice).toMatchObject({ code: 'storage_test_stays', params: { right: remove } });
    expect(notice?.message).toContain(remove);
  });

  test('the right to abort is named where an unfinished upload is to be ended', async () => {
    const { world, job } = await start([abort]);
    const left = await rgw.s3.create(world.bucket, 'left.mkv');
    await expect(world.driver.abortOrphan(left, true, signal)).rejects.toMatchObject({
      code: 'storage_denied',
      params: { right: abort },
    });
    // Nothing else needs it.
    await world.driver.send(job);
    world.paths.set(job.upload.recordingId, job.path);
    expect(await world.driver.verify(job.upload.id, signal)).toBeNull();
    expect(await world.driver.presign(job.upload.id, 60, true)).toBeDefined();
  });

  test.each([
    ['no list of parts', [parts]],
    ['no list of multiparts', [list]],
    ['nothing but write', allButWrite],
  ])('%s: broken off in the middle, it goes on', async (_, denied) => {
    const { world, job } = await start(denied);
    for (const verb of ['create', 'part']) {
      world.gate.rules = { onAnswer: (call) => (call.verb === verb && call.part !== 2 ? 'lose' : undefined) };
      const off = new AbortController();
      const sending = world.driver.send({ ...job, signal: off.signal }).catch((error: unknown) => error);
      await until('the answer is lost', async () =>
        world.gate.calls.some((call) => call.verb === verb && call.end === 'lost') ? true : null,
      );
      off.abort(new Error('called off'));
      await sending;
    }
    world.gate.rules = {};
    await world.driver.send(job);
    expect((await world.arrived()).map((object) => object.equals(content))).toEqual([true]);
    expect((await rgw.s3.head(world.bucket, '2026-11-22/recording.mkv')).get('content-length')).toBe(
      String(content.length),
    );
  });

  test.each([
    ['with every right', [], 0],
    ['without delete', [remove, 's3:DeleteObjectVersion'], 1],
  ])('tests %s do not fill a bucket that keeps versions', async (_, denied, left) => {
    const { world, versionsOf } = await start(denied, true);
    for (let press = 0; press < 3; press += 1) {
      expect((await world.driver.test(signal)).problem).toBeNull();
      expect(await versionsOf()).toBe(left);
    }
    expect(await world.halves()).toEqual([]);
  });

  test('two stations without the right to read never get one key', async () => {
    const { world, job } = await start([read]);
    await world.driver.send(job);
    const other = { ...job, upload: { ...job.upload, id: 'other', recordingId: 'another' } };
    world.database.exec('DELETE FROM multiparts');
    await world.driver.send(other);
    expect((await world.arrived()).map((object) => object.equals(content))).toEqual([true, true]);
  });

  test('no right is a reason to try for ever', () => {
    expect(isRetryable('storage_denied')).toBe(false);
    expect(new StreamAIError('storage_denied', { right: read, bucket: 'b' }).info().message).toContain(read);
  });
});
