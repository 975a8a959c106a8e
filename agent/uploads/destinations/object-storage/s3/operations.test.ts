import { afterAll, beforeAll } from 'vitest';
import { s3StoreContract } from './s3-store-contract-fixture.ts';
import { type S3Store, startS3Store } from './s3-store-fixture.ts';

let store: S3Store;
beforeAll(async () => {
  store = await startS3Store();
});
afterAll(() => store.close());

s3StoreContract(() => store);
