/**
 * For tests: the destination Object Storage on a bucket of its own in any S3 store, with a gate and a line before that, and another
 * client's view of what lies in the bucket.
 */
import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { type Gate, type GateCall, type GateRules, type S3Verb, startGate } from '../../../../scripts/rig/gate.ts';
import { startLink } from '../../../../scripts/rig/link.ts';
import { S3, type S3Account } from '../../../../scripts/rig/s3.ts';
import type { DestinationStatus, Session } from '../../../../shared/domain.ts';
import { defaultSettings } from '../../../../shared/settings.ts';
import { LiveEvents } from '../../../live-events.ts';
import { type Database, openDatabase, transaction } from '../../../storage/database.ts';
import type { DestinationKind, DestinationWorld, Fault, Spoil } from '../destination-contract-fixture.ts';
import { Journal } from './journal.ts';
import { ObjectStorageDestination, type StorageSettings } from './object-storage.ts';
import { S3Client } from './s3/client.ts';
import { type S3StoreOptions, startS3Store } from './s3/s3-store-fixture.ts';

export interface StorageWorld extends DestinationWorld {
  readonly driver: ObjectStorageDestination;
  readonly database: Database;
  /** The driver's own. */
  readonly journal: Journal;
  readonly live: LiveEvents;
  /** What is said of the session and of recordings' files; a test may change it. */
  readonly sessions: Map<string, Session>;
  readonly paths: Map<string, string>;
  settings: StorageSettings;
  readonly gate: Gate;
  readonly bucket: string;
  /** A client of ours, over the same line. */
  readonly client: S3Client;
  /** Another client, straight at the store. */
  readonly s3: S3;
  /** Every step so far. */
  readonly steps: string[];
  /** An object's bytes. */
  read(key: string): Promise<Buffer>;
  /** Ends the driver. @returns that of the agent's next run, which knows what the database knows */
  restarted(): Promise<ObjectStorageDestination>;
}

/** @param account of a store; the bucket is emptied at the test's end */
export async function startStorageWorld(account: S3Account): Promise<StorageWorld> {
  const gate = await startGate(account.url);
  const link = await startLink(gate.url);
  const s3 = new S3(account);
  const bucket = `world-${randomUUID()}`;
  await s3.createBucket(bucket);
  const database = openDatabase(':memory:');
  const live = new LiveEvents();
  const announced: DestinationStatus[] = [];
  live.subscribe((event) => event.type === 'destination_updated' && announced.push(event.data));
  const { accessKey, secretKey } = account;
  const settings: StorageSettings = {
    ...defaultSettings,
    ...{ objectStorageEndpoint: link.url, objectStorageBucket: bucket },
    ...{ objectStorageAccessKey: accessKey, objectStorageSecretKey: secretKey },
  };
  const steps: string[] = [];
  const step = (name: string): void => {
    steps.push(name);
    world.onStep(name);
  };
  const note = (_: object | string, message = ''): void => {
    const [, name] = /^multipart: (.*)$/.exec(message) ?? [];
    // No step of its own: it runs beside the sending.
    if (name !== undefined && name !== 'what was there is compared') step(name);
  };
  const options = {
    ...{ database, live, log: { debug: note, info() {}, warn() {} } },
    station: 'test',
    findSession: (id: string) => world.sessions.get(id),
    findRecordingPath: (id: string) => world.paths.get(id) ?? null,
  };
  const newDriver = () => new ObjectStorageDestination({ ...options, settings: () => world.settings });
  const driver = newDriver();
  const drivers = [driver];
  const notSetUp = new ObjectStorageDestination({ ...options, settings: () => defaultSettings });
  const client = new S3Client({ endpoint: link.url, bucket, accessKey, secretKey });
  const read = async (key: string): Promise<Buffer> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await s3.read(bucket, key)) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  const world: StorageWorld = {
    ...{ driver, notSetUp, link, gate, announced, database, live, settings, bucket, client, s3, steps, read },
    journal: new Journal(database),
    sessions: new Map(),
    paths: new Map(),
    address: `${link.url}/${bucket}`,
    onStep: () => {},
    play(fault) {
      gate.rules = rulesOf(fault, step);
    },
    async restarted() {
      await drivers.at(-1)?.close();
      const next = newDriver();
      drivers.push(next);
      return next;
    },
    cancel: (uploadId) => transaction(database, () => driver.cancelled(uploadId)),
    underWay: () => gate.calls.filter(({ end }) => end === 'open').length,
    async arrived() {
      const objects = await s3.objects(bucket);
      return Promise.all(objects.filter(({ key }) => !key.endsWith('.json')).map(({ key }) => read(key)));
    },
    async halves() {
      const keys = (await s3.objects(bucket)).map(({ key }) => key);
      const claims = keys.filter((key) => key.endsWith('.json') && !keys.includes(key.replace(/\.json$/, '')));
      return [...(await s3.multiparts(bucket)).map(({ key }) => key), ...claims];
    },
  };
  world.play(null);
  onTestFinished(async () => {
    for (const each of drivers) await each.close();
    await notSetUp.close();
    await client.drop();
    await link.close();
    await gate.close();
    await s3.empty(bucket);
    database.close();
  });
  return world;
}

