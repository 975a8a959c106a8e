import { expect, onTestFinished, test } from 'vitest';
import { isLost, S3Error } from './failure.ts';
import { headObject, listParts, uploadPart } from './operations.ts';
import { type FakeStore, noSuchUpload, type StoreAnswer, startFakeStore } from './scripted-store-fixture.ts';

const { signal } = new AbortController();
const ref = { key: 'k.mkv', uploadId: 'u' };

async function storeThatSays(answer: StoreAnswer): Promise<FakeStore> {
  const store = await startFakeStore(() => answer);
  onTestFinished(() => store.close());
  return store;
}

const failureOf = (request: Promise<unknown>): Promise<S3Error> =>
  request.then(
    () => {
      throw new Error('it was answered as if all was well');
    },
    (error: unknown) => {
      if (error instanceof S3Error) return error;
      throw error;
    },
  );

const sendPart = ({ client }: FakeStore): Promise<unknown> => {
  const md5 = '0cc175b9c0f1b6a831c399e269772661';
  const body = async function* () {
    yield Buffer.from('a');
  };
  return uploadPart(client, { ...ref, number: 1, bytes: 1, md5, body }, signal);
};

test.each<[what: string, StoreAnswer]>([
  ['bare', { status: 404 }],
  ['of a page', { status: 404, headers: { 'content-type': 'text/html' }, body: '<html><h1>404 Not Found</h1></html>' }],
  ['of a page that is no XML', { status: 404, body: '<!doctype html><p>Not <br> found & gone' }],
])('a 404 %s says nothing of a multipart: it can pass', async (_, answer) => {
  const store = await storeThatSays(answer);
  for (const request of [() => sendPart(store), () => listParts(store.client, ref, signal)]) {
    const failure = await failureOf(request());
    expect(failure).toMatchObject({ code: 'storage_failed', params: { status: 404, s3Code: 'HTTP 404' } });
    expect(isLost(failure)).toBe(false);
  }
});

test('a 404 in S3’s own words does', async () => {
  const store = await storeThatSays(noSuchUpload);
  expect(isLost(await failureOf(sendPart(store)))).toBe(true);
  expect(isLost(await failureOf(listParts(store.client, ref, signal)))).toBe(true);
});

test('a HEAD has no words: there a 404 means that the object is not there', async () => {
  const store = await storeThatSays({ status: 404 });
  expect(await headObject(store.client, ref.key, signal)).toBeNull();
});
