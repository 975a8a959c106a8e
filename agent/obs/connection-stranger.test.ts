/** Whoever answers at OBS's address is a stranger at first: what is not OBS gets nothing, and OBS gets in as soon as it is there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { freePort } from '../../scripts/rig/free-port.ts';
import { createLog } from '../log.ts';
import { ObsConnection, type ObsTarget } from './connection.ts';
import type { FindOwner } from './known-socket.ts';
import { ObsFixture } from './obs-fixture.ts';

/** A program on OBS's port; what it is told. */
async function squatter(
  hello: object,
  port = 0,
  host = '127.0.0.1',
): Promise<{ port: number; heard: unknown[]; end: () => Promise<void> }> {
  const server = new WebSocketServer({ host, port, handleProtocols: () => 'obswebsocket.json' });
  const heard: unknown[] = [];
  server.on('connection', (socket: WebSocket) => {
    socket.on('message', (data) => heard.push(JSON.parse(String(data))));
    socket.on('error', () => {});
    // It never says goodbye, and says at once whatever it likes.
    socket.send(JSON.stringify({ op: 0, d: { obsWebSocketVersion: '5.7.4', rpcVersion: 1, ...hello } }));
    socket.send(JSON.stringify({ op: 2, d: { negotiatedRpcVersion: 1 } }));
    const eventData = { outputActive: true, outputState: 'OBS_WEBSOCKET_OUTPUT_STARTED', outputPath: '/etc/shadow' };
    socket.send(JSON.stringify({ op: 5, d: { eventType: 'RecordStateChanged', eventIntent: 64, eventData } }));
  });
  await once(server, 'listening');
  const end = async (): Promise<void> => {
    for (const client of server.clients) client.terminate();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  onTestFinished(end);
  const address = server.address();
  return { heard, end, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

test('one that asks for no password although one is known is not OBS; OBS, when it has its port again, is', async () => {
  const fixture = await ObsFixture.start();
  const { target } = fixture;
  const { port, heard, end } = await squatter({});
  fixture.target = { ...target, port };
  const { connection, events } = fixture.connect();
  await fixture.until('not taken for OBS', () => connection.problem?.code === 'obs_unauthenticated');
  expect(connection.state).toBe('waiting');
  expect(connection.unavailable().code).toBe('obs_unauthenticated');
  await fixture.until('tried again', () => fixture.asked >= 4);
  expect([heard, events]).toEqual([[], []]);
  await end();
  await fixture.obs.stop();
  fixture.target = target;
  await fixture.obs.restart();
  await fixture.until('connected', () => connection.connected);
  expect(connection.problem).toBeNull();
});

test('without a password known, one that asks for none is OBS', async () => {
  const fixture = await ObsFixture.start({ misbehave: { asksForNoPassword: true } });
  fixture.target = { ...fixture.target, password: null };
  await fixture.connected();
  const other = await ObsFixture.start({ misbehave: { asksForNoPassword: true } });
  const { connection } = other.connect();
  await other.until('not taken for OBS', () => connection.problem?.code === 'obs_unauthenticated');
});

/** A connection that is told whose program answers. */
function connectAs(fixture: ObsFixture, target: ObsTarget, ownerOf: FindOwner): ObsConnection {
  const log = createLog({ level: 'silent' });
  const connection = new ObsConnection({ target: async () => target, log, limits: { retryMs: () => 5 }, ownerOf });
  connection.onStatus(() => fixture.happened());
  onTestFinished(() => connection.close());
  connection.start();
  return connection;
}

test('a program of another user is not OBS, and gets nothing to guess the password from', async () => {
  const fixture = await ObsFixture.start();
  const challenge = { challenge: 'Y2hhbGxlbmdl', salt: 'c2FsdA==' };
  const { port, heard } = await squatter({ authentication: challenge });
  const connection = connectAs(fixture, { ...fixture.target, port }, async () => ({ uid: 65_534 }));
  await fixture.until('not taken for OBS', () => connection.problem?.code === 'obs_stranger');
  expect(connection.problem?.params).toEqual({ uid: 65_534 });
  expect(connection.unavailable().code).toBe('obs_stranger');
  expect(heard).toEqual([]);
});

test.each<[string, Awaited<ReturnType<FindOwner>>]>([
  ['the system’s', { uid: 0 }],
  ['one that shares no table with us', 'elsewhere'],
  ['one of which the system tells nothing', null],
])('%s is OBS', async (_what, owner) => {
  const fixture = await ObsFixture.start();
  const connection = connectAs(fixture, fixture.target, async () => owner);
  await fixture.until('connected', () => connection.connected);
});

test('one that is gone before anybody looked is not OBS', async () => {
  const fixture = await ObsFixture.start();
  const connection = connectAs(fixture, fixture.target, async () => 'gone');
  await fixture.until('not connected', () => connection.problem?.code === 'obs_not_connected');
});

test('localhost is 127.0.0.1 first: a stranger on ::1 does not win over OBS', async () => {
  const fixture = await ObsFixture.start();
  const { heard } = await squatter({}, fixture.obs.port, '::1');
  fixture.target = { ...fixture.target, host: 'localhost' };
  const { connection } = await fixture.connected();
  expect(connection.url).toBe(`ws://127.0.0.1:${fixture.obs.port}`);
  expect(connection.address).toBe(`localhost:${fixture.obs.port}`);
  expect(heard).toEqual([]);
});

test('and ::1 where nobody is there', async () => {
  const fixture = await ObsFixture.start();
  const port = await freePort();
  const { end } = await squatter({}, port, '::1');
  fixture.target = { ...fixture.target, host: 'localhost', port };
  const { connection } = fixture.connect();
  await fixture.until('who is there was asked', () => connection.problem?.code === 'obs_unauthenticated');
  await end();
});

test.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)(
  'a real program of another user is not OBS',
  async () => {
    const program = `
    import { WebSocketServer } from 'ws';
    process.seteuid(65534);
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => 'obswebsocket.json' });
    server.on('connection', (socket) => {
      socket.on('message', (data) => process.send(String(data)));
      const authentication = { challenge: 'Y2hhbGxlbmdl', salt: 'c2FsdA==' };
      socket.send(JSON.stringify({ op: 0, d: { obsWebSocketVersion: '5.7.4', rpcVersion: 1, authentication } }));
    });
    server.on('listening', () => process.send(server.address().port));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      cwd: path.resolve(import.meta.dirname, '../..'),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const said: unknown[] = [];
    child.on('message', (message) => said.push(message));
    const [port] = await once(child, 'message');
    const fixture = await ObsFixture.start();
    fixture.ownerOf = undefined;
    fixture.target = { ...fixture.target, port: Number(port) };
    const { connection } = fixture.connect();
    await fixture.until('not taken for OBS', () => connection.problem?.code === 'obs_stranger');
    expect(connection.problem?.params).toEqual({ uid: 65_534 });
    await fixture.until('tried again', () => fixture.asked >= 3);
    expect(said).toEqual([port]);
  },
);
