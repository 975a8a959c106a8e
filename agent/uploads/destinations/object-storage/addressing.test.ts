import { randomBytes } from 'node:crypto';
import dns from 'node:dns';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { jobFor, tempFile } from '../job-fixture.ts';
import { type S3Store, startS3Store } from './s3/s3-store-fixture.ts';
import { startStorageWorld } from './storage-world-fixture.ts';

let store: S3Store;
beforeAll(async () => {
  store = await startS3Store();
});
afterAll(() => store.close());

/** Lets the system know one name, `store.test.example`, which is this machine; of names below it it knows none, as without a wildcard. */
function nameWithoutWildcard(): void {
  const lookup = dns.lookup;
  const known = (name: string, ...rest: unknown[]): void =>
    Reflect.apply(lookup, dns, [name === 'store.test.example' ? '127.0.0.1' : name, ...rest]);
  const spy = vi.spyOn(dns, 'lookup').mockImplementation(known as typeof dns.lookup);
  onTestFinished(() => spy.mockRestore());
}

test('a bucket in the address is not named twice', async () => {
  const world = await startStorageWorld(store);
  const { objectStorageEndpoint: endpoint } = world.settings;
  world.settings = { ...world.settings, objectStorageEndpoint: `${endpoint}/${world.bucket}` };
  const content = randomBytes(3000);
  await world.driver.send(await jobFor(await tempFile(content)));
  expect((await world.arrived()).map((object) => object.equals(content))).toEqual([true]);
});

test('a store that wants another region in signatures gets it', async () => {
  const world = await startStorageWorld(store);
  const body =
    '<?xml version="1.0"?><Error><Code>AuthorizationHeaderMalformed</Code><Message>wrong</Message><Region>garage</Region></Error>';
  world.gate.rules = {
    onCall: ({ verb, headers }) =>
      verb !== 'head' && !headers.authorization?.includes('/garage/s3/') ? { status: 400, page: body } : undefined,
  };
  const content = randomBytes(3000);
  await world.driver.send(await jobFor(await tempFile(content)));
  expect((await world.arrived()).map((object) => object.equals(content))).toEqual([true]);
  const signed = world.gate.calls.filter(({ verb }) => verb === 'part').map(({ headers }) => headers.authorization);
  expect(signed).toEqual([expect.stringContaining('/garage/s3/')]);
});

test('a region that is set stands in every signature', async () => {
  const world = await startStorageWorld(store);
  world.settings = { ...world.settings, objectStorageRegion: 'home-1' };
  await world.driver.send(await jobFor(await tempFile('film')));
  expect(world.gate.calls.every(({ headers }) => headers.authorization?.includes('/home-1/s3/'))).toBe(true);
});

test('where the bucket has no host of its own, the path is used, and remembered', async () => {
  const world = await startStorageWorld(store);
  nameWithoutWildcard();
  const endpoint = (world.settings.objectStorageEndpoint ?? '').replace('127.0.0.1', 'store.test.example');
  world.settings = { ...world.settings, objectStorageEndpoint: endpoint };
  const content = randomBytes(3000);
  await world.driver.send(await jobFor(await tempFile(content)));
  expect((await world.arrived()).map((object) => object.equals(content))).toEqual([true]);
  world.settings = { ...world.settings, objectStorageAddressing: 'host' };
  const failure = await world.driver.send(await jobFor(await tempFile(content))).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'storage_host_unknown' });
});
