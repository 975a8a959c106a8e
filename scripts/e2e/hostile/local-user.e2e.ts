/**
 * Programs of this machine's other users, who can reach the running agent's port and have no token: whatever bytes they send, they
 * learn nothing, change nothing and keep nobody else out.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { wrongAuthorizations } from '../../../agent/http/foreign-requests-fixture.ts';
import { liveCloseCodes } from '../../../shared/live.ts';
import { expectSmall } from './held-fixture.ts';
import { countAs } from './hostile-table-fixture.ts';
import { LoneAgent } from './lone-agent-fixture.ts';
import { exchangeRaw } from './raw-exchange-fixture.ts';
import { smugglingRequests } from './smuggling-fixture.ts';

let victim: LoneAgent;
let before: unknown;
/** Has nothing to do with the others, who would drive its slow client out. */
let patient: LoneAgent;
/** How long somebody could send his headers, a byte each half second; ms. */
let dripped: Promise<number>;

beforeAll(async () => {
  [victim, patient] = await Promise.all([LoneAgent.start(), LoneAgent.start()]);
  dripped = drip(patient.port);
  before = await victim.state();
});
afterAll(async () => {
  await Promise.all([victim?.dispose(), patient?.dispose()]);
});

async function drip(port: number): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  const startedAt = performance.now();
  socket.write(`GET /api/health HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-Slow: `);
  const drops = setInterval(() => socket.write('x'), 500);
  await once(socket.resume(), 'close').finally(() => clearInterval(drops));
  return performance.now() - startedAt;
}
afterEach(async () => {
  await victim.expectWell();
  expect(await victim.state()).toEqual(before);
});
countAs('local user');

/** Any: the table's own are put in its place. */
const [token, host] = ['t0ken-0f-the-table', 'host-of-the-table'];

test.each(wrongAuthorizations(token))('Authorization: %s is not the token', async (authorization) => {
  const line = authorization.replaceAll(token, victim.agent.token).replaceAll(token.toUpperCase(), () => {
    return victim.agent.token.toUpperCase();
  });
  for (const [method, path] of [
    ['GET', '/api/settings'],
    ['GET', '/api/obs/connection'],
    ['GET', '/api/openapi.json'],
    ['POST', '/api/integrated/recording/stop'],
    ['POST', '/api/shutdown'],
    ['GET', '/api/none'],
  ]) {
    const { statuses, text } = await exchangeRaw(
      victim.port,
      Buffer.from(
        `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${victim.port}\r\nConnection: close\r\nAuthorization: ${line}\r\n\r\n`,
      ),
    );
    expect(statuses, text).toEqual([401]);
  }
});

