import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { jobFor, tempFile } from './job-fixture.ts';
import { S3Client } from './object-storage/s3/client.ts';
import { headObject, listMultiparts, uploadPart } from './object-storage/s3/operations.ts';
import { getBounded } from './processing/http/get.ts';
import { destination, rawServer } from './processing/send-fixture.ts';

const { signal } = new AbortController();
const md5 = '0cc175b9c0f1b6a831c399e269772661';
const answer = (body: string, ...headers: string[]): string =>
  ['HTTP/1.1 200 OK', `Content-Length: ${body.length}`, ...headers, '', body].join('\r\n');

interface Server {
  /** Requests that came, each one whole. */
  readonly requests: string[];
  readonly url: string;
}

/** A server that writes `early` when a request begins, and `pieces` when it is there, each piece in a packet of its own. */
async function server(pieces: (request: string) => readonly string[], early = ''): Promise<Server> {
  const requests: string[] = [];
  const url = await rawServer((socket) => {
    let text = '';
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      if (text === '' && early !== '') socket.write(early);
      text += chunk.toString('latin1');
      const head = text.indexOf('\r\n\r\n') + 4;
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (head < 4 || text.length < head + length) return;
      requests.push(text.slice(0, head));
      const request = text;
      text = '';
      void say(socket, pieces(request));
    });
  });
  return { requests, url };
}

async function say(socket: Socket, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    socket.write(piece);
    await setImmediate();
  }
}

const store = (url: string): S3Client => {
  const client = new S3Client({ endpoint: url, bucket: 'b', accessKey: 'key', secretKey: 'secret' });
  onTestFinished(() => client.drop());
  return client;
};
async function* oneByte(): AsyncGenerator<Buffer> {
  yield Buffer.from('a');
}
const sendPart = (client: S3Client): Promise<unknown> =>
  uploadPart(client, { key: 'k', uploadId: 'u', number: 1, bytes: 1, md5, body: oneByte }, signal);

const stored = answer('', `ETag: "${md5}"`);
const accepted = answer('{"task_id": "t1"}');
const empty = answer(
  '<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>',
  'Connection: keep-alive',
);

const continued = 'HTTP/1.1 100 Continue\r\n\r\n';
const inputs: [what: string, before: string][] = [
  ['100 Continue', continued],
  ['100 with headers', 'HTTP/1.1 100 Continue\r\nDate: Sat, 28 Nov 2026 17:00:00 GMT\r\nX: y\r\n\r\n'],
  ['100 without a word', 'HTTP/1.1 100 \r\n\r\n'],
  ['100 of HTTP/1.0', 'HTTP/1.0 100 Continue\r\n\r\n'],
  ['several', continued.repeat(5)],
  ['102 Processing', 'HTTP/1.1 102 Processing\r\n\r\n'],
  ['103 Early Hints', 'HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n'],
  ['104, then 100', `HTTP/1.1 104 Upload Resumption Supported\r\n\r\n${continued}`],
  ['199', 'HTTP/1.1 199 Whatever\r\n\r\n'],
];

describe.each(inputs)('%s before the answer', (_, before) => {
  const ways: [how: string, pieces: (final: string) => string[], early: string][] = [
    ['in one packet with it', (final) => [before + final], ''],
    ['before it', (final) => [before, final], ''],
    ['byte by byte', (final) => [...before, final], ''],
    ['in the middle of its status line', (final) => [before + final.slice(0, 7), final.slice(7)], ''],
    ['before the request was read', (final) => [final], before],
  ];
  test.each(ways)('%s: an upload’s answer is heard, and nothing is sent twice', async (_how, pieces, early) => {
    const { url, requests } = await server(() => pieces(accepted), early);
    const result = await destination(url).send(await jobFor(await tempFile('film')));
    expect(result.task?.id).toBe('t1');
    expect(requests).toHaveLength(1);
  });

  test.each(ways)('%s: a store’s answers are heard, over one connection', async (_how, pieces, early) => {
    const { url, requests } = await server((request) => pieces(request.startsWith('PUT') ? stored : empty), early);
    const client = store(url);
    await sendPart(client);
    expect(await listMultiparts(client, '', signal)).toEqual([]);
    await sendPart(client);
    expect(requests.map((request) => request.slice(0, 4))).toEqual(['PUT ', 'GET ', 'PUT ']);
  });

  test.each(ways)('%s: a small GET’s answer is heard', async (_how, pieces, early) => {
    const { url } = await server(() => pieces(answer('well')), early);
    const options = { apiKey: null, timeoutMs: 5000, maxBytes: 1000, signal };
    expect(await getBounded(new URL(`${url}/health`), options)).toMatchObject({ status: 200, text: 'well' });
  });
});

describe.each([
  ['101 Switching Protocols', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
  ['101 without a protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
  ['101 after 100', `${continued}HTTP/1.1 101 Switching Protocols\r\n\r\n`],
])('%s, unasked, ends the request at once', (_, text) => {
  test.each([
    ['the answer', [text, accepted]],
    ['nothing', [text]],
  ])('before %s', async (_what, pieces) => {
    const began = performance.now();
    const { url } = await server(() => pieces);
    const job = await jobFor(await tempFile('film'));
    await expect(destination(url).send(job)).rejects.toMatchObject({ code: 'destination_answer_invalid' });
    await expect(sendPart(store(url))).rejects.toMatchObject({ code: 'storage_answer_invalid' });
    await expect(headObject(store(url), 'k', signal)).rejects.toMatchObject({ code: 'storage_answer_invalid' });
    const options = { apiKey: null, timeoutMs: 60_000, maxBytes: 1000, signal };
    await expect(getBounded(new URL(url), options)).rejects.toMatchObject({ code: 'destination_answer_invalid' });
    expect(performance.now() - began).toBeLessThan(8000);
  });
});

test.each([
  ['ends in mid-head', 'HTTP/1.1 100 Continue\r\nX: '],
  ['ends after it', continued],
  ['ends before its number', 'HTTP/1.1 1'],
])('a connection that %s of an interim answer is a broken one', async (_, text) => {
  const url = await rawServer((socket) => void socket.once('data', () => socket.end(text)));
  const job = await jobFor(await tempFile('film'));
  await expect(destination(url).send(job)).rejects.toMatchObject({
    code: expect.stringMatching(/^destination_(unreachable|answer_invalid)$/),
  });
  await expect(sendPart(store(url))).rejects.toMatchObject({ code: expect.stringMatching(/^storage_/) });
});

test('interim answers without end are no HTTP', async () => {
  const url = await rawServer((socket) => void socket.once('data', () => socket.write(continued.repeat(10_000))));
  const job = await jobFor(await tempFile('film'));
  await expect(destination(url).send(job)).rejects.toMatchObject({ code: expect.stringMatching(/^destination_/) });
});
