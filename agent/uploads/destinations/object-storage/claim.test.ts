import { beforeEach, describe, expect, test } from 'vitest';
import type { GateCall, Refusal } from '../../../../scripts/rig/gate.ts';
import { openDatabase } from '../../../storage/database.ts';
import { type ClaimPorts, claimKey, completeNew, isKeyTaken, lookAgain, putMetadata } from './claim.ts';
import { Journal, type Multipart } from './journal.ts';
import { createAtStore } from './multipart-start.ts';
import { multipartEtag } from './s3/etag.ts';
import { createMultipart, type MultipartRef, uploadPart } from './s3/operations.ts';
import { type StorageWorld, startMemoryWorld } from './storage-world-fixture.ts';

const { signal } = new AbortController();
const md5 = '9dd4e461268c8034f5c8564e155c67a6'; // of “x”

let world: StorageWorld;
beforeEach(async () => {
  world = await startMemoryWorld();
});

/** One machine with a journal of its own, which would like a key. */
function station(name: string): { readonly ports: ClaimPorts; begin(recordingId?: string, key?: string): Multipart } {
  const { client } = world;
  const database = openDatabase(':memory:');
  const journal = new Journal(database);
  const key = (taken: ReadonlySet<string>): string => (taken.size === 0 ? 'k.mkv' : `k-${name}-${taken.size}.mkv`);
  const { endpoint, bucket } = client.account;
  const place = { endpoint, bucket, partBytes: 1, content: { bytes: 1, modifiedAt: 1 }, createdAt: 1 };
  return {
    ports: { client, journal, station: name, key, log: { info() {} } },
    begin: (recordingId = `of ${name}`, first = 'k.mkv') =>
      journal.begin({ ...place, uploadId: `upload ${recordingId}`, recordingId, key: first }),
  };
}

const textOf = (key: string): Promise<string | null> => world.s3.text(world.bucket, key);
const owner = async (key: string): Promise<unknown> => JSON.parse((await textOf(key)) ?? '{}').station;

/** A store that knows no conditional writes. */
function knowsNoConditions(): void {
  const playing = world.gate.rules;
  world.gate.rules = {
    ...playing,
    onCall: (call: GateCall): Refusal | undefined =>
      call.headers['if-none-match'] === undefined ? undefined : { status: 501, code: 'NotImplemented' },
  };
}

describe.each([
  ['a store that knows conditional writes', () => {}],
  ['a store that knows none', knowsNoConditions],
])('on %s, a key', (_, prepare) => {
  beforeEach(prepare);

  test('that is free is claimed, and the claim says whose it is', async () => {
    const { ports, begin } = station('one');
    const multipart = await claimKey(ports, begin(), signal);
    expect(multipart.key).toBe('k.mkv');
    expect(await owner('k.mkv.json')).toBe('one');
    expect(ports.journal.of(multipart.uploadId)).toMatchObject({ key: 'k.mkv', claims: multipart.claims });
  });

  test('that was claimed before by the same upload is its own', async () => {
    const { ports, begin } = station('one');
    const begun = begin();
    await claimKey(ports, begun, signal);
    expect((await claimKey(ports, begun, signal)).key).toBe('k.mkv');
  });

  test.each([
    ['an object', 'k.mkv'],
    ['somebody else’s JSON', 'k.mkv.json'],
  ])('under which lies %s is left alone: the next one is taken', async (_what, taken) => {
    await world.s3.put(world.bucket, taken, '{}');
    const { ports, begin } = station('one');
    const multipart = await claimKey(ports, begin(), signal);
    expect(multipart.key).toBe('k-one-1.mkv');
    expect(ports.journal.of(multipart.uploadId)).toMatchObject({ key: 'k-one-1.mkv' });
    expect(await textOf(taken)).toBe('{}');
  });

  test('that turns out to be somebody else’s before the end is left to them', async () => {
    const { ports, begin } = station('one');
    const multipart = await claimKey(ports, begin(), signal);
    await lookAgain(ports, multipart, 'etag-1', signal);
    await world.s3.put(world.bucket, 'k.mkv.json', '{"station": "other"}');
    const failure = await lookAgain(ports, multipart, 'etag-1', signal).catch((error: unknown) => error);
    expect(isKeyTaken(failure)).toBe(true);
    expect(await owner('k.mkv.json')).toBe('other');
  });

  test('under which an object has appeared is left to that, unless it is this very one', async () => {
    const { ports, begin } = station('one');
    const multipart = await claimKey(ports, begin(), signal);
    await world.s3.put(world.bucket, 'k.mkv', 'x');
    await lookAgain(ports, multipart, md5, signal);
    await expect(lookAgain(ports, multipart, 'another etag', signal)).rejects.toMatchObject({
      code: 'storage_key_taken',
    });
  });

  test('whose claim somebody took away is claimed again', async () => {
    const { ports, begin } = station('one');
    const multipart = await claimKey(ports, begin(), signal);
    await world.s3.delete(world.bucket, 'k.mkv.json');
    await lookAgain(ports, multipart, 'etag-1', signal);
    expect(await owner('k.mkv.json')).toBe('one');
  });

  test('gets its metadata in the place of the claim, and keeps it', async () => {
    const { ports, begin } = station('one');
    const multipart = await claimKey(ports, begin(), signal);
    for (const name of ['first', 'second']) {
      const now = ports.journal.of(multipart.uploadId) ?? multipart;
      expect(await putMetadata(world.client, ports.journal, now, Buffer.from(name), signal)).toBe(true);
      expect(await textOf('k.mkv.json')).toBe(name);
    }
    await world.s3.put(world.bucket, 'k.mkv.json', 'a stranger’s');
    const now = ports.journal.of(multipart.uploadId) ?? multipart;
    expect(await putMetadata(world.client, ports.journal, now, Buffer.from('third'), signal)).toBe(false);
    expect(await textOf('k.mkv.json')).toBe('a stranger’s');
  });

  test('is completed', async () => {
    const ref = await withOnePart('k.mkv');
    await completeNew(world.client, ref, [md5], signal);
    expect(await world.s3.objects(world.bucket)).toEqual([{ key: 'k.mkv', size: 1, etag: multipartEtag([md5]) }]);
  });
});

