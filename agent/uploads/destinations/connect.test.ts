/** Proxies that misbehave, on real sockets; scripts/e2e/proxy.e2e.ts has a real one. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type HttpProxy, parseProxy } from '../../../shared/proxies.ts';
import { openConnection } from './connect.ts';
import { isRequestRetryable } from './failures.ts';
import { S3Client } from './object-storage/s3/client.ts';
import { headObject } from './object-storage/s3/operations.ts';
import { getBounded } from './processing/http/get.ts';
import { postFile } from './processing/post-file.ts';
import { rawServer } from './processing/send-fixture.ts';

const { signal } = new AbortController();
const limits = { connectMs: 500, stallMs: 500, answerMs: 500, answerBytes: 10_000 };

/** A proxy at which every connection is handled so. */
async function proxyThat(handle: (socket: Socket) => void, credentials = ''): Promise<HttpProxy> {
  const url = await rawServer(handle);
  const proxy = parseProxy(url.replace('http://', `http://${credentials}`));
  if (proxy === null) throw new Error('no proxy');
  return proxy;
}

/** Answers every request with this text. */
const saying = (text: string) => (socket: Socket) => void socket.on('data', () => socket.end(text));
const page = '<!doctype html><title>Sign in</title>';
const answer = (status: string, body = '', ...headers: string[]): string =>
  [`HTTP/1.1 ${status}`, `Content-Length: ${body.length}`, ...headers, '', body].join('\r\n');

/** The three ways on which something leaves, at an address behind the proxy. */
const ways: readonly [name: string, go: (url: URL, proxy: HttpProxy) => Promise<unknown>][] = [
  [
    'a store',
    async (url, proxy) => {
      const account = { endpoint: url.origin, bucket: 'B', accessKey: 'key', secretKey: 'secret' };
      const client = new S3Client(account, () => proxy);
      onTestFinished(() => client.drop());
      return client.request({ method: 'GET', query: { uploads: '' }, answerMs: 500, signal });
    },
  ],
  [
    'an upload',
    (url, proxy) =>
      postFile({
        ...{ url, proxy, headers: { 'content-length': '1' }, signal, limits },
        async *body(connection) {
          yield Buffer.from('a');
          connection.sent();
        },
      }),
  ],
  [
    'a question',
    (url, proxy) => getBounded(url, { apiKey: null, timeoutMs: 1000, maxBytes: 10_000, signal, proxyFor: () => proxy }),
  ],
];
/** Nobody looks these names up: that is the proxy's business. */
const secure = new URL('https://behind.invalid/path?q=1');
const plain = new URL('http://behind.invalid/path?q=1');

describe.each(ways)('%s through a tunnel', (_, go) => {
  test.each([
    ['wants a password', saying(answer('407 Proxy Authentication Required', page)), 'proxy_auth'],
    ['forbids it', saying(answer('403 Forbidden', page)), 'proxy_refused'],
    ['is a web server', saying(answer('405 Method Not Allowed')), 'proxy_refused'],
    ['leads elsewhere', saying(answer('302 Found', '', 'Location: http://login/')), 'proxy_refused'],
    ['cannot get through', saying(answer('503 Service Unavailable', page)), 'proxy_failed'],
    ['is busy', saying(answer('429 Too Many Requests')), 'proxy_failed'],
    [
      'gives a page in place of a tunnel',
      saying(answer('200 OK', page, 'Content-Type: text/html')),
      'proxy_answer_invalid',
    ],
    ['gives a page without a word of HTTP', saying(page), 'proxy_answer_invalid'],
    ['speaks something else', saying('220 mail.example.com ESMTP\r\n'), 'proxy_answer_invalid'],
    ['hangs up', (socket: Socket) => void socket.on('data', () => socket.end()), 'proxy_unreachable'],
    ['resets', (socket: Socket) => void socket.on('data', () => socket.resetAndDestroy()), 'proxy_unreachable'],
  ])('whose proxy %s: said', async (_what, handle, code) => {
    const proxy = await proxyThat(handle, 'nora:pass@');
    const failure = go(secure, proxy);
    await expect(failure).rejects.toMatchObject({ code, params: { proxy: proxy.name } });
    const info = await failure.catch((error) =>
      JSON.stringify([error.info('en'), error.info('fr'), String(error.stack)]),
    );
    expect(info).toContain(proxy.name);
    expect(info).not.toMatch(/pass@|bm9yYTpwYXNz|undefined/);
  });

  test('asks for it with name and password, after interim answers', async () => {
    const heard: string[] = [];
    const proxy = await proxyThat((socket) => {
      // What was reset is tried once more.
      socket.once('data', (asked) => {
        heard.push(asked.toString('latin1'));
        socket.write(`HTTP/1.1 100 Continue\r\n\r\n${answer('200 Connection established')}`);
        socket.once('data', (chunk) => {
          heard.push(chunk.toString('latin1'));
          socket.destroy();
        });
      });
    }, 'nora:pass@');
    await expect(go(secure, proxy)).rejects.toMatchObject({ code: expect.not.stringMatching(/^proxy_/) });
    expect(heard[0]).toMatch(/^CONNECT behind\.invalid:443 HTTP\/1\.1\r\n/);
    expect(heard[0]).toMatch(/\r\nhost: behind\.invalid:443\r\n/i);
    expect(heard[0]).toMatch(/\r\nproxy-authorization: Basic bm9yYTpwYXNz\r\n/i);
    // Then TLS begins: a handshake record
    expect(heard[1]?.charCodeAt(0)).toBe(0x16);
  });
});

