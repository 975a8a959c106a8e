/**
 * What a real OBS does rarely or never on command: dialogs, late finalising, lost connections, a full disk, odd events.
 * The agent is a real process; scripts/e2e/obs-contract.*.e2e.ts holds the simulated OBS against the real ones.
 */
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { obsConfigRoots } from '../../agent/obs/discovery.ts';
import type { ErrorInfo } from '../../shared/errors.ts';
import { type SimulatedObs, type SimulatedObsOptions, startSimulatedObs } from '../rig/simulated-obs.ts';
import { AgentProcess } from './agent-process.ts';
import { until } from './until.ts';
import { sha256Of, World } from './world.ts';

let world: World;
let obs: SimulatedObs;

/** The whole, ended after the test. */
async function start(options: Partial<SimulatedObsOptions> = {}, env: Record<string, string> = {}): Promise<void> {
  const started = await World.start({ obs: 'simulated', obsOptions: { kbps: 8000, ...options }, env });
  onTestFinished(() => started.dispose());
  world = started;
  if (!isSimulated(world.obs)) throw new Error('not the simulated OBS');
  obs = world.obs;
}

const isSimulated = (candidate: World['obs']): candidate is SimulatedObs => candidate.kind === 'simulated';

const api = (): World['agent']['api'] => world.agent.api;

async function fileNameFormat(): Promise<string | null> {
  const client = await world.obsClient();
  const parameter = { parameterCategory: 'Output', parameterName: 'FilenameFormatting' };
  return (await client.call('GetProfileParameter', parameter)).parameterValue;
}

/** One recording from start to proven arrival. */
async function recordAndArrive(sessionName: string): ReturnType<World['arrived']> {
  const { id } = await api().start({ sessionName });
  await world.written(500_000);
  await api().command('stop');
  const done = await world.arrived(id);
  await world.expectArrivedOnce(done);
  return done;
}

async function expectRefused(route: string, status: number, code: string): Promise<ErrorInfo> {
  const answer = await api().call('POST', `/api/integrated/recording/${route}`);
  expect(answer).toMatchObject({ status, body: { error: { code } } });
  return (answer.body as { error: ErrorInfo }).error;
}

test.each(['dialog', 'dialog-after-starting'] as const)('OBS shows a %s instead of starting', async (nextStart) => {
  await start();
  const before = await fileNameFormat();
  obs.misbehave({ nextStart });
  const startedAt = performance.now();
  const answer = await api().call('POST', '/api/integrated/recording/start', { sessionName: 'Never' });
  const seconds = (performance.now() - startedAt) / 1000;
  expect(answer).toMatchObject({ status: 504, body: { error: { code: 'obs_not_confirmed' } } });
  expect((answer.body as { error: ErrorInfo }).error.fix).toBeTruthy();
  expect(seconds).toBeGreaterThan(4);
  expect(seconds).toBeLessThan(8);
  expect(await fileNameFormat()).toBe(before);
  expect(await api().sessions()).toEqual([]);
  expect((await recordAndArrive('The next one')).name).toBe('The next one');
});

test('agent killed between naming the file and OBS’s start: OBS’s own format comes back, and the name is not lost if OBS did start', async () => {
  await start();
  const before = await fileNameFormat();
  for (const started of [false, true]) {
    obs.misbehave({ nextStart: 'dialog' });
    const answer = api().call('POST', '/api/integrated/recording/start', { sessionName: 'Named in vain' });
    answer.catch(() => undefined);
    await until('OBS has the name', async () => (await fileNameFormat()) === 'Named in vain');
    await world.agent.kill();
    obs.misbehave({ nextStart: 'normal' });
    if (started) await (await world.obsClient()).call('StartRecord');
    await world.agent.start();
    await until('OBS has its own format again', async () => (await fileNameFormat()) === before);
    if (!started) continue;
    const session = await world.agent.live.session('adopted', ({ state }) => state === 'recording');
    expect(session).toMatchObject({ name: 'Named in vain', startedBy: 'rest' });
    await world.written(500_000);
    await api().command('stop');
    await world.expectArrivedOnce(await world.arrived(session.id));
  }
  expect(await api().sessions()).toHaveLength(1);
});

test('header rewritten 3 s after STOPPED: what arrives is the final file', async () => {
  await start({ format: 'hybrid_mp4' });
  obs.misbehave({ finaliseDelayMs: 3000 });
  const { id } = await api().start({ sessionName: 'Late' });
  await world.written(500_000);
  await api().command('stop');
  const stopped = await world.agent.live.session('finalising', (session) => session.state === 'finalising');
  const unfinished = await sha256Of(stopped.recordings[0]?.path ?? '');
  const done = await world.arrived(id);
  expect(done.recordings[0]).toMatchObject({ finalised: true, container: 'mp4' });
  expect(done.recordings[0]?.uploads[0]?.sha256).not.toBe(unfinished);
  await world.expectArrivedOnce(done);
});

