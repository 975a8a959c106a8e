import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../scripts/rig/free-port.ts';
import { hasIpv6 } from '../../scripts/rig/listen.ts';
import type { Language } from '../../shared/errors.ts';
import { createLog } from '../log.ts';
import { Access } from './access.ts';
import { type FakeAgent, fakeServices, session, startFakeAgent, testToken } from './agent-fixture.ts';
import { probe } from './http-fixture.ts';
import { connectLive } from './live-fixture.ts';
import { type RunningServer, startServer } from './server.ts';
import { mostUnproven } from './unproven.ts';

let agent: FakeAgent | undefined;
afterEach(async () => {
  await agent?.close();
  agent = undefined;
});
const start = (host: string, port: number, language: Language = 'en', dockDir = 'nowhere') =>
  startServer({
    services: fakeServices().services,
    host,
    port,
    access: new Access(testToken),
    dockDir,
    devOrigin: null,
    log: createLog({ level: 'silent' }),
    language,
  });

describe('starting', () => {
  test('says which port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    await expect(start('127.0.0.1', port)).rejects.toMatchObject({ code: 'port_in_use', params: { port } });
    other.close();
  });

  test.each([
    ['en', 'no address of this machine'],
    ['fr', 'pas une adresse de cette machine'],
  ] as const)('says that an address is not this machine’s: %s', async (language, reason) => {
    // TEST-NET-1 (RFC 5737): nobody’s.
    await expect(start('192.0.2.1', 0, language)).rejects.toMatchObject({
      code: 'config_invalid',
      params: { variable: 'AGENT_HOST', reason: expect.stringContaining(reason) },
    });
  });

  test.skipIf(process.platform === 'win32')(
    'lets nobody in before it can answer, however slow the disk is',
    async () => {
      const folder = await mkdtemp(path.join(tmpdir(), 'streamai-server-'));
      try {
        const page = path.join(folder, 'index.html');
        // A disk that is slow to give the page out: it comes when it is written.
        execFileSync('mkfifo', [page]);
        const port = await freePort();
        const starting = start('127.0.0.1', port, 'en', folder);
        const written = await open(page, 'w');
        const early = connect(port, '127.0.0.1');
        const [error] = await once(early, 'error', { signal: AbortSignal.timeout(5000) });
        expect(error).toMatchObject({ code: 'ECONNREFUSED' });
        await written.writeFile('<!doctype html>');
        await written.close();
        const server = await starting;
        expect((await probe(port, { path: '/api/health', headers: { host: `127.0.0.1:${port}` } })).status).toBe(200);
        await server.close();
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );

  test('answers under every address of the machine when it listens at all of them, and under no other name', async () => {
    const server = await start('0.0.0.0', 0);
    try {
      expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
      const ask = (host: string) => probe(server.port, { path: '/api/health', headers: { host } });
      expect((await ask(`localhost:${server.port}`)).status).toBe(200);
      expect((await ask(`evil.com:${server.port}`)).status).toBe(403);
    } finally {
      await server.close();
    }
  });
});

/** A page's address, status, and where it is sent on to. */
async function ask(address: string, url: string): Promise<{ status: number; location: string | undefined }> {
  const { hostname, port, host, pathname, search } = new URL(url);
  const request = get({ host: address, port, path: `${pathname}${search}`, headers: { host: host || hostname } });
  const [response] = await once(request, 'response');
  response.resume();
  return { status: response.statusCode, location: response.headers.location };
}

describe.skipIf(!hasIpv6)('localhost', () => {
  const servers: RunningServer[] = [];
  const at = async (host: string, port = 0): Promise<RunningServer> => {
    const server = await start(host, port);
    servers.push(server);
    return server;
  };
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });

  test('is ours at both of its addresses, and pages there are sent on to 127.0.0.1', async () => {
    const { port, url, localhostTaken } = await at('127.0.0.1');
    expect(localhostTaken).toBe(false);
    for (const address of ['127.0.0.1', '::1']) {
      for (const host of [`localhost:${port}`, `LocalHost:${port}`, `[::1]:${port}`]) {
        const there = (target: string) => ask(address, `http://${host}${target}`);
        expect(await there('/')).toEqual({ status: 308, location: `${url}/` });
        expect(await there('/assets/a.js?b=c')).toEqual({ status: 308, location: `${url}/assets/a.js?b=c` });
        expect(await there('//evil.example/')).toEqual({ status: 308, location: `${url}//evil.example/` });
        expect(await there('/api/health')).toEqual({ status: 200, location: undefined });
      }
    }
    // Not built here, but no redirect.
    expect(await ask('127.0.0.1', `${url}/`)).toEqual({ status: 404, location: undefined });
  });

  test('is free again when the server has ended', async () => {
    const { port } = await at('127.0.0.1');
    await servers.pop()?.close();
    const other = createServer().listen({ host: '::1', port, ipv6Only: true });
    await once(other, 'listening');
    other.close();
  });

  test('that a stranger has at [::1] is said, and no page is given or trusted there', async () => {
    const stranger = createServer().listen({ host: '::1', port: 0 });
    await once(stranger, 'listening');
    onTestFinished(() => void stranger.close());
    const address = stranger.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const { url, localhostTaken } = await at('127.0.0.1', port);
    expect(localhostTaken).toBe(true);
    expect(await ask('127.0.0.1', `http://localhost:${port}/`)).toEqual({ status: 308, location: `${url}/` });
  });

  test.each([
    ['localhost', '127.0.0.1'],
    ['0.0.0.0', '127.0.0.1'],
    ['::1', '[::1]'],
    ['0:0:0:0:0:0:0:1', '[::1]'],
  ])('AGENT_HOST=%s: pages are at %s', async (host, expected) => {
    const { port, url, localhostTaken } = await at(host);
    expect([url, localhostTaken]).toEqual([`http://${expected}:${port}`, false]);
    const address = expected === '[::1]' ? '::1' : expected;
    expect(await ask(address, `http://localhost:${port}/`)).toEqual({ status: 308, location: `${url}/` });
    expect((await ask(address, `${url}/`)).status).toBe(404);
  });

  test('at an IPv6 address of the machine no page is given where only those of IPv4 are listened at', async () => {
    const { port } = await at('0.0.0.0');
    const [foreign] = Object.values(networkInterfaces())
      .flatMap((all) => all ?? [])
      .filter(({ family, internal }) => family === 'IPv6' && !internal);
    const asked = await ask('127.0.0.1', `http://[${foreign?.address ?? 'fe80::1'}]:${port}/`);
    expect(asked.status).toBe(403);
  });
});

