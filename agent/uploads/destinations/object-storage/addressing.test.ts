import { randomBytes } from 'node:crypto';
import dns from 'node:dns';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { jobFor, tempFile } from '../job-fixture.ts';
import { S3Client } from './s3/client.ts';
import { type S3Store, startS3Store } from './s3/s3-store-fixture.ts';
import { type StorageWorld, startStorageWorld } from './storage-world-fixture.ts';

let store: S3Store;
beforeAll(async () => {
  store = await startS3Store();
});
afterAll(() => store.close());

const host = 'store.test.example';

/**
 * Lets the system know this one name, which is this machine. Asked for names below it, it answers with a code, as without a wildcard.
 * @param code null: they are this machine, too
 * @returns the names below it that were asked for
 */
function nameWithoutWildcard(code: string | null): string[] {
  const { lookup } = dns;
  const asked: string[] = [];
  const known = (name: string, ...rest: unknown[]): void => {
    if (name.endsWith(`.${host}`)) {
      asked.push(name);
      const done = rest.at(-1) as (error: Error) => void;
      const failure = Object.assign(new Error(`getaddrinfo ${code} ${name}`), { code });
      if (code !== null) {
        process.nextTick(done, failure);
        return;
      }
    }
    Reflect.apply(lookup, dns, [name.endsWith(host) ? '127.0.0.1' : name, ...rest]);
  };
  const spy = vi.spyOn(dns, 'lookup').mockImplementation(known as typeof dns.lookup);
  onTestFinished(() => spy.mockRestore());
  return asked;
}

/** A world whose store has a name. */
async function startNamedWorld(): Promise<StorageWorld> {
  const world = await startStorageWorld(store);
  const endpoint = (world.settings.objectStorageEndpoint ?? '').replace('127.0.0.1', host);
  world.settings = { ...world.settings, objectStorageEndpoint: endpoint };
  return world;
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

test.each(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL'])(
  'where the bucket has no host of its own (%s), the path is used, and remembered',
  async (code) => {
    const world = await startNamedWorld();
    const asked = nameWithoutWildcard(code);
    const content = randomBytes(3000);
    await world.driver.send(await jobFor(await tempFile(content)));
    await world.driver.checkHealth();
    expect(world.driver.status()).toMatchObject({ reachable: true, problem: null });
    expect((await world.arrived()).map((object) => object.equals(content))).toEqual([true]);
    expect(asked).toEqual([`${world.bucket}.${host}`]);
    world.settings = { ...world.settings, objectStorageAddressing: 'host' };
    const failure = await world.driver.send(await jobFor(await tempFile(content))).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: code === 'ENOTFOUND' ? 'storage_host_unknown' : 'storage_unreachable' });
  },
);

test('where the names are known and the store takes them for its own, the path is used, and remembered', async () => {
  const world = await startNamedWorld();
  const asked = nameWithoutWildcard(null);
  const content = randomBytes(3000);
  await world.driver.send(await jobFor(await tempFile(content)));
  expect((await world.arrived()).map((object) => object.equals(content))).toEqual([true]);
  expect(asked.length).toBeGreaterThan(0);
  asked.length = 0;
  await world.driver.checkHealth();
  expect(world.driver.status()).toMatchObject({ reachable: true, problem: null });
  expect(asked).toEqual([]);
});

test('a bucket that is not there is said, whichever way it is named', async () => {
  const world = await startNamedWorld();
  nameWithoutWildcard(null);
  world.settings = { ...world.settings, objectStorageBucket: 'nowhere' };
  const failure = await world.driver.send(await jobFor(await tempFile('film'))).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'storage_bucket_missing', params: { bucket: 'nowhere' } });
});

test('without a network the bucket’s host is asked for again', async () => {
  const world = await startNamedWorld();
  const asked = nameWithoutWildcard('EAI_AGAIN');
  await world.link.close();
  for (const times of [1, 2]) {
    await world.driver.checkHealth();
    expect(world.driver.status()).toMatchObject({ reachable: false, problem: { code: 'storage_unreachable' } });
    expect(asked).toHaveLength(times);
  }
});

test('a link names the bucket as the store knows it, also before anything else was asked of that', async () => {
  const world = await startNamedWorld();
  nameWithoutWildcard('ENOTFOUND');
  const { objectStorageEndpoint: endpoint } = world.settings;
  const client = new S3Client({ ...world.client.account, endpoint: endpoint ?? '' });
  onTestFinished(() => client.drop());
  const { url } = await client.presign('k', 60);
  expect(new URL(url)).toMatchObject({ hostname: host, pathname: `/${world.bucket}/k` });
});
