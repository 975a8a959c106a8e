/** What the destinations' own tests hold simulated stores to, on a real Ceph RGW. */
import { afterAll, describe } from 'vitest';
import { s3StoreContract } from '../../agent/uploads/destinations/object-storage/s3/s3-store-contract-fixture.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { type Rgw, startRgw } from '../rig/rgw.ts';

await describePeer(['ceph'], 'on Ceph RGW', () => {
  let rgw: Rgw | undefined;
  afterAll(() => rgw?.stop());

  describe('an S3 store', () => {
    s3StoreContract(async () => {
      rgw = await startRgw();
      return rgw;
    });
  });
});