describe('no HTTP, or a request within a request', () => {
  test.each(smugglingRequests(host))('%s', async (_, bytes) => {
    const sent = bytes.replaceAll(host, `127.0.0.1:${victim.port}`);
    const { statuses, text } = await exchangeRaw(victim.port, Buffer.from(sent, 'latin1'));
    expect(
      statuses.filter((status) => status < 400),
      text,
    ).toEqual([]);
    expect(text).not.toMatch(/"healthy"|node_modules|at \w+ \(/);
  });
});

describe('the live channel', () => {
  /** @returns its close code, and how many messages came before */
  async function knock(talk: (socket: WebSocket) => void): Promise<{ code: number; messages: number }> {
    const socket = new WebSocket(`ws://127.0.0.1:${victim.port}/ws`);
    let told = '';
    socket.on('message', (data) => {
      told += String(data);
    });
    socket.on('error', () => {});
    await once(socket, 'open');
    talk(socket);
    const [code] = await once(socket, 'close', { signal: AbortSignal.timeout(15_000) });
    expect(told).not.toContain('"snapshot"');
    expect(told).not.toContain(victim.agent.token);
    return { code: Number(code), messages: told.length };
  }
  const hello = (fields: object): string => JSON.stringify({ type: 'hello', ...fields });

  test.each<[string, (socket: WebSocket) => void]>([
    ['nothing', () => {}],
    ['no JSON', (socket) => socket.send('hello')],
    ['an empty message', (socket) => socket.send('')],
    ['a list', (socket) => socket.send('[]')],
    ['null', (socket) => socket.send('null')],
    ['a hello without a token', (socket) => socket.send(hello({}))],
    ['an empty token', (socket) => socket.send(hello({ token: '' }))],
    ['a wrong token', (socket) => socket.send(hello({ token: 'x'.repeat(43) }))],
    ['a number as token', (socket) => socket.send(hello({ token: 1 }))],
    ['a list of tokens', (socket) => socket.send(hello({ token: ['x'] }))],
    ['null as token', (socket) => socket.send(hello({ token: null }))],
    ['a condition as token', (socket) => socket.send(hello({ token: { $ne: null } }))],
    ['a very long token', (socket) => socket.send(hello({ token: 'x'.repeat(10_000) }))],
    ['a prototype', (socket) => socket.send('{"__proto__": {"token": "x"}, "type": "hello"}')],
    ['a snapshot', (socket) => socket.send('{"type": "snapshot", "data": {}}')],
    ['a ping before the hello', (socket) => socket.send('{"type": "ping"}')],
    ['hello in binary', (socket) => socket.send(Buffer.from(hello({ token: 'x' })))],
    ['more than a message may have', (socket) => socket.send('x'.repeat(1_000_000))],
    ['deep JSON', (socket) => socket.send('['.repeat(8000))],
    ['a text that is no UTF-8', (socket) => socket.send(Buffer.from([0xff, 0xfe, 0xc0, 0x80]), { binary: false })],
    ['two wrong hellos', (socket) => ['a', 'b'].forEach((each) => void socket.send(hello({ token: each })))],
    ['a thousand pings', (socket) => Array.from({ length: 1000 }, () => socket.ping())],
    [
      'pieces without an end',
      (socket) => Array.from({ length: 100 }, () => socket.send('x'.repeat(1000), { fin: false })),
    ],
  ])('tells nothing to who says %s', async (_, talk) => {
    const { code } = await knock(talk);
    // By RFC 6455: a broken protocol, a kind of data or a size that is not taken, no UTF-8; 1006: cut off.
    expect([1002, 1003, 1006, 1007, 1009, ...Object.values(liveCloseCodes)]).toContain(code);
  });

  /** Frames by RFC 6455 that none may send. */
  const frames: [string, string][] = [
    ['without a mask', '8105hello'],
    ['with a reserved bit', 'c18500000000hello'],
    ['of an unknown kind', '838500000000hello'],
    ['a control frame in pieces', '098500000000hello'],
    ['a control frame that is too long', `89fe007e00000000${'00'.repeat(126)}`],
    ['a piece of nothing', '808500000000hello'],
    ['a length beyond 63 bits', '81ffffffffffffffffff00000000'],
    ['a length of 2^53', '81ff002000000000000000000000'],
    ['a close code that is none', '8882000000000001'],
    ['a close with one byte', '88810000000001'],
  ];
  test.each(frames)('a frame %s ends the connection', async (_, frame) => {
    const handshake = [
      'GET /ws HTTP/1.1',
      `Host: 127.0.0.1:${victim.port}`,
      ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
      ...['Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', '', ''],
    ].join('\r\n');
    const bytes = Buffer.from(frame.replace(/hello/, Buffer.from('hello').toString('hex')), 'hex');
    const { text } = await exchangeRaw(victim.port, Buffer.concat([Buffer.from(handshake), bytes]));
    expect(text).toMatch(/^HTTP\/1\.1 101 /);
    expect(text).not.toContain('"snapshot"');
  });

  test.each([
    ['another version', { 'Sec-WebSocket-Version': '12' }],
    ['no key', { 'Sec-WebSocket-Key': '' }],
    ['a short key', { 'Sec-WebSocket-Key': 'AAAA' }],
    ['another protocol', { Upgrade: 'h2c' }],
    [
      'compression, however configured',
      { 'Sec-WebSocket-Extensions': 'permessage-deflate; server_max_window_bits=99' },
    ],
  ])('is not opened with %s', async (_, headers) => {
    const all = {
      ...{ Host: `127.0.0.1:${victim.port}`, Connection: 'Upgrade', Upgrade: 'websocket' },
      ...{ 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==', ...headers },
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    const { text } = await exchangeRaw(victim.port, `GET /ws HTTP/1.1\r\n${lines.join('')}\r\nhello`);
    expect(text).not.toContain('"snapshot"');
  });
});

describe('who takes his time', () => {
  test.each<[string, (host: string) => string]>([
    ['says nothing', () => ''],
    ['never ends his first line', () => 'GET /api'],
    ['never ends his headers', (name) => `GET / HTTP/1.1\r\nHost: ${name}\r\nX-`],
    ['never sends the body', (name) => `POST /api/settings HTTP/1.1\r\nHost: ${name}\r\nContent-Length: 10\r\n\r\n`],
  ])('%s, a hundred times over: everybody else is served', async (_, begin) => {
    const sockets = Array.from({ length: 100 }, () => connect(victim.port, '127.0.0.1'));
    for (const socket of sockets) {
      socket.on('error', () => {});
      socket.write(begin(`127.0.0.1:${victim.port}`));
    }
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    try {
      await victim.expectWell();
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });

  test('drips his headers: he has 10 s for them, as the agent runs, and not much more', {
    timeout: 30_000,
  }, async () => {
    const ms = await dripped;
    expect(ms).toBeGreaterThan(9_900);
    expect(ms).toBeLessThan(16_000);
  });

  test('reads nothing of what he asked for, a thousand times over: memory stays', async () => {
    const socket = connect(victim.port, '127.0.0.1').pause();
    socket.on('error', () => {});
    socket.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${victim.port}\r\n\r\n`.repeat(1000));
    await victim.expectWell();
    await expectSmall(victim.agent.pid);
    socket.destroy();
  });
});