test('answers that come 1.5 s late', async () => {
  await start();
  obs.misbehave({ answerDelayMs: 1500 });
  const done = await recordAndArrive('Slow answers');
  expect(path.basename(done.recordings[0]?.path ?? '')).toBe('Slow answers.mkv');
});

test('no answers at all: each command ends with its own error, and works again later', async () => {
  await start();
  obs.misbehave({ unanswered: ['StartRecord', 'GetProfileParameter', 'SetProfileParameter', 'GetProfileList'] });
  const answer = await api().call('POST', '/api/integrated/recording/start', { sessionName: 'Mute' });
  expect(answer).toMatchObject({ status: 504, body: { error: { code: 'obs_timeout' } } });
  obs.misbehave({ unanswered: [] });
  await recordAndArrive('Talks again');
});

test('connection lost in mid-recording while OBS goes on: the same session goes on, nothing twice', async () => {
  await start();
  const { id } = await api().start({ sessionName: 'Lost line' });
  await world.written(500_000);
  for (let time = 0; time < 3; time++) {
    obs.dropConnections();
    await world.agent.live.until('the agent noticed', (_, event) => {
      return event?.type === 'obs_updated' && event.data.state !== 'connected';
    });
    await world.agent.live.until('the agent is back', ({ obs: { state } }) => state === 'connected');
  }
  expect((await api().status()).recording).toMatchObject({ active: true, session: { id, state: 'recording' } });
  const [{ bytes } = { bytes: 0 }] = world.agent.live.events.flatMap((event) =>
    event.type === 'recording_status_update' ? [event.data] : [],
  );
  await world.written(bytes + 500_000);
  await api().command('stop');
  const done = await world.arrived(id);
  expect(done.state).toBe('recorded');
  await world.expectArrivedOnce(done);
  expect(await api().sessions()).toHaveLength(1);
});

test('connection lost, and the recording stopped meanwhile by OBS’s own button', async () => {
  await start();
  const { id } = await api().start({ sessionName: 'Stopped unseen' });
  await world.written(500_000);
  const button = await world.obsClient();
  obs.dropConnections();
  await button.disconnect();
  await (await world.obsClient()).call('StopRecord');
  const done = await world.arrived(id);
  expect(done).toMatchObject({ state: 'recorded', recordings: [{ state: 'ready', finalised: true }] });
  await world.expectArrivedOnce(done);
});

test('the disk is full: OBS stops by itself, what there is arrives', async () => {
  await start();
  const { id } = await api().start({ sessionName: 'Full disk' });
  await world.written(500_000);
  obs.fillDisk();
  await world.agent.live.until('stopped', (_, event) => event?.type === 'recording_stopped');
  // OBS never closes this file: the agent waits for it in vain for half a minute.
  const done = await world.arrived(id);
  expect(done).toMatchObject({ state: 'recorded', recordings: [{ state: 'ready', finalised: false }] });
  await world.expectArrivedOnce(done);
});

test('pause where recording shares the stream’s encoder: refused at once with the reason, the recording goes on', async () => {
  await start({ outputMode: 'Simple' });
  await (await world.obsClient()).call('SetProfileParameter', {
    parameterCategory: 'SimpleOutput',
    parameterName: 'RecQuality',
    parameterValue: 'Stream',
  });
  const { id } = await api().start({ sessionName: 'No pause' });
  await world.agent.live.until('known', (state) => state.obs.canPause === false);
  await world.written(100_000);
  expect((await expectRefused('pause', 409, 'pause_unavailable')).fix).toBeTruthy();
  expect((await api().status()).recording).toMatchObject({ active: true, paused: false, session: { id } });
  await api().command('stop');
  await world.expectArrivedOnce(await world.arrived(id));
});

test('pause that OBS accepts and does not do: said after 5 s, the recording goes on', async () => {
  await start();
  obs.misbehave({ refusesPause: true });
  const { id } = await api().start({ sessionName: 'No pause' });
  await expectRefused('pause', 504, 'obs_not_confirmed');
  expect((await api().status()).recording).toMatchObject({ active: true, paused: false, session: { id } });
  await api().command('stop');
  await world.expectArrivedOnce(await world.arrived(id));
});

