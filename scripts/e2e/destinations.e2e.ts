/** What the tests of Object Storage hold the store in memory to, on a real Ceph RGW: S3 itself, and the destination. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { destinationContract } from '../../agent/uploads/destinations/destination-contract-fixture.ts';
import { jobFor, tempFile } from '../../agent/uploads/destinations/job-fixture.ts';
import { completeNew } from '../../agent/uploads/destinations/object-storage/claim.ts';
import { s3StoreContract } from '../../agent/uploads/destinations/object-storage/s3/s3-store-contract-fixture.ts';
import {
  startStorageWorld,
  storageKind,
} from '../../agent/uploads/destinations/object-storage/storage-world-fixture.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { type Rgw, startRgw } from '../rig/rgw.ts';

await describePeer(['ceph'], 'on Ceph RGW', () => {
  let rgw: Rgw;
  beforeAll(async () => {
    rgw = await startRgw();
  });
  afterAll(() => rgw?.stop());

  describe('an S3 store', () => s3StoreContract(() => rgw));

  test('Complete with If-None-Match replaces an object before version 20, which is why the key is looked at again', async () => {
    const { client, s3, bucket } = await startStorageWorld(rgw);
    await s3.put(bucket, 'k', 'somebody else’s');
    const multipart = await s3.create(bucket, 'k');
    const etag = await s3.putPart(bucket, multipart, 1, Buffer.from('ours'));
    await completeNew(client, multipart, [etag], AbortSignal.timeout(20_000));
    expect(await s3.text(bucket, 'k')).toBe(rgw.version < 20 ? 'ours' : 'somebody else’s');
  });

  test('a bucket at the end of the address is not named twice', async () => {
    const world = await startStorageWorld(rgw);
    world.settings = { ...world.settings, objectStorageEndpoint: `${world.link.url}/${world.bucket}/` };
    await world.driver.send(await jobFor(await tempFile('film')));
    expect(await world.s3.text(world.bucket, '2026-11-22/recording.mkv')).toBe('film');
  });

  test('a region of the store’s own is learned from its refusal, once; a wrong one that is set is mended the same way', async () => {
    const world = await startStorageWorld(rgw);
    const body = `<?xml version="1.0"?><Error><Code>AuthorizationHeaderMalformed</Code><Region>garage</Region></Error>`;
    world.gate.rules = {
      onCall: ({ verb, headers }) => {
        if (headers.authorization?.includes('/garage/s3/')) return undefined;
        // A HEAD has no body, and so no reason.
        return verb === 'head' ? { status: 400 } : { status: 400, page: body };
      },
    };
    for (const objectStorageRegion of [null, 'us-west-9']) {
      world.gate.forget();
      world.settings = { ...world.settings, objectStorageRegion };
      const job = await jobFor(await tempFile('film'));
      const upload = { ...job.upload, id: `in ${objectStorageRegion}`, recordingId: `of ${objectStorageRegion}` };
      await world.driver.send({ ...job, upload });
      const regions = world.gate.calls.map(({ headers }) => headers.authorization?.split('/')[2]);
      const first = regions.lastIndexOf(objectStorageRegion ?? 'us-east-1');
      expect(first).toBeGreaterThanOrEqual(0);
      expect(new Set(regions.slice(first + 1))).toEqual(new Set(['garage']));
      expect(world.gate.calls.filter(({ status }) => status === 400).length).toBeLessThanOrEqual(3);
    }
    expect((await world.arrived()).map(String)).toEqual(['film', 'film']);
  });

  destinationContract(
    'Object Storage',
    storageKind(() => startStorageWorld(rgw)),
  );
});
