/** For tests: a store over real HTTP whose every answer the test gives, and the client that speaks to it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { S3Client } from './client.ts';

export interface StoreCall {
  readonly method: string;
  /** With its query; begins with the bucket. */
  readonly url: string;
  readonly body: string;
  /** `performance.now()` when it was there whole. */
  readonly at: number;
}

export interface StoreAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface FakeStore {
  readonly client: S3Client;
  /** In the order in which they came. */
  readonly calls: readonly StoreCall[];
  close(): Promise<void>;
}

export const noSuchUpload: StoreAnswer = { status: 404, body: '<Error><Code>NoSuchUpload</Code></Error>' };

/** @param answer what the store says to a call; may wait as long as it likes */
export async function startFakeStore(
  answer: (call: StoreCall) => StoreAnswer | Promise<StoreAnswer>,
): Promise<FakeStore> {
  const calls: StoreCall[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url = '' } = request;
    const call = { method, url, body: Buffer.concat(chunks).toString('utf8'), at: performance.now() };
    calls.push(call);
    const { status, headers = {}, body = '' } = await answer(call);
    response.writeHead(status, headers).end(method === 'HEAD' ? undefined : body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the store does not listen');
  const endpoint = `http://127.0.0.1:${address.port}`;
  const client = new S3Client({ endpoint, bucket: 'b', accessKey: 'key', secretKey: 'secret' });
  return {
    client,
    calls,
    async close() {
      await client.drop();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