describe('connections without the token', () => {
  const open = async (port: number): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  /** A client of the live channel that says nothing. */
  const mute = async (port: number, host: string): Promise<Socket> => {
    const socket = await open(port);
    const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==';
    socket.write(`GET /ws HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n\r\n`);
    await once(socket, 'data');
    return socket;
  };

  test.each(['silent ones', 'mute clients of the live channel'])(
    '%s keep nobody out: the oldest make way',
    async (kind) => {
      agent = await startFakeAgent();
      const { port, host } = agent;
      const dock = await connectLive(host, testToken);
      const strangers: Socket[] = [];
      for (let number = 0; number < 300; number++) {
        strangers.push(kind === 'silent ones' ? await open(port) : await mute(port, host));
      }
      // A page that is opened now, its calls, its live channel; and the one that was open before.
      expect((await probe(port, { path: '/api/health', headers: { host } })).status).toBe(200);
      const bearer = { host, authorization: `Bearer ${testToken}` };
      expect((await probe(port, { path: '/api/integrated/status', headers: bearer })).status).toBe(200);
      const other = await connectLive(host, testToken);
      agent.services.live.publish('session_deleted', { sessionId: 'x' });
      await Promise.all([dock.received(2), other.received(2)]);
      await expect.poll(() => strangers.filter(({ destroyed }) => !destroyed).length).toBeLessThanOrEqual(mostUnproven);
      for (const socket of strangers) socket.destroy();
    },
  );

  test('have the time for a request’s head that is said, and not 30 s more', async () => {
    const server = await startServer({
      ...{
        services: fakeServices().services,
        host: '127.0.0.1',
        port: 0,
        access: new Access(testToken),
        dockDir: 'nowhere',
      },
      ...{ devOrigin: null, log: createLog({ level: 'silent' }), headersMs: 300 },
    });
    const socket = await open(server.port);
    const began = performance.now();
    const drip = setInterval(() => socket.write('x'), 50);
    socket.write('GET /api/health HTTP/1.1\r\nX: ');
    await once(socket.resume(), 'close', { signal: AbortSignal.timeout(10_000) });
    clearInterval(drip);
    expect(performance.now() - began).toBeLessThan(5000);
    await server.close();
  });
});

describe('closing', () => {
  test('lets an answer under way finish', async () => {
    agent = await startFakeAgent();
    const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>();
    const { promise: confirmed, resolve: confirm } = Promise.withResolvers<typeof session>();
    agent.services.recorder.stop = () => {
      isAsked();
      return confirmed;
    };
    const headers = { authorization: `Bearer ${testToken}` };
    const answer = probe(agent.port, { method: 'POST', path: '/api/integrated/recording/stop', headers });
    await asked;
    const closing = agent.close();
    confirm(session);
    expect((await answer).status).toBe(200);
    await closing;
  });

  test('waits neither for idle connections nor for requests that never end', async () => {
    agent = await startFakeAgent();
    const idle = connect(agent.port, '127.0.0.1');
    idle.write(`GET /api/health HTTP/1.1\r\nHost: ${agent.host}\r\n\r\n`);
    await once(idle, 'data');
    const half = connect(agent.port, '127.0.0.1');
    half.write(`POST /api/health HTTP/1.1\r\nHost: ${agent.host}\r\nContent-Le`);
    const silent = connect(agent.port, '127.0.0.1');
    await Promise.all([once(half, 'connect'), once(silent, 'connect')]);
    const ends = [idle, half, silent].map((socket) => {
      // Being cut off is what this is about.
      socket.on('error', () => {});
      return new Promise((resolve) => socket.on('close', resolve));
    });
    await agent.close();
    await Promise.all(ends);
  });
});

describe('closing for good', () => {
  test('cuts off an answer that never comes', async () => {
    agent = await startFakeAgent();
    const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>();
    agent.services.recorder.stop = () => {
      isAsked();
      return new Promise(() => {});
    };
    const headers = { authorization: `Bearer ${testToken}` };
    const answer = probe(agent.port, { method: 'POST', path: '/api/integrated/recording/stop', headers });
    const cut = expect(answer).rejects.toThrow();
    await asked;
    await agent.close();
    await cut;
  });
});

describe('what is no HTTP', () => {
  test.each([
    ['nonsense', 'nonsense\r\n\r\n', 400],
    ['a header above the limit', `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ])('%s is refused and the connection ended', async (_, bytes, status) => {
    agent = await startFakeAgent();
    const socket = connect(agent.port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => {});
    socket.write(bytes);
    await once(socket, 'close', { signal: AbortSignal.timeout(5000) });
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });
});
