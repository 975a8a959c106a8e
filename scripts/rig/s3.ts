/**
 * S3 as tests look at it from outside: what lies in a bucket, what is half there. Not the agent's own client, so that each
 * checks the other.
 */
import { createHash } from 'node:crypto';
import { AwsClient } from 'aws4fetch';
import { XMLParser } from 'fast-xml-parser';
import * as z from 'zod';

export interface S3Account {
  readonly url: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** What makes an agent send to a bucket of this account. */
export function storageEnvironment({ url, accessKey, secretKey }: S3Account, bucket: string): Record<string, string> {
  return {
    VULTR_OBJECT_STORAGE_ENDPOINT: url,
    VULTR_OBJECT_STORAGE_BUCKET: bucket,
    VULTR_OBJECT_STORAGE_ACCESS_KEY: accessKey,
    VULTR_OBJECT_STORAGE_SECRET_KEY: secretKey,
  };
}

export interface S3Object {
  readonly key: string;
  readonly size: number;
  /** Without its quotes. */
  readonly etag: string;
}

export interface S3Multipart {
  readonly key: string;
  readonly uploadId: string;
}

const parser = new XMLParser({
  parseTagValue: false,
  isArray: (name) => ['Contents', 'Upload', 'Part'].includes(name),
});
const unquoted = z.string().transform((text) => text.replaceAll(/^"|"$|&quot;/g, ''));
const objectSchema = z.object({ Key: z.string(), Size: z.coerce.number(), ETag: unquoted });
const objectsSchema = z.object({ ListBucketResult: z.object({ Contents: z.array(objectSchema).default([]) }) });
const multipartSchema = z.object({ Key: z.string(), UploadId: z.string() });
const multipartsSchema = z.object({
  ListMultipartUploadsResult: z.object({ Upload: z.array(multipartSchema).default([]) }),
});
const createdSchema = z.object({ InitiateMultipartUploadResult: z.object({ UploadId: z.string() }) });
const partSchema = z.object({ PartNumber: z.coerce.number(), Size: z.coerce.number(), ETag: unquoted });
const partsSchema = z.object({ ListPartsResult: z.object({ Part: z.array(partSchema).default([]) }) });

export class S3 {
  readonly account: S3Account;
  readonly #client: AwsClient;

