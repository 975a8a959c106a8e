import { createHash } from 'node:crypto';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase } from '../../../storage/database.ts';
import { Janitor } from './janitor.ts';
import { Journal, type Multipart } from './journal.ts';
import {
  type FakeStore,
  noSuchUpload,
  type StoreAnswer,
  type StoreCall,
  startFakeStore,
} from './s3/scripted-store-fixture.ts';

interface Rig {
  readonly store: FakeStore;
  readonly journal: Journal;
  readonly janitor: Janitor;
  /** An upload that the store knows as `s3-<name>`, under the key of that name; not cancelled yet. */
  begun(name: string): Multipart;
}

async function createRig(
  answer: (call: StoreCall) => StoreAnswer,
  ended: (uploadId: string) => Promise<void> = async () => {},
): Promise<Rig> {
  const store = await startFakeStore(answer);
  const database = openDatabase(':memory:');
  const journal = new Journal(database);
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const janitor = new Janitor({ journal, log, client: () => store.client, ended });
  onTestFinished(async () => {
    await janitor.close();
    await store.close();
    database.close();
  });
  const { endpoint, bucket } = store.client.account;
  const begun = (name: string): Multipart => {
    const multipart = journal.begin({
      ...{ uploadId: name, recordingId: name, endpoint, bucket, key: name },
      ...{ content: { bytes: 10, modifiedAt: 1 }, partBytes: 16, createdAt: 1 },
    });
    journal.created(multipart.id, `s3-${name}`);
    return multipart;
  };
  return { store, journal, janitor, begun };
}

const callsOf = ({ calls }: FakeStore, method: string): string[] =>
  calls.filter((call) => call.method === method).map(({ url }) => url);
const left = ({ journal }: Rig): string[] => journal.aborting().map(({ uploadId }) => uploadId);

test('what waits for the end of a long upload keeps nothing else waiting, also nothing that is cancelled later', async () => {
  const long = Promise.withResolvers<void>();
  const rig = await createRig(
    () => noSuchUpload,
    (uploadId) => (uploadId === 'long' ? long.promise : Promise.resolve()),
  );
  const { journal, janitor, begun, store } = rig;
  const cancel = (name: string): void => {
    begun(name);
    journal.abandon(name);
    janitor.wake();
  };
  cancel('long');
  cancel('second');
  await vi.waitFor(() => expect(left(rig)).toEqual(['long']), { timeout: 3000 });
  cancel('third');
  await vi.waitFor(() => expect(left(rig)).toEqual(['long']), { timeout: 3000 });
  expect(callsOf(store, 'DELETE')).toEqual(['/b/second?uploadId=s3-second', '/b/third?uploadId=s3-third']);
  long.resolve();
  await vi.waitFor(() => expect(left(rig)).toEqual([]), { timeout: 3000 });
});

test('closing waits for no upload', async () => {
  const asked = Promise.withResolvers<void>();
  const { journal, janitor, begun, store } = await createRig(
    () => noSuchUpload,
    () => {
      asked.resolve();
      return new Promise(() => {});
    },
  );
  begun('long');
  journal.abandon('long');
  janitor.wake();
  await asked.promise;
  await janitor.close();
  expect(store.calls).toEqual([]);
  expect(journal.aborting()).toHaveLength(1);
});

/** A store that was asked to join the parts of `film`, and whether it has done so yet. */
async function joiningStore(): Promise<Rig & { readonly object: { etag: string | null } }> {
  const object: { etag: string | null } = { etag: null };
  const rig = await createRig(({ method, url }) => {
    if (url.includes('uploadId')) return noSuchUpload;
    if (object.etag === null) return { status: 404 };
    if (method === 'HEAD') return { status: 200, headers: { etag: `"${object.etag}"`, 'content-length': '10' } };
    object.etag = null;
    return { status: 204 };
  });
  const { id } = rig.begun('film');
  rig.journal.completing(id, 'ours-1');
  rig.journal.abandon('film');
  rig.janitor.wake();
  await vi.waitFor(() => expect(callsOf(rig.store, 'HEAD')).toHaveLength(1), { timeout: 3000 });
  return { ...rig, object };
}

test('an object that the store finishes after the cancel goes away too', async () => {
  const rig = await joiningStore();
  rig.object.etag = 'ours-1';
  await vi.waitFor(
    () => {
      // As the next upload that ends does; by itself it takes a while.
      rig.janitor.wake();
      expect(left(rig)).toEqual([]);
    },
    { timeout: 3000 },
  );
  expect(rig.object.etag).toBeNull();
  expect(callsOf(rig.store, 'DELETE')).toContain('/b/film');
});

test('it stays when it is another one, or one that was sent again meanwhile', async () => {
  const rig = await joiningStore();
  const looks = async (): Promise<void> => {
    const before = callsOf(rig.store, 'DELETE').length;
    await vi.waitFor(
      () => {
        rig.janitor.wake();
        expect(callsOf(rig.store, 'DELETE').length).toBeGreaterThan(before + 1);
      },
      { timeout: 3000 },
    );
  };
  rig.object.etag = 'another-1';
  await looks();
  rig.begun('film');
  rig.object.etag = 'ours-1';
  await looks();
  expect(callsOf(rig.store, 'DELETE')).not.toContain('/b/film');
});

test('once the store has had its time, nothing is looked for any more', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const rig = await joiningStore();
  vi.advanceTimersByTime(40_000);
  await vi.waitFor(
    () => {
      rig.janitor.wake();
      expect(left(rig)).toEqual([]);
    },
    { timeout: 3000 },
  );
  expect(callsOf(rig.store, 'DELETE')).not.toContain('/b/film');
});

test('a claim whose key the next upload has not claimed yet goes away once that one is cancelled too', async () => {
  const json = Buffer.from('the claim');
  const md5 = createHash('md5').update(json).digest('hex');
  let there = true;
  const rig = await createRig(({ method, url }) => {
    if (url.includes('uploadId')) return noSuchUpload;
    if (url.includes('?uploads'))
      return { status: 200, body: '<ListMultipartUploadsResult></ListMultipartUploadsResult>' };
    if (url !== '/b/film.json' || !there) return { status: 404 };
    if (method === 'DELETE') {
      there = false;
      return { status: 204 };
    }
    return { status: 200, headers: { etag: `"${md5}"`, 'content-length': String(json.length) } };
  });
  const { journal, janitor, begun } = rig;
  journal.claimed(begun('film').id, [md5]);
  const { endpoint, bucket } = rig.store.client.account;
  journal.abandon('film');
  journal.begin({
    ...{ uploadId: 'again', recordingId: 'film', endpoint, bucket, key: 'film' },
    ...{ content: { bytes: 10, modifiedAt: 1 }, partBytes: 16, createdAt: 2 },
  });
  janitor.wake();
  await vi.waitFor(() => expect(callsOf(rig.store, 'DELETE')).toHaveLength(1), { timeout: 3000 });
  journal.abandon('again');
  await vi.waitFor(
    () => {
      janitor.wake();
      expect(there).toBe(false);
    },
    { timeout: 3000 },
  );
  await vi.waitFor(() => expect(left(rig)).not.toContain('film'), { timeout: 3000 });
});
