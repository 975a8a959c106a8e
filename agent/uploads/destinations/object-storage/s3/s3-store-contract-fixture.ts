/**
 * What every S3 store must do, and what our calls make of it. Run against the simulated store by `operations.test.ts` and against a
 * real Ceph RGW by `scripts/e2e/destinations.e2e.ts`: so the simulated one is what it stands for.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { S3, type S3Account } from '../../../../../scripts/rig/s3.ts';
import type { ErrorCode } from '../../../../../shared/errors.ts';
import { S3Client, type StorageAccount } from './client.ts';
import { multipartEtag } from './etag.ts';
import { isLost, S3Error } from './failure.ts';
import {
  abortMultipart,
  completeMultipart,
  createMultipart,
  deleteObject,
  headObject,
  listMultiparts,
  listParts,
  type MultipartRef,
  putObject,
  uploadPart,
} from './operations.ts';

const mebibyte = 1024 * 1024;
const { signal } = new AbortController();
const md5Of = (content: Uint8Array): string => createHash('md5').update(content).digest('hex');

/** Does something while our clock is behind by so much. */
async function earlier<T>(ms: number, work: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - ms });
  try {
    return await work();
  } finally {
    vi.useRealTimers();
  }
}

/** @param of the account of a store, when it runs */
export function s3StoreContract(of: () => S3Account): void {
  let account: S3Account;
  /** Another client's view of the same store. */
  let s3: S3;
  beforeAll(() => {
    account = of();
    s3 = new S3(account);
  });

  let bucket: string;
  let client: S3Client;
  beforeEach(async () => {
    bucket = `contract-${randomUUID()}`;
    await s3.createBucket(bucket);
    client = clientWith({});
    return async () => {
      await s3.empty(bucket);
      await s3.deleteBucket(bucket);
    };
  });

  function clientWith(change: Partial<StorageAccount>): S3Client {
    const { url: endpoint, accessKey, secretKey } = account;
    const made = new S3Client({ endpoint, bucket, accessKey, secretKey, ...change });
    onTestFinished(() => made.drop());
    return made;
  }

  const begin = async (key: string): Promise<MultipartRef> => ({
    key,
    uploadId: await createMultipart(client, key, 'video/mp4', signal),
  });

  /** @returns its MD5 */
  async function send(ref: MultipartRef, number: number, content: Uint8Array, md5 = md5Of(content)): Promise<string> {
    const body = async function* () {
      yield content;
    };
    await uploadPart(client, { ...ref, number, bytes: content.length, md5, body }, signal);
    return md5;
  }

  describe('a multipart upload', () => {
    test('becomes an object of its parts, with the ETag that is computed here', async () => {
      const ref = await begin('a film.mp4');
      const parts = [randomBytes(5 * mebibyte), randomBytes(70)];
      const md5s = await Promise.all(parts.map((content, index) => send(ref, index + 1, content)));
      expect(await listParts(client, ref, signal)).toEqual([
        { number: 1, etag: md5s[0], bytes: 5 * mebibyte },
        { number: 2, etag: md5s[1], bytes: 70 },
      ]);
      expect(await headObject(client, ref.key, signal)).toBeNull();
      const etag = multipartEtag(md5s);
      expect(['', etag]).toContain(await completeMultipart(client, ref, md5s, signal));
      expect(await headObject(client, ref.key, signal)).toEqual({ bytes: 5 * mebibyte + 70, etag });
      expect(await s3.multiparts(bucket)).toEqual([]);
      const sha256 = createHash('sha256').update(Buffer.concat(parts)).digest('hex');
      expect(await s3.sha256(bucket, ref.key)).toBe(sha256);
      expect((await s3.head(bucket, ref.key)).get('content-type')).toBe('video/mp4');
    });

    test('takes a part again, and the last one wins', async () => {
      const ref = await begin('again');
      await send(ref, 1, Buffer.from('first'));
      const md5 = await send(ref, 1, Buffer.from('second'));
      expect(await listParts(client, ref, signal)).toEqual([{ number: 1, etag: md5, bytes: 6 }]);
    });

    test('has no part that arrived otherwise than it was sent', async () => {
      const ref = await begin('damaged');
      const failure = send(ref, 1, Buffer.from('content'), md5Of(Buffer.from('other')));
      await expect(failure).rejects.toMatchObject({ code: 'storage_damaged', s3Code: 'BadDigest' });
      expect(await listParts(client, ref, signal)).toEqual([]);
    });

    test.each<[what: string, parts: Buffer[], named: (md5s: string[]) => string[], code: string]>([
      ['another part than was sent', [Buffer.from('a')], () => [md5Of(Buffer.from('b'))], 'InvalidPart'],
      ['a part that was not sent', [Buffer.from('a')], (md5s) => [...md5s, ...md5s], 'InvalidPart'],
      ['too small a part before the last', [Buffer.from('a'), Buffer.from('b')], (md5s) => md5s, 'EntityTooSmall'],
      [
        'not every part',
        [randomBytes(5 * mebibyte), Buffer.from('a')],
        (md5s) => md5s.slice(0, 1),
        // Amazon's leaves the others out.
        'InvalidPart',
      ],
    ])('is not completed with %s, and goes on', async (_, parts, named, s3Code) => {
      const ref = await begin('refused');
      const md5s: string[] = [];
      for (const [index, content] of parts.entries()) md5s.push(await send(ref, index + 1, content));
      await expect(completeMultipart(client, ref, named(md5s), signal)).rejects.toMatchObject({
        code: 'storage_damaged',
        s3Code,
      });
      expect(await headObject(client, ref.key, signal)).toBeNull();
      expect(await listParts(client, ref, signal)).toHaveLength(parts.length);
    });

    test('that is aborted is gone with its parts', async () => {
      const ref = await begin('aborted');
      await send(ref, 1, Buffer.from('x'));
      await abortMultipart(client, ref, signal);
      expect(await s3.multiparts(bucket)).toEqual([]);
      await abortMultipart(client, ref, signal);
      expect(await headObject(client, ref.key, signal)).toBeNull();
    });

    test.each<[what: string, end: (ref: MultipartRef, md5: string) => Promise<unknown>]>([
      ['completed', (ref, md5) => completeMultipart(client, ref, [md5], signal)],
      ['aborted', (ref) => abortMultipart(client, ref, signal)],
    ])('that was %s has no parts any more and takes none', async (_, end) => {
      const ref = await begin('ended');
      const md5 = await send(ref, 1, Buffer.from('x'));
      await end(ref, md5);
      for (const late of [() => send(ref, 1, Buffer.from('late')), () => listParts(client, ref, signal)]) {
        const failure = await late().catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(S3Error);
        expect(isLost(failure)).toBe(true);
      }
      await abortMultipart(client, ref, signal);
    });

    test('that was completed is completed again by the same words, and by no others', async () => {
      const ref = await begin('twice');
      const md5 = await send(ref, 1, Buffer.from('x'));
      await completeMultipart(client, ref, [md5], signal);
      // RGW 16 says the ETag the second time alone, RGW 18 the first.
      expect(['', multipartEtag([md5])]).toContain(await completeMultipart(client, ref, [md5], signal));
      const others = completeMultipart(client, ref, [md5Of(Buffer.from('y'))], signal);
      await expect(others).rejects.toMatchObject({ code: 'storage_failed' });
      expect(await headObject(client, ref.key, signal)).toEqual({ bytes: 1, etag: multipartEtag([md5]) });
    });

    test('that was aborted is not completed: for RGW that is a fault of its own, which can pass', async () => {
      const ref = await begin('aborted before');
      const md5 = await send(ref, 1, Buffer.from('x'));
      await abortMultipart(client, ref, signal);
      const completed = completeMultipart(client, ref, [md5], signal);
      await expect(completed).rejects.toMatchObject({ code: 'storage_failed', s3Code: 'InternalError' });
      expect(await headObject(client, ref.key, signal)).toBeNull();
    });
  });

  describe('lists', () => {
    /** More than fit on one page, a few at a time. */
    async function manyTimes(work: (index: number) => Promise<unknown>): Promise<void> {
      const left = [...Array(1001).keys()];
      const lane = async (): Promise<void> => {
        for (let index = left.shift(); index !== undefined; index = left.shift()) await work(index);
      };
      await Promise.all([...Array(6).keys()].map(lane));
    }

    test('of parts have as many pages as it takes', { timeout: 60_000 }, async () => {
      const ref = await begin('many parts');
      await manyTimes((index) => send(ref, index + 1, Buffer.from([index % 256])));
      const found = await listParts(client, ref, signal);
      expect(found.map(({ number }) => number)).toEqual([...Array(1001).keys()].map((index) => index + 1));
    });

    test('of open multiparts too', { timeout: 60_000 }, async () => {
      await manyTimes(async (index) => begin(`d/${Math.floor(index / 2)}`));
      await begin('elsewhere');
      const found = await listMultiparts(client, 'd/', signal);
      expect(found).toHaveLength(1001);
      expect(new Set(found.map(({ uploadId }) => uploadId)).size).toBe(1001);
      expect(found.every(({ initiatedAt }) => Math.abs((initiatedAt ?? 0) - Date.now()) < 120_000)).toBe(true);
      expect(await listMultiparts(client, 'd/7', signal)).not.toHaveLength(0);
      expect(await listMultiparts(client, 'nowhere', signal)).toEqual([]);
      // The store would take its time to delete them with the bucket.
      await manyTimes((index) => {
        const { key = '', uploadId = '' } = found[index] ?? {};
        return client.request({ method: 'DELETE', key, query: { uploadId }, signal });
      });
    });
  });

  describe('an object', () => {
    test.each(["a b/é+(1)!'*.mkv", 'q"r<s>&t=u?v#w%25~x', '録画 🎬/;:@,$', 'a//b/..c'])(
      'has any key: %s',
      async (key) => {
        const ref = await begin(key);
        expect(await listMultiparts(client, key, signal)).toMatchObject([ref]);
        const md5 = await send(ref, 1, Buffer.from(key));
        await completeMultipart(client, ref, [md5], signal);
        expect(await headObject(client, key, signal)).toMatchObject({ etag: multipartEtag([md5]) });
        expect((await s3.objects(bucket)).map((object) => object.key)).toEqual([key]);
      },
    );

    test('in one piece is written, replaced and deleted, as often as one likes', async () => {
      for (const text of ['one', 'another one']) {
        await putObject(client, 'k.json', Buffer.from(text), 'application/json', signal);
        const etag = md5Of(Buffer.from(text));
        expect(await headObject(client, 'k.json', signal)).toEqual({ bytes: text.length, etag });
      }
      expect(await s3.text(bucket, 'k.json')).toBe('another one');
      for (let time = 0; time < 2; time += 1) await deleteObject(client, 'k.json', signal);
      expect(await headObject(client, 'k.json', signal)).toBeNull();
    });

    test('that is there is not replaced where that is asked for', async () => {
      const body = Buffer.from('text');
      const request = { method: 'PUT', key: 'k', headers: { 'if-none-match': '*' }, body, signal } as const;
      await client.request(request);
      await expect(client.request(request)).rejects.toMatchObject({ s3Code: 'PreconditionFailed' });
    });

    test('is read by anybody with a link, for its time', async () => {
      await putObject(client, 'k é.txt', Buffer.from('text'), 'text/plain', signal);
      const { url } = await client.presign('k é.txt', 60);
      const answer = await fetch(url);
      expect([answer.status, await answer.text()]).toEqual([200, 'text']);
      expect((await fetch(url.replace('.txt', '.tx'))).status).toBe(403);
      const old = await earlier(120_000, () => client.presign('k é.txt', 60));
      expect((await fetch(old.url)).status).toBe(403);
    });
  });

  describe('a refusal says what is wrong', () => {
    test.each<[what: string, change: Partial<StorageAccount>, code: ErrorCode]>([
      ['the key', { accessKey: 'AKIANOBODY' }, 'storage_key_unknown'],
      ['the secret', { secretKey: 'wrong' }, 'storage_secret_wrong'],
      ['the bucket', { bucket: 'no-such-bucket' }, 'storage_bucket_missing'],
    ])('with %s', async (_, change, code) => {
      const other = clientWith(change);
      await expect(createMultipart(other, 'k', 'video/mp4', signal)).rejects.toMatchObject({ code });
      await expect(listMultiparts(other, '', signal)).rejects.toMatchObject({ code });
    });

    test.each<[what: string, change: Partial<StorageAccount>, code: ErrorCode]>([
      ['the key', { accessKey: 'AKIANOBODY' }, 'storage_key_unknown'],
      ['the secret', { secretKey: 'wrong' }, 'storage_secret_wrong'],
    ])('with %s, also where a HEAD was refused, which has no words', async (_, change, code) => {
      await expect(headObject(clientWith(change), 'k', signal)).rejects.toMatchObject({ code });
    });

    test('with the clock: the next request knows the time, and where it can, the same one is sent again', async () => {
      await earlier(3_600_000, async () => {
        const ref = await begin('k');
        client = clientWith({});
        // A body that is made while it is sent is not made a second time.
        await expect(send(ref, 1, Buffer.from('x'))).rejects.toMatchObject({ code: 'storage_clock' });
        await send(ref, 1, Buffer.from('x'));
        expect(await listParts(client, ref, signal)).toHaveLength(1);
        await putObject(clientWith({}), 'small', Buffer.from('x'), 'text/plain', signal);
        await putObject(clientWith({}), 'empty', Buffer.alloc(0), 'text/plain', signal);
        for (const [key, bytes] of [['small', 1], ['empty', 0], ['none']] as const) {
          expect((await headObject(clientWith({}), key, signal))?.bytes).toBe(bytes);
        }
      });
    });
  });
}