test('wrong password: said, not tried again on a timer, right at once after it is corrected', async () => {
  const simulated = await startSimulatedObs({ recordingsDir: await temporaryFolder('rec') });
  onTestFinished(() => simulated.dispose());
  const agent = await startAgent({
    OBS_HOST: simulated.host,
    OBS_PORT: String(simulated.port),
    ...(await emptyHome()),
  });
  await agent.live.until('refused', ({ obs: { state } }) => state === 'refused');
  expect((await agent.api.status()).obs.problem?.code).toBe('obs_password_wrong');
  const put = (obsPassword: string): Promise<unknown> => agent.api.call('PUT', '/api/settings', { obsPassword });
  const tries = simulated.connections + 1;
  await put('still wrong');
  await until('the new password was tried', async () => simulated.connections === tries);
  await agent.live.until('refused again', ({ obs: { state } }) => state === 'refused');
  // Longer than several of the waits that a lost connection has.
  await delay(5000);
  expect(simulated.connections).toBe(tries);
  await put(simulated.password);
  await agent.live.until('connected', ({ obs: { state } }) => state === 'connected');
  expect(simulated.connections).toBe(tries + 1);
});

test.each(['duplicated', 'out-of-order'] as const)('%s events: one session, one file', async (recordEvents) => {
  await start();
  obs.misbehave({ recordEvents });
  const { id } = await api().start({ sessionName: 'Odd events' });
  await world.written(500_000);
  await api().command('pause');
  await api().command('resume');
  await api().command('stop');
  const done = await world.arrived(id);
  expect(done).toMatchObject({ state: 'recorded', metadata: { pauses: [{}] } });
  expect(done.recordings).toHaveLength(1);
  expect(await api().sessions()).toHaveLength(1);
  await world.expectArrivedOnce(done);
});

test('OBS 29 splits and tells nobody: every file is found and arrives', async () => {
  await start({ plays: '29.0', split: true });
  const { id } = await api().start({ sessionName: 'Split' });
  await world.written(500_000);
  obs.splitFile();
  await until('the second file', async () => (await readdir(obs.recordingsDir)).length === 2);
  await world.written(1_500_000);
  obs.splitFile();
  await until('the third file', async () => (await readdir(obs.recordingsDir)).length === 3);
  await api().command('stop');
  const done = await world.arrived(id);
  expect(done.recordings.map(({ number, state }) => ({ number, state }))).toEqual(
    [1, 2, 3].map((number) => ({ number, state: 'ready' })),
  );
  await world.expectArrivedOnce(done);
});

test.each(['32.2', '29.0'] as const)('RECORDINGS_DIR: OBS %s records there', async (plays) => {
  const folder = await temporaryFolder('elsewhere');
  await start({ plays }, { RECORDINGS_DIR: folder });
  await world.agent.live.until('OBS is pointed there', (state) => state.obs.recordDirectory === folder);
  const done = await recordAndArrive('Elsewhere');
  expect(path.dirname(done.recordings[0]?.path ?? '')).toBe(folder);
});

test.each(['32.2', '29.0'] as const)('without any setting: OBS %s is found by its own configuration', async (plays) => {
  const simulated = await startSimulatedObs({ plays, recordingsDir: await temporaryFolder('rec') });
  onTestFinished(() => simulated.dispose());
  const env = await emptyHome();
  const [root = ''] = obsConfigRoots(process.platform, env, env.HOME ?? '');
  await cp(simulated.configDir, root, { recursive: true });
  const agent = await startAgent(env);
  const state = await agent.live.until('connected', (now) => now.obs.state === 'connected');
  expect(state.obs).toMatchObject({ version: simulated.version, address: `localhost:${simulated.port}` });
  expect((await agent.api.call('GET', '/api/obs/connection')).body).toEqual({
    url: `ws://localhost:${simulated.port}`,
    password: simulated.password,
  });
});

async function temporaryFolder(name: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), `streamai-${name}-`));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** A user's home without any OBS in it, as environment. */
async function emptyHome(): Promise<Record<string, string>> {
  const home = await temporaryFolder('home');
  const env = {
    HOME: home,
    USERPROFILE: home,
    APPDATA: path.join(home, 'AppData'),
    XDG_CONFIG_HOME: path.join(home, 'c'),
  };
  await mkdir(env.XDG_CONFIG_HOME);
  return env;
}

/** An agent beside the world's: for OBS that is not the world's. */
async function startAgent(env: Record<string, string>): Promise<AgentProcess> {
  const agent = new AgentProcess(await temporaryFolder('data'), env);
  onTestFinished(() => agent.dispose());
  await agent.start();
  return agent;
}
