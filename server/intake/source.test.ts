import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, request } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { type ProxyRules, readProxies } from '../../shared/proxies.ts';
import {
  type Answer,
  eventually,
  filesIn,
  form,
  formBody,
  formType,
  post,
  Receivers,
  sha256,
} from '../receiver-fixture.ts';
import { isPrivate, type Lookup } from './source.ts';

/** `x.known.test` is the address x; nobody is asked. */
const lookup: Lookup = (name, _options, done) => {
  const address = /^(.+)\.known\.test$/.exec(name)?.[1]?.replaceAll('-', '.') ?? '127.0.0.1';
  done(null, [{ address, family: 4 }]);
};

const receivers = new Receivers();
afterEach(() => receivers.close());

/** Where a file can be fetched. @returns its base URL and the requests that came */
async function source(handle: RequestListener): Promise<{ url: string; paths: string[] }> {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    handle(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  receivers.keep({
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP port');
  return { url: `http://127.0.0.1:${address.port}`, paths };
}

const send = (receiver: { url: string }, url: string, headers?: Record<string, string>): Promise<Answer> =>
  post(
    receiver.url,
    [
      { name: 'priority', value: '3' },
      { name: 'source_url', value: url },
    ],
    headers,
  );

describe('an upload that names where its file is', () => {
  test('is fetched byte for byte, under the name that its address has', async () => {
    const bytes = randomBytes(3_000_000);
    const { url, paths } = await source((_request, response) => {
      // Interim answers may come before any other.
      response.writeContinue();
      response.end(bytes);
    });
    const receiver = await receivers.start({ allowPrivateSources: true });
    const answer = await send(receiver, `${url}/b/2026/%C3%89t%C3%A9%20%E9%8C%B2.mkv?X-Amz-Signature=secret#here`);
    expect(answer).toMatchObject({
      status: 200,
      body: { filename: 'Été 録.mkv', size: bytes.length, sha256: sha256(bytes), config: { priority: 3 } },
    });
    expect(paths).toEqual(['/b/2026/%C3%89t%C3%A9%20%E9%8C%B2.mkv?X-Amz-Signature=secret']);
    const folder = join(receiver.dir, 'tasks', String(answer.body.task_id));
    expect((await readFile(join(folder, 'recording.mkv'))).equals(bytes)).toBe(true);
    // The address is as good as a key: it is not kept.
    expect(await readFile(join(folder, 'task.json'), 'utf8')).not.toMatch(/secret|http/);
  });

  test('is fetched once, however often it is sent under one key', async () => {
    const { url, paths } = await source((_request, response) => response.end('film'));
    const receiver = await receivers.start({ allowPrivateSources: true });
    const first = await send(receiver, `${url}/a.mkv`, { 'idempotency-key': 'k' });
    const second = await send(receiver, `${url}/a.mkv`, { 'idempotency-key': 'k' });
    expect(second.body.task_id).toBe(first.body.task_id);
    expect(paths).toHaveLength(1);
  });

  test('has no file beside it', async () => {
    const receiver = await receivers.start({ allowPrivateSources: true });
    const answer = await post(receiver.url, [...form(), { name: 'source_url', value: 'http://127.0.0.1:1/a' }]);
    expect(answer.status).toBe(422);
  });

  test.each([
    ['no address', 'recording.mkv'],
    ['another protocol', 'ftp://example.com/a.mkv'],
    ['a file of ours', 'file:///etc/passwd'],
    ['a password', 'http://user:pass@example.com/a.mkv'],
    ['nothing', ''],
    ['no end', `http://example.com/${'x'.repeat(9000)}`],
  ])('with %s is refused', async (_what, url) => {
    const receiver = await receivers.start({ allowPrivateSources: true });
    expect((await send(receiver, url)).status).toBe(422);
    expect(await filesIn(receiver.dir)).toEqual([]);
  });
});

describe('private addresses', () => {
  test.each(['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '0x7f.1', '2130706433'])(
    'such as %s are not fetched from, unless that is allowed',
    async (host) => {
      const { url, paths } = await source((_request, response) => response.end('film'));
      const receiver = await receivers.start();
      const answer = await send(receiver, url.replace('127.0.0.1', host));
      expect(answer).toMatchObject({ status: 422, body: { detail: expect.stringContaining('private') } });
      expect(paths).toEqual([]);
    },
  );

  test.each([
    ['10.1.2.3', true],
    ['172.31.255.255', true],
    ['172.32.0.1', false],
    ['169.254.169.254', true],
    ['100.64.0.1', true],
    ['255.255.255.255', true],
    ['8.8.8.8', false],
    ['fe80::1%eth0', true],
    ['fd00::1', true],
    ['::', true],
    ['64:ff9b::7f00:1', true],
    ['2002:7f00:1::', true],
    ['2606:4700::1111', false],
  ])('%s: %s', (address, expected) => {
    expect(isPrivate(address)).toBe(expected);
  });
});

describe('behind a proxy', () => {
  /** One that leads nowhere. @returns what it was asked, with the name that TLS told it */
  async function proxy(): Promise<{ asked: string[]; names: string[]; proxies: ProxyRules }> {
    const asked: string[] = [];
    const names: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.end('film');
    });
    server.on('connect', ({ url }: IncomingMessage, socket: Socket) => {
      asked.push(`CONNECT ${url}`);
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.once('data', (hello) => {
        names.push(/[\w-]+\.known\.test/.exec(hello.toString('latin1'))?.[0] ?? '');
        socket.destroy();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no TCP port');
    const url = `http://127.0.0.1:${address.port}`;
    return { asked, names, proxies: readProxies({ HTTP_PROXY: url, HTTPS_PROXY: url }) };
  }

  test('the tunnel leads to the address that was checked, and TLS asks for the name', async () => {
    const { asked, names, proxies } = await proxy();
    const receiver = await receivers.start({ proxies, lookup });
    expect(await send(receiver, 'https://203-0-113-7.known.test:8443/a.mkv')).toMatchObject({ status: 422 });
    expect(asked).toEqual(['CONNECT 203.0.113.7:8443']);
    expect(names).toEqual(['203-0-113-7.known.test']);
    expect(await send(receiver, 'http://203.0.113.7/a.mkv')).toMatchObject({ status: 200 });
    expect(asked.slice(1)).toEqual(['GET http://203.0.113.7/a.mkv']);
  });

  test.each([
    ['a name with a private address', 'https://10-1-2-3.known.test/a.mkv', 'private'],
    ['a private address', 'https://10.1.2.3/a.mkv', 'private'],
    ['a private address, unencrypted', 'http://169.254.169.254/a.mkv', 'private'],
    ['this machine', 'http://localhost/a.mkv', 'private'],
    ['a name that the proxy would look up by itself', 'http://203-0-113-7.known.test/a.mkv', 'https'],
  ])('%s is asked of nobody', async (_what, url, detail) => {
    const { asked, proxies } = await proxy();
    const answer = await send(await receivers.start({ proxies, lookup }), url);
    expect(answer).toMatchObject({ status: 422, body: { detail: expect.stringContaining(detail) } });
    expect(asked).toEqual([]);
  });

  test('where private addresses are allowed, names are the proxy’s to know, and this machine is straight ahead', async () => {
    const { asked, proxies } = await proxy();
    const receiver = await receivers.start({ proxies, allowPrivateSources: true });
    expect(await send(receiver, 'http://unknown.test/a.mkv')).toMatchObject({ status: 200 });
    expect(await send(receiver, 'https://unknown.test/a.mkv')).toMatchObject({ status: 422 });
    const expected = ['GET http://unknown.test/a.mkv', 'CONNECT unknown.test:443'];
    expect(asked).toEqual(expected);
    const { url, paths } = await source((_request, response) => response.end('film'));
    expect(await send(receiver, `${url}/a.mkv`)).toMatchObject({ status: 200 });
    expect(paths).toHaveLength(1);
    expect(asked).toEqual(expected);
  });
});

describe('a source that does not deliver', () => {
  const cases: [string, RequestListener, number, RegExp][] = [
    ['refuses', (_request, response) => response.writeHead(403).end('no'), 422, /HTTP 403/],
    [
      'redirects',
      (_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      422,
      /redirects/,
    ],
    [
      'packs it',
      (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
      422,
      /encoded/,
    ],
    [
      'has too much, as it says',
      (_request, response) => response.writeHead(200, { 'content-length': '2000' }).end(),
      413,
      /larger/,
    ],
    [
      'has too much, unsaid',
      (_request, response) => void response.writeHead(200).write(Buffer.alloc(2000)),
      413,
      /larger/,
    ],
    [
      'breaks off',
      (_request, response) =>
        void response.writeHead(200, { 'content-length': '900' }).write('x', () => response.destroy()),
      502,
      /broke off/,
    ],
    [
      'stalls',
      (_request, response) => void response.writeHead(200, { 'content-length': '900' }).write('x'),
      504,
      /sends nothing/,
    ],
    ['never answers', () => {}, 504, /sends nothing/],
    [
      'sends a byte now and then',
      (_request, response) => drip((text) => response.write(text), '', 'x', 50),
      504,
      /sends nothing/,
    ],
    [
      'sends its answer’s head byte by byte',
      ({ socket }) => drip((text) => socket.write(text), 'HTTP/1.1 200 OK\r\nX: ', 'x', 50),
      504,
      /sends nothing/,
    ],
    [
      'sends interim answers without end',
      ({ socket }) => drip((text) => socket.write(text), '', 'HTTP/1.1 102 Processing\r\n\r\n', 50),
      504,
      /sends nothing/,
    ],
    [
      'goes on in no other protocol, unasked',
      ({ socket }) => drip((text) => socket.write(text), 'HTTP/1.1 101 Switching Protocols\r\n\r\n', '', 50),
      422,
      /HTTP 101/,
    ],
    [
      'goes on in another protocol, unasked',
      (request) =>
        void request.socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
      422,
      /cannot be reached/,
    ],
  ];
  test.each(cases)('because it %s is refused, and nothing of it stays', async (_how, handle, status, detail) => {
    const { url } = await source(handle);
    // Only for a stall is the patience short: a busy machine may take that long to answer at all.
    const stallMs = status === 504 ? 200 : 10_000;
    const receiver = await receivers.start({ allowPrivateSources: true, maxFileBytes: 1000, stallMs });
    const answer = await send(receiver, `${url}/a.mkv?sig=secret`);
    expect(answer).toMatchObject({ status, body: { detail: expect.stringMatching(detail) } });
    expect(JSON.stringify(answer.body)).not.toContain('secret');
    expect(await filesIn(receiver.dir)).toEqual([]);
  });

  test('because nobody is there is refused', async () => {
    const receiver = await receivers.start({ allowPrivateSources: true });
    const answer = await send(receiver, 'http://127.0.0.1:1/a.mkv');
    expect(answer).toMatchObject({ status: 422, body: { detail: 'The source cannot be reached' } });
  });
});

/** Writes `first`, and then `rest` again and again, until the test is over. */
function drip(write: (text: string) => void, first: string, rest: string, everyMs: number): void {
  write(first);
  const timer = setInterval(() => write(rest), everyMs);
  onTestFinished(() => clearInterval(timer));
}

test('a client that goes away ends the fetch', async () => {
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const { url } = await source((_request, response) => {
    response.once('close', () => ended.resolve());
    response.writeHead(200).write('x', () => begun.resolve());
  });
  const receiver = await receivers.start({ allowPrivateSources: true });
  const client = request(`${receiver.url}/upload`, { method: 'POST', headers: { 'content-type': formType } });
  client.on('error', () => {});
  client.end(Buffer.concat([...formBody([{ name: 'source_url', value: `${url}/a.mkv` }])]));
  await begun.promise;
  client.destroy();
  await ended.promise;
  await eventually(async () => (await readdir(join(receiver.dir, 'incoming'))).length === 0);
});