async function withOnePart(key: string): Promise<MultipartRef> {
  const ref = { key, uploadId: await createMultipart(world.client, key, 'video/mp4', signal) };
  const body = async function* () {
    yield Buffer.from('x');
  };
  await uploadPart(world.client, { ...ref, number: 1, bytes: 1, md5, body }, signal);
  return ref;
}

test('of several stations that want a key at one time, one gets it, and the others one of their own', async () => {
  const names = ['one', 'two', 'three', 'four'];
  const claimed = await Promise.all(
    names.map((name) => {
      const { ports, begin } = station(name);
      return claimKey(ports, begin(), signal);
    }),
  );
  const keys = claimed.map(({ key }) => key);
  expect(new Set(keys).size).toBe(4);
  expect(keys.filter((key) => key === 'k.mkv')).toHaveLength(1);
  for (const [index, key] of keys.entries()) expect(await owner(`${key}.json`)).toBe(names[index]);
});

test('a station that was killed before it claimed a key does not end the upload that another one has under it by now', async () => {
  const [killed, other] = [station('killed'), station('other')];
  const begun = killed.begin();
  const theirs = await claimKey(other.ports, other.begin(), signal);
  const uploadId = await createMultipart(world.client, theirs.key, 'video/mp4', signal);
  const ports = { ...killed.ports, now: () => 1, log: { debug() {}, info() {}, warn() {} } };
  const created = await createAtStore(ports, begun, 'video/mp4', true, signal);
  expect(created.key).toBe('k-killed-1.mkv');
  expect(await world.s3.multiparts(world.bucket)).toContainEqual({ key: 'k.mkv', uploadId });
});

test('where too many are taken, the upload is told so', async () => {
  const { ports, begin } = station('one');
  for (let number = 0; number <= 20; number += 1) {
    await world.s3.put(world.bucket, number === 0 ? 'k.mkv' : `k-one-${number}.mkv`, 'x');
  }
  await expect(claimKey(ports, begin(), signal)).rejects.toMatchObject({ code: 'storage_key_taken' });
});

test('a claim is in the journal before it is put: cancelled in between, it can be taken away', async () => {
  const { ports, begin } = station('one');
  const begun = begin();
  const noted: unknown[] = [];
  world.gate.rules = {
    onCall({ verb }) {
      if (verb === 'put') noted.push(ports.journal.of(begun.uploadId)?.claims.length);
      return undefined;
    },
  };
  await claimKey(ports, begun, signal);
  expect(noted).toEqual([1]);
});