/** The same on a store in memory, of this test alone. */
export async function startMemoryWorld(options: S3StoreOptions = {}): Promise<StorageWorld> {
  const store = await startS3Store(options);
  onTestFinished(() => store.close());
  return startStorageWorld(store);
}

/** S3's codes for the statuses that it refuses with. */
const codes: Readonly<Record<number, string>> = {
  401: 'AccessDenied',
  403: 'AccessDenied',
  404: 'NoSuchBucket',
  413: 'EntityTooLarge',
  429: 'TooManyRequests',
  503: 'SlowDown',
};

const spoiled: Readonly<Record<Spoil, Readonly<Record<string, string>>>> = {
  size: { 'content-length': '299999' },
  checksum: { etag: '"0123456789abcdef0123456789abcdef-1"' },
};

/**
 * What the store was asked for, but for what makes sure of the key: the JSON beside the object, and the looks at the object
 * before a multipart is created and before it is completed.
 */
export function callsOf({ calls }: Pick<Gate, 'calls'>): S3Verb[] {
  const ofObject = calls.filter(({ path }) => !path.endsWith('.json')).map(({ verb }) => verb);
  return ofObject.filter((verb, index) => {
    const next = ofObject[index + 1];
    return verb !== 'head' || (next !== 'create' && next !== 'complete');
  });
}

function rulesOf(fault: Fault | null, step: (name: string) => void): GateRules {
  const names = new Map<GateCall, string>();
  return {
    onCall(call) {
      names.set(call, nameOf(call, [...names.values()]));
      step(`${names.get(call)} is asked for`);
      if (fault?.kind !== 'refuse') return undefined;
      const { status, retryAfterSeconds: seconds } = fault;
      const code = codes[status];
      const headers = seconds === undefined ? {} : { 'retry-after': String(seconds) };
      return { status, headers, ...(code !== undefined && { code }) };
    },
    onBody(call) {
      // Once, at the first of its bytes.
      if (call.verb !== 'part' || halves.has(call)) return;
      halves.add(call);
      step('part is half there');
    },
    onAnswer(call) {
      step(`${names.get(call)} is answered`);
      if (fault?.kind === 'lose-answer' && call.verb === 'complete') return 'lose';
      return fault?.kind === 'spoil' && names.get(call) === 'head' ? { headers: spoiled[fault.what] } : undefined;
    },
  };
}
const halves = new WeakSet<GateCall>();

/** HEAD comes before the claim of the key, beside the look at the claim, and for the proof. @param before the calls so far */
function nameOf({ verb, path }: GateCall, before: readonly string[]): string {
  if (path.endsWith('.json')) return verb === 'put' ? 'claim' : 'look at the claim';
  if (verb !== 'head') return verb;
  return ['look', 'another look'].find((name) => !before.includes(name)) ?? verb;
}

/** What the contract has to know of Object Storage. */
export function storageKind(start: () => Promise<StorageWorld>): DestinationKind {
  return {
    id: 'object-storage',
    start,
    steps: [
      ...['look is asked for', 'look is answered', 'claim is asked for', 'claim is answered'],
      ...['creating', 'create is asked for', 'create is answered', 'create answered', 'created'],
      ...['part 1 sending', 'part is asked for', 'part is half there', 'part is answered'],
      ...['part 1 acknowledged', 'part 1 stored'],
      ...['another look is asked for', 'another look is answered'],
      ...['look at the claim is asked for', 'look at the claim is answered'],
      ...['completing', 'complete is asked for', 'complete is answered', 'complete answered', 'completed'],
      ...['verifying', 'head is asked for', 'head is answered', 'head answered', 'proven'],
    ],
    proven: ['head answered', 'proven'],
    halfway: 'part is half there',
    refusals: {
      401: 'storage_denied',
      403: 'storage_denied',
      404: 'storage_bucket_missing',
      413: 'storage_too_large',
      429: 'storage_busy',
      503: 'storage_busy',
    },
    spoils: { size: 'storage_damaged', checksum: 'storage_damaged' },
    unreachable: 'storage_unreachable',
    timeout: 'storage_timeout',
    patienceMs: 15_000,
    knowsRepeats: true,
    looksAfterLoss: true,
    takesBack: true,
  };
}
