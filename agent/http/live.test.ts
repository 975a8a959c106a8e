import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { errorInfo, translateError } from '../../shared/errors.ts';
import { challengeSchema, liveCloseCodes, serverMessageSchema } from '../../shared/live.ts';
import { Access, proofs } from './access.ts';
import { type FakeAgent, session, startFakeAgent, testToken } from './agent-fixture.ts';
import { probe } from './http-fixture.ts';
import type { LiveLimits } from './live.ts';
import { connectLive } from './live-fixture.ts';
import { provenPage } from './page-fixture.ts';

let agent: FakeAgent;
beforeEach(async () => {
  agent = await startFakeAgent();
});
afterEach(() => agent.close());

/** Starts anew with other limits. */
async function withLimits(liveLimits: Partial<LiveLimits>): Promise<void> {
  await agent.close();
  agent = await startFakeAgent({ liveLimits });
}
const forget = (sessionId: string): void => agent.services.live.publish('session_deleted', { sessionId });
const ids = (messages: readonly { type: string; data: object }[]): unknown[] =>
  messages.map((message) => ('sessionId' in message.data ? message.data.sessionId : message.type));

describe('a client with the token', () => {
  test.each(['/ws', '/', '/ws?x=1'])('gets a snapshot, then events in order, at %s', async (path) => {
    const client = await connectLive(agent.host, testToken, path);
    agent.services.live.publish('session_updated', { ...session, revision: 2 });
    for (const id of ['a', 'b', 'c']) forget(id);
    const messages = await client.received(5);
    expect(messages.map(({ type }) => type)).toEqual([
      'snapshot',
      'session_updated',
      'session_deleted',
      'session_deleted',
      'session_deleted',
    ]);
    expect(ids(messages.slice(2))).toEqual(['a', 'b', 'c']);
    for (const message of messages) serverMessageSchema.parse(message);
  });

  test('is told what changed of a session, and gets all of it when it asks', async () => {
    const client = await connectLive(agent.host, testToken);
    const { live } = agent.services;
    const notice = errorInfo('file_missing', { file: 'a.mkv' });
    live.publish('session_updated', { ...session, revision: 2, notices: [notice] });
    client.send({ type: 'session', id: session.id });
    client.send({ type: 'session', id: 'forgotten' });
    const [, update, whole] = await client.received(3);
    expect(update?.data).toMatchObject({
      ...{ id: session.id, after: 1, revision: 2 },
      changes: [{ op: 'add', path: '/notices/0', value: notice }],
    });
    expect(whole).toMatchObject({ type: 'session', data: { ...session, revision: 2, notices: [notice] } });
    // In the reader's language.
    client.send({ type: 'language', language: 'fr' });
    await client.received(4);
    live.publish('session_updated', { ...session, revision: 3, notices: [notice, notice] });
    const [, , , , french] = await client.received(5);
    expect(french?.data).toMatchObject({ changes: [{ value: translateError(notice, 'fr') }] });
  });

  test('misses no event and gets none twice, whenever it comes', async () => {
    // The snapshot carries how many events went before it; what comes then must go on right there.
    let published = 0;
    await agent.close();
    const snapshot = (fake: FakeAgent['services']) => ({ ...fake.snapshot(), version: String(published) });
    agent = await startFakeAgent();
    const original = { ...agent.services };
    agent.services.snapshot = () => snapshot(original);
    const publishing = setInterval(() => forget(String(published++)), 1);
    try {
      const clients = await Promise.all(Array.from({ length: 10 }, () => connectLive(agent.host, testToken)));
      for (const client of clients) {
        const [first, ...events] = await client.received(20);
        const before = Number(first?.type === 'snapshot' ? first.data.version : Number.NaN);
        expect(ids(events)).toEqual(events.map((_, index) => String(before + index)));
      }
    } finally {
      clearInterval(publishing);
    }
  });

  test('may ping, and nothing else', async () => {
    const client = await connectLive(agent.host, testToken);
    client.send({ type: 'ping' });
    forget('after-ping');
    expect(ids(await client.received(2))).toEqual(['snapshot', 'after-ping']);
    client.send({ type: 'stop' });
    expect(await client.closed()).toBe(liveCloseCodes.invalidMessage);
  });

  test.each(['not json', '[]', 'null', '{"type":"hello","token":"again"}'])('that sends %s is closed', async (text) => {
    const client = await connectLive(agent.host, testToken);
    client.send(text);
    expect(await client.closed()).toBe(liveCloseCodes.invalidMessage);
  });

  test('that sends too large a message is closed', async () => {
    const client = await connectLive(agent.host, testToken);
    client.send('x'.repeat(17 * 1024));
    // RFC 6455: message too big.
    expect(await client.closed()).toBe(1009);
  });
});

