import { afterAll, beforeAll } from 'vitest';
import { destinationContract } from '../destination-contract-fixture.ts';
import { type S3Store, startS3Store } from './s3/s3-store-fixture.ts';
import { storageKind } from './storage-world-fixture.ts';

let store: S3Store;
beforeAll(async () => {
  store = await startS3Store();
});
afterAll(() => store.close());

destinationContract(
  'Object Storage, on a store in memory',
  storageKind(() => store),
);