describe.each(ways)('%s over plain HTTP', (_, go) => {
  test('is handed to the proxy whole, with name and password', async () => {
    const heard: string[] = [];
    const proxy = await proxyThat((socket) => {
      socket.on('data', (chunk) => {
        heard.push(chunk.toString('latin1'));
        socket.write(answer('200 OK', 'well'));
      });
    }, 'nora:pass@');
    await go(plain, proxy);
    expect(heard[0]).toMatch(/^(GET|POST) http:\/\/behind\.invalid\/\S+ HTTP\/1\.1\r\n/);
    expect(heard[0]).toMatch(/\r\nhost: behind\.invalid\r\n/i);
    expect(heard[0]).toMatch(/\r\nproxy-authorization: Basic bm9yYTpwYXNz\r\n/i);
  });

  test.each([
    ['wants a password', answer('407 Proxy Authentication Required', page, 'Content-Type: text/html'), 'proxy_auth'],
    ['forbids it', answer('403 Forbidden', page, 'Content-Type: text/html'), 'proxy_refused'],
    ['forbids it without a page', answer('403 Forbidden', 'no', 'X-Squid-Error: ERR_ACCESS_DENIED 0'), 'proxy_refused'],
    ['cannot get through', answer('503 Service Unavailable', page, 'Content-Type: text/html'), 'proxy_failed'],
    ['says so in its own name', answer('500 Unable to connect', page, 'Server: tinyproxy/1.11.1'), 'proxy_failed'],
    ['says so as RFC 9209 has it', answer('502 Bad Gateway', '', 'Proxy-Status: p; error=dns_error'), 'proxy_failed'],
    [
      'gives a page of its own',
      answer('200 OK', page, 'Content-Type: text/html; charset=utf-8'),
      'proxy_answer_invalid',
    ],
  ])('whose proxy %s: said', async (_what, text, code) => {
    const proxy = await proxyThat(saying(text));
    await expect(go(plain, proxy)).rejects.toMatchObject({ code, params: { proxy: proxy.name } });
  });

  test('a proxy that is silent is said to be', async () => {
    const proxy = await proxyThat(() => {});
    await expect(go(plain, proxy)).rejects.toMatchObject({ code: 'proxy_timeout', params: { proxy: proxy.name } });
  }, 20_000);
});

describe('the destination’s own refusals through a proxy are not taken for the proxy’s', () => {
  test.each([
    ['403 Forbidden', '{"detail": "no"}', 'Content-Type: application/json'],
    ['413 Payload Too Large', '<title>Too large</title>', 'Content-Type: text/html'],
    ['404 Not Found', '<title>Nothing here</title>', 'Content-Type: text/html'],
    ['500 Internal Server Error', '<title>Oh</title>', 'Content-Type: text/html'],
    ['200 OK', '{"task_id": "t"}', 'Content-Type: text/html'],
  ])('HTTP %s, %s', async (status, body, type) => {
    const proxy = await proxyThat(saying(answer(status, body, type, 'Via: 1.1 squid')));
    const options = { apiKey: null, timeoutMs: 1000, maxBytes: 10_000, signal, proxyFor: () => proxy };
    expect(await getBounded(plain, options)).toMatchObject({ status: Number(status.slice(0, 3)), text: body });
  });
});

describe('the way to the proxy', () => {
  test.each(ways)('closed for %s: said, and tried again', async (_, go) => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    gone.close();
    await once(gone, 'close');
    const proxy = parseProxy(`127.0.0.1:${port}`);
    if (proxy === null) throw new Error('no proxy');
    for (const url of [secure, plain]) {
      const failure = await go(url, proxy).then(
        () => null,
        (error) => error,
      );
      expect(failure).toMatchObject({
        code: 'proxy_unreachable',
        params: { reason: 'ECONNREFUSED', proxy: proxy.name },
      });
      expect(isRequestRetryable(failure.code)).toBe(true);
    }
  });

  test.each([
    ['silent at CONNECT', secure, 'http'],
    ['silent at TLS to itself', plain, 'https'],
  ])('%s is given up', async (_, url, scheme) => {
    const silent = await proxyThat(() => {});
    const proxy = parseProxy(`${scheme}://${silent.name}`);
    const opening = openConnection({ origin: url, proxy }, 200, () => {});
    await expect(opening).rejects.toMatchObject({ code: expect.stringMatching(/^proxy_(timeout|unreachable)$/) });
  });

  test('a proxy that does not know TLS is not spoken to in it', async () => {
    const { name } = await proxyThat(saying(answer('400 Bad Request')));
    const opening = openConnection({ origin: plain, proxy: parseProxy(`https://${name}`) }, 2000, () => {});
    await expect(opening).rejects.toMatchObject({ code: 'proxy_unreachable' });
  });

  test('called off at any time, nothing of it is left', async () => {
    const sockets = new Set<Socket>();
    const proxy = await proxyThat((socket) => {
      sockets.add(socket.resume());
      socket.once('close', () => sockets.delete(socket));
    });
    for (const turns of [0, 1, 5, 20]) {
      let tcp: Socket | undefined;
      const opening = openConnection({ origin: secure, proxy }, 10_000, (socket) => {
        tcp = socket;
      });
      opening.catch(() => {});
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
      tcp?.destroy();
      await expect(opening).rejects.toMatchObject({ code: 'proxy_unreachable' });
    }
    while (sockets.size > 0) await new Promise(setImmediate);
  });
});

test('HEAD through a proxy that refuses', async () => {
  const proxy = await proxyThat(saying('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n'));
  const account = { endpoint: plain.origin, bucket: 'B', accessKey: 'key', secretKey: 'secret' };
  const client = new S3Client(account, () => proxy);
  onTestFinished(() => client.drop());
  await expect(headObject(client, 'k', signal)).rejects.toMatchObject({ code: 'proxy_auth' });
});