describe('a client without it', () => {
  test.each([
    [{ type: 'hello', token: 'wrong' }, liveCloseCodes.unauthorized],
    [{ type: 'hello', token: '' }, liveCloseCodes.unauthorized],
    [{ type: 'hello' }, liveCloseCodes.invalidMessage],
    [{ type: 'hello', token: 7 }, liveCloseCodes.invalidMessage],
    [{ type: 'hello', token: 'x'.repeat(300) }, liveCloseCodes.invalidMessage],
    [{ type: 'ping' }, liveCloseCodes.invalidMessage],
    ['not json', liveCloseCodes.invalidMessage],
    ['null', liveCloseCodes.invalidMessage],
  ])('saying %j is closed and learns nothing', async (message, code) => {
    const client = await connectLive(agent.host);
    client.send(message);
    forget('secret');
    expect(await client.closed()).toBe(code);
    expect(client.messages).toEqual([]);
  });

  test('saying it in binary is closed', async () => {
    const client = await connectLive(agent.host);
    client.socket.send(Buffer.from(JSON.stringify({ type: 'hello', token: testToken })));
    expect(await client.closed()).toBe(liveCloseCodes.invalidMessage);
  });

  test('saying nothing is closed after a while', async () => {
    await withLimits({ helloMs: 50 });
    const client = await connectLive(agent.host);
    forget('secret');
    expect(await client.closed()).toBe(liveCloseCodes.helloTimeout);
    expect(client.messages).toEqual([]);
  });
});

