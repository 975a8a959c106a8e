import { describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../scripts/rig/free-port.ts';
import { createLog } from '../log.ts';
import { ObsConnection, socketUrl } from './connection.ts';
import { connectionLimits, retryDelay } from './connection-limits.ts';
import { discoverWebsocket } from './discovery.ts';
import { ObsFixture } from './obs-fixture.ts';

const types = (events: readonly { readonly type: string }[]): string[] => events.map(({ type }) => type);

describe('an OBS that is not there', () => {
  test('is tried for ever, ever more rarely, and often again after a connection was lost', async () => {
    const fixture = await ObsFixture.start();
    const { obs } = fixture;
    await obs.kill();
    const failed: number[] = [];
    const retryMs = (count: number): number => {
      failed.push(count);
      return 1;
    };
    const { connection } = fixture.connect({ retryMs });
    await fixture.until('several attempts', () => failed.length >= 4);
    expect(failed.slice(0, 4)).toEqual([0, 1, 2, 3]);
    expect(connection).toMatchObject({ state: 'waiting', problem: { code: 'obs_not_connected' }, readback: null });
    await obs.restart();
    await fixture.until('connected', () => connection.connected);
    failed.length = 0;
    obs.dropConnections();
    await fixture.until('lost', () => failed.length > 0);
    expect(failed[0]).toBe(0);
  });

  test('is waited for from half a second up to ten, spread by a quarter', () => {
    const delays = (random: number): number[] => [0, 1, 2, 6, 7, 1000].map((failed) => retryDelay(failed, random));
    expect(delays(0.5).map(Math.round)).toEqual([500, 800, 1280, 8389, 10_000, 10_000]);
    expect(delays(0)[0]).toBe(375);
    expect(delays(1).at(-1)).toBe(12_500);
    expect(connectionLimits.retryMs(1000)).toBeGreaterThanOrEqual(7500);
  });

  test('may have its WebSocket server switched off: its configuration says so', async () => {
    const fixture = await ObsFixture.start({ websocket: false });
    const found = await discoverWebsocket([fixture.obs.configDir]);
    fixture.target = { ...fixture.target, port: await freePort(), found };
    const { connection } = fixture.connect();
    await fixture.until('known', () => connection.problem);
    expect(connection).toMatchObject({ state: 'waiting', problem: { code: 'obs_websocket_disabled' } });
    expect(connection.unavailable().code).toBe('obs_websocket_disabled');
  });

  test('is told of once: the attempts that follow are not news', async () => {
    const fixture = await ObsFixture.start();
    await fixture.obs.kill();
    const { connection } = fixture.connect();
    let news = 0;
    connection.onStatus(() => {
      news += 1;
    });
    await fixture.until('several attempts', () => fixture.asked >= 5);
    expect(news).toBe(1);
  });
});

test('an OBS that still starts is tried until it answers', async () => {
  const fixture = await ObsFixture.start({ misbehave: { starting: true } });
  const { connection, events } = fixture.connect();
  await fixture.until('several attempts', () => fixture.obs.connections >= 3);
  expect(connection.connected).toBe(false);
  fixture.obs.misbehave({ starting: false });
  await fixture.until('connected', () => connection.connected);
  expect(types(events)).toEqual(['connected']);
});

describe('events', () => {
  test('that OBS sends while it is asked how things stand come after `connected`, in their order', async () => {
    const fixture = await ObsFixture.start();
    fixture.obs.misbehave({ answerDelayMs: 40 });
    const { events } = fixture.connect();
    await fixture.record();
    await fixture.stop();
    await fixture.until('the last event', () => events.length === 5);
    expect(types(events)).toEqual(['connected', ...Array(4).fill('record_state')]);
    const states = events.flatMap((event) => (event.type === 'record_state' ? [event.state] : []));
    expect(states).toEqual(['starting', 'started', 'stopping', 'stopped']);
  });

  test('that make no sense are dropped and logged', async () => {
    const fixture = await ObsFixture.start();
    const warned: string[] = [];
    const log = {
      ...createLog({ level: 'silent' }),
      warn: (...words: unknown[]) => void warned.push(String(words[1])),
    };
    const { connection, events } = fixture.connect({}, log);
    await fixture.until('connected', () => connection.connected);
    // A profile's name of that length is no name.
    fixture.obs.switchProfile('x'.repeat(2000));
    fixture.obs.switchProfile('Other');
    await fixture.until('the one that does', () => events.length === 2);
    expect(events.at(-1)).toEqual({ type: 'profile_changed', profile: 'Other' });
    connection.close();
    expect(warned).toEqual(['OBS sent events that make no sense']);
  });

  test('reach every listener, also when one of them fails', async () => {
    const fixture = await ObsFixture.start();
    const { connection } = fixture.connection();
    connection.on(() => {
      throw new Error('a fault of ours');
    });
    const heard: string[] = [];
    const end = connection.on(({ type }) => heard.push(type));
    connection.start();
    await fixture.until('connected', () => connection.connected);
    fixture.obs.switchProfile('Other');
    // OBS sends its answer after the event.
    await connection.ask('GetStats');
    expect(heard).toEqual(['connected', 'profile_changed']);
    end();
    fixture.obs.switchProfile('Third');
    await connection.ask('GetStats');
    expect(heard).toHaveLength(2);
  });
});

describe('a connection', () => {
  test('that is lost is told once, and comes back with what is true then', async () => {
    const fixture = await ObsFixture.start();
    const { connection, events } = await fixture.connected();
    await fixture.record();
    fixture.obs.dropConnections();
    await fixture.until('back', () => types(events).filter((type) => type === 'connected').length === 2);
    expect(types(events)).toEqual(['connected', 'record_state', 'record_state', 'disconnected', 'connected']);
    expect(connection.readback?.recording).toMatchObject({ active: true, path: fixture.file });
  });

  test('that is dropped for another address is lost, also when nobody is there', async () => {
    const fixture = await ObsFixture.start();
    const { connection, events } = await fixture.connected();
    fixture.target = { ...fixture.target, port: await freePort() };
    connection.reconnect();
    expect(connection.connected).toBe(false);
    await fixture.until('nobody there', () => connection.state === 'waiting');
    expect(types(events)).toEqual(['connected', 'disconnected']);
  });

  test('is tried at once when somebody asks for it', async () => {
    const fixture = await ObsFixture.start();
    await fixture.obs.kill();
    const { connection } = fixture.connect({ retryMs: () => 60_000 });
    await fixture.until('waiting', () => connection.state === 'waiting');
    await fixture.obs.restart();
    connection.reconnect();
    await fixture.until('connected', () => connection.connected);
  });

  test('whose OBS is silent twice is given up, and stands again once it speaks', async () => {
    const fixture = await ObsFixture.start();
    const { connection, events } = await fixture.connected({ callMs: 60, heartbeatMs: 10 });
    fixture.obs.misbehave({ unanswered: ['*'] });
    await fixture.until('given up', () => types(events).includes('disconnected'));
    const silent = (await fixture.obs.log()).split('\n').filter((line) => line.includes('GetStats')).length;
    expect(silent).toBeGreaterThanOrEqual(3);
    fixture.obs.misbehave({ unanswered: [] });
    await fixture.until('connected', () => connection.connected);
  });

  test('whose OBS is silent once stands', async () => {
    const fixture = await ObsFixture.start();
    const { connection, events } = await fixture.connected({ callMs: 200, heartbeatMs: 10 });
    const beats = async (): Promise<number> => (await fixture.obs.log()).match(/GetStats/g)?.length ?? 0;
    const before = await beats();
    fixture.obs.misbehave({ unanswered: ['GetStats'] });
    await expect.poll(beats, { interval: 5, timeout: 5000 }).toBeGreaterThan(before);
    fixture.obs.misbehave({ unanswered: ['GetVersion'] });
    // Until this ends, every beat that OBS was silent at has ended too.
    await expect(connection.ask('GetVersion')).rejects.toMatchObject({ code: 'obs_timeout' });
    expect(types(events)).toEqual(['connected']);
  });

  test('whose OBS declines to answer stands: it is alive', async () => {
    const fixture = await ObsFixture.start();
    const { events } = await fixture.connected({ heartbeatMs: 5 });
    fixture.obs.misbehave({ starting: true });
    const declined = async (): Promise<number> => (await fixture.obs.log()).match(/GetStats.*→ 207/g)?.length ?? 0;
    await expect.poll(declined, { interval: 5, timeout: 5000 }).toBeGreaterThan(4);
    expect(types(events)).toEqual(['connected']);
  });

  test('that was closed never comes back, and what was asked over it ends', async () => {
    const fixture = await ObsFixture.start();
    const { connection, events } = await fixture.connected();
    fixture.obs.misbehave({ unanswered: ['GetStats'] });
    const asked = connection.ask('GetStats');
    connection.close();
    await expect(asked).rejects.toMatchObject({ code: 'obs_not_connected' });
    connection.reconnect();
    await expect(connection.ask('GetStats')).rejects.toMatchObject({ code: 'obs_not_connected' });
    expect(fixture.asked).toBe(1);
    expect(types(events)).toEqual(['connected']);
  });
});

describe('a call', () => {
  test('that OBS never answers ends', async () => {
    const fixture = await ObsFixture.start();
    const { connection } = await fixture.connected({ callMs: 30 });
    fixture.obs.misbehave({ unanswered: ['GetStats'] });
    await expect(connection.ask('GetStats')).rejects.toMatchObject({ code: 'obs_timeout' });
    expect(connection.connected).toBe(true);
  });

  test('ends at once when the connection is lost', async () => {
    const fixture = await ObsFixture.start();
    const { connection } = await fixture.connected({ callMs: 60_000 });
    fixture.obs.misbehave({ unanswered: ['GetStats'] });
    const asked = connection.ask('GetStats');
    fixture.obs.dropConnections();
    await expect(asked).rejects.toMatchObject({ code: 'obs_not_connected' });
  });

  test('is refused before there is a connection', async () => {
    const fixture = await ObsFixture.start();
    const { connection } = fixture.connection();
    await expect(connection.send('StartRecord')).rejects.toMatchObject({ code: 'obs_not_connected' });
  });

  test('whose answer makes no sense is OBS’s refusal', async () => {
    const fixture = await ObsFixture.start();
    const { connection } = await fixture.connected();
    const parameter = { parameterCategory: 'a', parameterName: 'b' };
    await fixture.setProfile('a', 'b', 'x'.repeat(2000));
    await expect(connection.ask('GetProfileParameter', parameter)).rejects.toMatchObject({
      code: 'obs_refused',
      params: { reason: 'GetProfileParameter?' },
    });
  });
});

test('an IPv6 address stands in brackets', () => {
  expect(socketUrl({ host: '::1', port: 4455 })).toBe('ws://[::1]:4455');
  expect(socketUrl({ host: 'localhost', port: 4455 })).toBe('ws://localhost:4455');
});

test.each([
  // Nobody listens there; it is this machine, but not by its name.
  ['0.0.0.0', 'obs_not_reachable', '0.0.0.0:1', 'OBS_HOST'],
  // Longer than a name's parts can be: no resolver is asked.
  ['x'.repeat(64), 'obs_host_not_found', 'x'.repeat(64), 'OBS_HOST'],
] as const)('an OBS at %s that is not there is named, and not blamed', async (host, code, named, fix) => {
  const connection = new ObsConnection({
    target: async () => ({ host, port: 1, password: null, found: null }),
    log: createLog({ level: 'silent' }),
  });
  onTestFinished(() => connection.close());
  const known = new Promise<void>((resolve) => connection.onStatus(() => connection.problem && resolve()));
  connection.start();
  await known;
  expect(connection).toMatchObject({ state: 'waiting', problem: { code } });
  expect(connection.problem?.message).toContain(named);
  expect(connection.problem?.fix).toContain(fix);
  expect(connection.unavailable()).toMatchObject({ code, message: connection.problem?.message });
});