  constructor(account: S3Account) {
    this.account = account;
    this.#client = new AwsClient({
      accessKeyId: account.accessKey,
      secretAccessKey: account.secretKey,
      service: 's3',
      region: 'us-east-1',
      retries: 0,
    });
  }

  /** Any call, path-style. @throws when the answer is no success, with its body */
  async call(method: string, path: string, body?: string | Uint8Array<ArrayBuffer>): Promise<Response> {
    const answer = await this.#client.fetch(`${this.account.url}/${path}`, {
      method,
      // Where there is a content type RGW 20 wants it signed; not named, a text would bring one that is not.
      ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/octet-stream' } }),
      aws: { allHeaders: true },
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }

  async createBucket(name: string): Promise<void> {
    await this.#text('PUT', name);
  }

  /** Must be empty; open multiparts go with it. */
  async deleteBucket(name: string): Promise<void> {
    await this.#text('DELETE', name);
  }

  /** The first 1,000. */
  async objects(bucket: string): Promise<S3Object[]> {
    const { ListBucketResult } = objectsSchema.parse(await this.#xml(`${bucket}?list-type=2`));
    return ListBucketResult.Contents.map(({ Key, Size, ETag }) => ({ key: Key, size: Size, etag: ETag }));
  }

  /** Multiparts that are neither completed nor aborted: they cost money. */
  async multiparts(bucket: string): Promise<S3Multipart[]> {
    const { ListMultipartUploadsResult } = multipartsSchema.parse(await this.#xml(`${bucket}?uploads`));
    return ListMultipartUploadsResult.Upload.map(({ Key, UploadId }) => ({ key: Key, uploadId: UploadId }));
  }

  /** The parts that the server has of a multipart, the first 1,000. */
  async parts(
    bucket: string,
    { key, uploadId }: S3Multipart,
  ): Promise<{ number: number; size: number; etag: string }[]> {
    const answer = await this.#xml(`${bucket}/${encodeKey(key)}?uploadId=${encodeURIComponent(uploadId)}`);
    const { ListPartsResult } = partsSchema.parse(answer);
    return ListPartsResult.Part.map(({ PartNumber, Size, ETag }) => ({ number: PartNumber, size: Size, etag: ETag }));
  }

  async abort(bucket: string, { key, uploadId }: S3Multipart): Promise<void> {
    await this.#text('DELETE', `${bucket}/${encodeKey(key)}?uploadId=${encodeURIComponent(uploadId)}`);
  }

  /** Begins a multipart, as a client that may never end it. */
  async create(bucket: string, key: string): Promise<S3Multipart> {
    const answer = createdSchema.parse(parser.parse(await this.#text('POST', `${bucket}/${encodeKey(key)}?uploads`)));
    return { key, uploadId: answer.InitiateMultipartUploadResult.UploadId };
  }

  /** @returns the part's ETag, without its quotes */
  async putPart(
    bucket: string,
    { key, uploadId }: S3Multipart,
    number: number,
    body: Uint8Array<ArrayBuffer>,
  ): Promise<string> {
    const query = `partNumber=${number}&uploadId=${encodeURIComponent(uploadId)}`;
    const { headers } = await this.call('PUT', `${bucket}/${encodeKey(key)}?${query}`, body);
    return unquoted.parse(headers.get('etag'));
  }

  /** @param etags of all its parts, from the first on */
  async complete(bucket: string, { key, uploadId }: S3Multipart, etags: readonly string[]): Promise<void> {
    const parts = etags.map((etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`);
    const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
    await this.#text('POST', `${bucket}/${encodeKey(key)}?uploadId=${encodeURIComponent(uploadId)}`, body);
  }

  async put(bucket: string, key: string, body: string): Promise<void> {
    await this.#text('PUT', `${bucket}/${encodeKey(key)}`, body);
  }

  async delete(bucket: string, key: string): Promise<void> {
    await this.#text('DELETE', `${bucket}/${encodeKey(key)}`);
  }

  /** The object's bytes as they come. */
  async read(bucket: string, key: string): Promise<ReadableStream<Uint8Array>> {
    const { body } = await this.call('GET', `${bucket}/${encodeKey(key)}`);
    if (body === null) throw new Error(`${key} has no body`);
    return body;
  }

  /** A small object's text; null while there is none. */
  async text(bucket: string, key: string): Promise<string | null> {
    const answer = await this.#client.fetch(`${this.account.url}/${bucket}/${encodeKey(key)}`);
    if (answer.status === 404) return null;
    if (!answer.ok) throw new Error(`GET ${key}: ${answer.status} ${await answer.text()}`);
    return await answer.text();
  }

  /** SHA-256 of the object, read back in full, hex. */
  async sha256(bucket: string, key: string): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of await this.read(bucket, key)) hash.update(chunk);
    return hash.digest('hex');
  }

  async head(bucket: string, key: string): Promise<Headers> {
    return (await this.call('HEAD', `${bucket}/${encodeKey(key)}`)).headers;
  }

  /** Deletes every object and multipart of a bucket. */
  async empty(bucket: string): Promise<void> {
    for (const multipart of await this.multiparts(bucket)) await this.abort(bucket, multipart);
    for (const { key } of await this.objects(bucket)) await this.delete(bucket, key);
  }

  async #text(method: string, path: string, body?: string): Promise<string> {
    return await (await this.call(method, path, body)).text();
  }

  async #xml(path: string): Promise<unknown> {
    return parser.parse(await this.#text('GET', path));
  }
}

/** A key in a URL's path: its slashes stay. */
const encodeKey = (key: string): string => key.split('/').map(encodeURIComponent).join('/');