describe('a page', () => {
  const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });
  const status = async (key: string): Promise<number> =>
    (await probe(agent.port, { path: '/api/settings', headers: { ...bearer(key), host: agent.host } })).status;

  test('proves that it has the token, sees that the agent has it, and gets a key for REST as long as it is connected', async () => {
    const { client, key } = await provenPage(agent.host, testToken);
    expect(client.messages.map(({ type }) => type)).toEqual(['challenge', 'snapshot']);
    expect(await status(key)).toBe(200);
    client.socket.close();
    await client.closed();
    await expect.poll(() => status(key)).toBe(401);
  });

  test('cannot use the key of another one, or of an earlier time', async () => {
    const first = await provenPage(agent.host, testToken);
    const client = await connectLive(agent.host);
    client.send({ type: 'hello', nonce: 'A'.repeat(43), origin: `http://${agent.host}` });
    await client.received(1);
    client.send({ type: 'proof', proof: first.key });
    expect(await client.closed()).toBe(liveCloseCodes.unauthorized);
    expect(client.messages.map(({ type }) => type)).toEqual(['challenge']);
  });

  test('that comes with the pass is told the token once both sides have proven to have the pass', async () => {
    const { client, key } = await provenPage(agent.host, agent.access.pass, true);
    expect(client.messages.map(({ type }) => type)).toEqual(['challenge', 'token', 'snapshot']);
    expect(client.messages[1]).toEqual({ type: 'token', data: { token: testToken } });
    expect(await status(key)).toBe(200);
    // By itself the pass lets nobody in.
    expect(await status(agent.access.pass)).toBe(401);
    const script = await connectLive(agent.host);
    script.send({ type: 'hello', token: agent.access.pass });
    expect(await script.closed()).toBe(liveCloseCodes.unauthorized);
  });

  test.each(['pass.of-another-agent', testToken])(
    'with what is no pass of this agent gets nothing: %s',
    async (pass) => {
      await expect(provenPage(agent.host, pass, true)).rejects.toThrow('the agent has not proven itself');
      const client = await connectLive(agent.host);
      const origin = `http://${agent.host}`;
      client.send({ type: 'hello', nonce: 'A'.repeat(43), origin, pass: true });
      const { nonce } = challengeSchema.parse((await client.received(1))[0]).data;
      client.send({ type: 'proof', proof: proofs(pass, origin, 'A'.repeat(43), nonce).page });
      expect(await client.closed()).toBe(liveCloseCodes.unauthorized);
      expect(client.messages.map(({ type }) => type)).toEqual(['challenge']);
    },
  );

  test('has another pass once the token is renewed, and in each agent', async () => {
    const access = new Access(testToken);
    const { pass } = access;
    expect(pass).toMatch(/^pass\.[\w-]{43}$/);
    expect(new Access(testToken).pass).not.toBe(pass);
    access.renew('another-token');
    expect(access.pass).not.toBe(pass);
  });

  test('with another token gets no snapshot', async () => {
    const client = await connectLive(agent.host);
    client.send({ type: 'hello', nonce: 'A'.repeat(43), origin: `http://${agent.host}` });
    const { nonce } = challengeSchema.parse((await client.received(1))[0]).data;
    client.send({ type: 'proof', proof: proofs('wrong', `http://${agent.host}`, 'A'.repeat(43), nonce).page });
    expect(await client.closed()).toBe(liveCloseCodes.unauthorized);
  });

  test.each([
    ['opened at another port: a stranger there would hand our proof on', 'http://127.0.0.1:1'],
    ['of another host', 'http://evil.com'],
    ['of no address', 'null'],
    ['opened as localhost, which a stranger may answer at [::1]', 'http://localhost:PORT'],
    ['opened at [::1]', 'http://[::1]:PORT'],
  ])('%s gets no proof', async (_, origin) => {
    const client = await connectLive(agent.host);
    client.send({ type: 'hello', nonce: 'A'.repeat(43), origin: origin.replace('PORT', String(agent.port)) });
    expect(await client.closed()).toBe(liveCloseCodes.unauthorized);
    expect(client.messages).toEqual([]);
  });

  test('that sends the token itself is refused, so that its person opens it anew', async () => {
    const socket = new WebSocket(`ws://${agent.host}/ws`, { origin: `http://${agent.host}` });
    socket.on('open', () => socket.send(JSON.stringify({ type: 'hello', token: testToken })));
    expect(await new Promise((resolve) => socket.on('close', resolve))).toBe(liveCloseCodes.unauthorized);
  });

  test.each([
    { type: 'proof', proof: 'A'.repeat(44) },
    { type: 'hello', nonce: 'short', origin: 'http://127.0.0.1' },
    { type: 'hello', nonce: 'A B'.repeat(20), origin: 'http://127.0.0.1' },
    { type: 'language', language: 'fr' },
  ])('that says %j first is closed', async (message) => {
    const client = await connectLive(agent.host);
    client.send(message);
    expect(await client.closed()).toBe(liveCloseCodes.invalidMessage);
  });

  test('that never answers the challenge is closed after a while', async () => {
    await withLimits({ helloMs: 50 });
    const client = await connectLive(agent.host);
    client.send({ type: 'hello', nonce: 'A'.repeat(43), origin: `http://${agent.host}` });
    forget('secret');
    expect(await client.closed()).toBe(liveCloseCodes.helloTimeout);
    expect(client.messages.map(({ type }) => type)).toEqual(['challenge']);
  });

  test('that changes its language begins with another snapshot', async () => {
    const { client } = await provenPage(agent.host, testToken);
    client.send({ type: 'language', language: 'fr' });
    const messages = await client.received(3);
    expect(messages.map(({ type }) => type)).toEqual(['challenge', 'snapshot', 'snapshot']);
  });

  test('and every other client is closed when the token is renewed, and the old one and its keys count no more', async () => {
    const page = await provenPage(agent.host, testToken);
    const script = await connectLive(agent.host, testToken);
    agent.access.renew('another-token-0123456789-0123456789-01234567');
    expect([await page.client.closed(), await script.closed()]).toEqual([4401, 4401]);
    expect([await status(page.key), await status(testToken)]).toEqual([401, 401]);
    expect(await status('another-token-0123456789-0123456789-01234567')).toBe(200);
  });
});

