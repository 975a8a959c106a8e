/** What the tests of Object Storage hold the store in memory to, on a real Ceph RGW: S3 itself, and the destination. */
import { afterAll, beforeAll, describe } from 'vitest';
import { destinationContract } from '../../agent/uploads/destinations/destination-contract-fixture.ts';
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

  destinationContract(
    'Object Storage',
    storageKind(() => startStorageWorld(rgw)),
  );
});
