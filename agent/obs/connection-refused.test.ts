import { once } from 'node:events';
import { utimes } from 'node:fs/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { discoverWebsocket } from './discovery.ts';
import { ObsFixture } from './obs-fixture.ts';

describe('the password', () => {
  test('that OBS’s own configuration names lets us in', async () => {
    const fixture = await ObsFixture.start();
    const found = await discoverWebsocket([fixture.obs.configDir]);
    fixture.target = { ...fixture.target, password: found?.password ?? null, found };
    const { connection } = await fixture.connected();
    expect(connection).toMatchObject({ state: 'connected', problem: null, readback: { obsVersion: '32.2.2' } });
    expect(connection.address).toBe(`127.0.0.1:${fixture.obs.port}`);
  });

  test.each([['wrong'], [null]])('%j is refused, and not sent a second time', async (password) => {
    const fixture = await ObsFixture.start();
    fixture.target = { ...fixture.target, password };
    const { connection, events } = fixture.connect();
    await fixture.until('refused', () => connection.state === 'refused');
    expect(connection.problem?.code).toBe('obs_password_wrong');
    expect(connection.unavailable().code).toBe('obs_password_wrong');
    const { asked } = fixture;
    await fixture.until('several looks for another password', () => fixture.asked >= asked + 5);
    expect(fixture.obs.connections).toBe(1);
    expect(events).toEqual([]);
  });

  test('that is corrected is tried at once', async () => {
    const fixture = await ObsFixture.start();
    const { target } = fixture;
    fixture.target = { ...target, password: 'wrong' };
    const { connection } = fixture.connect();
    await fixture.until('refused', () => connection.state === 'refused');
    fixture.target = { ...target, password: 'wrong too' };
    await fixture.until('refused again', () => connection.state === 'refused' && fixture.obs.connections === 2);
    fixture.target = target;
    await fixture.until('connected', () => connection.connected);
    expect(fixture.obs.connections).toBe(3);
  });

  test('is tried again when OBS wrote its configuration anew', async () => {
    const fixture = await ObsFixture.start();
    const { configDir } = fixture.obs;
    fixture.target = { ...fixture.target, password: 'wrong', found: await discoverWebsocket([configDir]) };
    const { connection } = fixture.connect();
    await fixture.until('refused', () => connection.state === 'refused');
    const file = fixture.target.found?.file ?? '';
    await utimes(file, new Date(), new Date(Date.now() + 5000));
    fixture.target = { ...fixture.target, found: await discoverWebsocket([configDir]) };
    await fixture.until('tried again', () => fixture.obs.connections === 2 && connection.state === 'refused');
  });
});

test.each([
  [4010, 'obs_too_old'],
  [4011, 'obs_session_ended'],
])('OBS that closes with %i has refused us: %s', async (code, problem) => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  server.on('connection', (socket: WebSocket) => socket.close(code, 'no'));
  const fixture = await ObsFixture.start();
  const address = server.address();
  fixture.target = { ...fixture.target, port: typeof address === 'object' ? (address?.port ?? 0) : 0 };
  const { connection } = fixture.connect();
  await fixture.until('refused', () => connection.state === 'refused');
  expect(connection.problem?.code).toBe(problem);
});