describe('limits', () => {
  test('refuses the client above the most before the handshake, and takes the next when one has gone', async () => {
    await withLimits({ clients: 2 });
    const first = await connectLive(agent.host, testToken);
    const second = await connectLive(agent.host, testToken);
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    };
    expect(await probe(agent.port, { path: '/ws', headers })).toMatchObject({ status: 503, code: 'too_many_clients' });
    first.socket.close();
    await first.closed();
    const third = await connectLive(agent.host, testToken);
    expect([second.socket.readyState, third.socket.readyState]).toEqual([WebSocket.OPEN, WebSocket.OPEN]);
  });

  test('cuts off a client that no longer answers, and keeps one that does', async () => {
    await withLimits({ pingMs: 50 });
    const gone = new WebSocket(`ws://${agent.host}/ws`, { autoPong: false });
    const end = new Promise((resolve) => gone.on('close', resolve));
    gone.on('open', () => gone.send(JSON.stringify({ type: 'hello', token: testToken })));
    const there = await connectLive(agent.host, testToken);
    // Cut off, not closed: nobody would read the goodbye.
    expect(await end).toBe(1006);
    forget('still-there');
    expect(ids(await there.received(2))).toEqual(['snapshot', 'still-there']);
  });

  test('closes a client that does not read, and goes on with the others', async () => {
    await withLimits({ bufferedBytes: 64 * 1024 });
    const slow = await connectLive(agent.host, testToken);
    const quick = await connectLive(agent.host, testToken);
    slow.socket.pause();
    const large = { ...session, notes: 'x'.repeat(256 * 1024) };
    // Enough to fill both ends' socket buffers; the quick one reads along.
    for (let count = 1; count <= 80; count++) {
      agent.services.live.publish('recording_stopped', large);
      await quick.received(count + 1);
    }
    slow.socket.resume();
    expect([liveCloseCodes.tooSlow, 1006]).toContain(await slow.closed());
    expect(slow.messages.length).toBeLessThan(quick.messages.length);
    expect(quick.messages).toHaveLength(81);
  });
});

describe('upgrades', () => {
  test.each([
    ['a foreign origin', { origin: 'http://evil.com' }],
    ['a null origin', { origin: 'null' }],
    ['a foreign host', { host: 'evil.com' }],
    ['Vite’s origin outside development', { origin: 'http://localhost:5173' }],
  ])('with %s get no handshake', async (_, headers) => {
    const socket = new WebSocket(`ws://${agent.host}/ws`, { headers });
    const status = await new Promise((resolve) => {
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
      socket.on('open', () => resolve('open'));
    });
    socket.on('error', () => {});
    socket.terminate();
    expect(status).toBe(403);
  });

  test.each([
    ['our own origin', {}],
    ['Vite’s, in development', { devOrigin: 'http://localhost:5173' }],
  ])('with %s are taken', async (_, options) => {
    await agent.close();
    agent = await startFakeAgent(options);
    const origin = 'devOrigin' in options ? 'http://localhost:5173' : `http://${agent.host}`;
    const socket = new WebSocket(`ws://${agent.host}/ws`, { origin });
    await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
    socket.close();
  });

  test('that are cut at once harm nobody', async () => {
    for (const host of [agent.host, 'evil.com']) {
      const socket = connect(agent.port, '127.0.0.1');
      socket.write(`GET /ws HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
      await new Promise((resolve) => socket.once('data', resolve));
      socket.resetAndDestroy();
    }
    const client = await connectLive(agent.host, testToken);
    expect(client.messages).toHaveLength(1);
  });
});

test('tells its clients when the agent goes', async () => {
  const client = await connectLive(agent.host, testToken);
  const silent = await connectLive(agent.host);
  await agent.close();
  expect([await client.closed(), await silent.closed()]).toEqual([1001, 1001]);
});

test('an agent that goes away tells its clients first, takes no new ones, and still answers what it was asked', async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<typeof session>();
  await agent.close();
  const { recorder } = agent.services;
  const stop = (): Promise<typeof session> => {
    asked.resolve();
    return answer.promise;
  };
  agent = await startFakeAgent({ services: { recorder: { ...recorder, stop } } });
  const client = await connectLive(agent.host, testToken);
  const url = `http://${agent.host}/api/integrated/recording/stop`;
  const stopping = fetch(url, { method: 'POST', headers: { authorization: `Bearer ${testToken}` } });
  await asked.promise;
  agent.goAway();
  expect(await client.closed()).toBe(1001);
  await expect(fetch(`http://${agent.host}/api/health`)).rejects.toThrow();
  answer.resolve(session);
  expect((await stopping).status).toBe(200);
});
