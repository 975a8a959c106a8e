/**
 * What happens to a recording rarely or never on command: late finalising, lost connections, a full disk, odd events, other
 * places. The agent is a real process; scripts/e2e/obs-contract.e2e.ts holds the simulated OBS against the real ones.
 */
import { copyFile, cp, readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { obsConfigRoots } from '../../agent/obs/discovery.ts';
import { sha256Of } from '../rig/sha256.ts';
import { startSimulatedObs } from '../rig/simulated-obs.ts';
import { until } from '../rig/until.ts';
import { emptyHome, recordAndArrive, start, startAgent, temporaryFolder } from './simulated-world-fixture.ts';

test('header rewritten 3 s after STOPPED: what arrives is the final file', async () => {
  const { world, obs } = await start({ format: 'hybrid_mp4' });
  obs.misbehave({ finaliseDelayMs: 3000 });
  const { id } = await world.agent.api.start({ sessionName: 'Late' });
  await world.written(500_000);
  await world.agent.api.command('stop');
  const stopped = await world.agent.live.session('finalising', (session) => session.state === 'finalising');
  const unfinished = await sha256Of(stopped.recordings[0]?.path ?? '');
  const done = await world.arrived(id);
  expect(done.recordings[0]).toMatchObject({ finalised: true, container: 'mp4' });
  expect(done.recordings[0]?.uploads[0]?.sha256).not.toBe(unfinished);
  await world.expectArrivedOnce(done);
});

test('connection lost in mid-recording while OBS goes on: the same session goes on, nothing twice', async () => {
  const { world, obs } = await start();
  const { id } = await world.agent.api.start({ sessionName: 'Lost line' });
  await world.written(500_000);
  for (let time = 0; time < 3; time++) {
    obs.dropConnections();
    await world.agent.live.until('the agent noticed', (_, event) => {
      return event?.type === 'obs_updated' && event.data.state !== 'connected';
    });
    await world.agent.live.until('the agent is back', ({ obs: { state } }) => state === 'connected');
  }
  expect((await world.agent.api.status()).recording).toMatchObject({
    active: true,
    session: { id, state: 'recording' },
  });
  const [{ bytes } = { bytes: 0 }] = world.agent.live.events.flatMap((event) =>
    event.type === 'recording_status_update' ? [event.data] : [],
  );
  await world.written(bytes + 500_000);
  await world.agent.api.command('stop');
  const done = await world.arrived(id);
  expect(done.state).toBe('recorded');
  await world.expectArrivedOnce(done);
  expect(await world.agent.api.sessions()).toHaveLength(1);
});

test('connection lost, and the recording stopped meanwhile by OBS’s own button', async () => {
  const { world, obs } = await start();
  const { id } = await world.agent.api.start({ sessionName: 'Stopped unseen' });
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
  const { world, obs } = await start();
  const { id } = await world.agent.api.start({ sessionName: 'Full disk' });
  await world.onDisk(500_000);
  obs.fillDisk();
  await world.agent.live.until('stopped', (_, event) => event?.type === 'recording_stopped');
  // OBS never closes this file: the agent waits for it in vain for half a minute.
  const done = await world.arrived(id);
  expect(done).toMatchObject({ state: 'recorded', recordings: [{ state: 'ready', finalised: false }] });
  await world.expectArrivedOnce(done);
});

test('a file that was away when OBS stopped can be uploaded by hand once it is back', async () => {
  const { world } = await start();
  const { id } = await world.agent.api.start({ sessionName: 'Away' });
  await world.written(500_000);
  const file = (await world.agent.api.session(id)).recordings[0]?.path ?? '';
  await rename(file, `${file}.away`);
  await world.agent.api.command('stop');
  await world.agent.live.session('missing', ({ recordings }) => recordings[0]?.state === 'missing');
  expect(await world.agent.api.call('POST', '/api/integrated/upload/manual', { sessionId: id })).toMatchObject({
    status: 409,
    body: { error: { code: 'file_missing' } },
  });
  await rename(`${file}.away`, file);
  await world.agent.api.upload({ sessionId: id });
  const done = await world.arrived(id);
  expect(done).toMatchObject({ state: 'recorded', recordings: [{ state: 'ready', finalised: true }] });
  await world.expectArrivedOnce(done);
});

test.each(['duplicated', 'out-of-order'] as const)('%s events: one session, one file', async (recordEvents) => {
  const { world, obs } = await start();
  obs.misbehave({ recordEvents });
  const { id } = await world.agent.api.start({ sessionName: 'Odd events' });
  await world.written(500_000);
  await world.agent.api.command('pause');
  await world.agent.api.command('resume');
  await world.agent.api.command('stop');
  const done = await world.arrived(id);
  expect(done).toMatchObject({ state: 'recorded', metadata: { pauses: [{}] } });
  expect(done.recordings).toHaveLength(1);
  expect(await world.agent.api.sessions()).toHaveLength(1);
  await world.expectArrivedOnce(done);
});

test('OBS 29 splits and tells nobody: every file is found and arrives', async () => {
  const { world, obs } = await start({ plays: '29.0', split: true });
  const { id } = await world.agent.api.start({ sessionName: 'Split' });
  await world.written(500_000);
  obs.splitFile();
  await until('the second file', async () => (await readdir(obs.recordingsDir)).length === 2);
  await world.written(1_500_000);
  obs.splitFile();
  await until('the third file', async () => (await readdir(obs.recordingsDir)).length === 3);
  await world.agent.api.command('stop');
  const done = await world.arrived(id);
  expect(done.recordings.map(({ number, state }) => ({ number, state }))).toEqual(
    [1, 2, 3].map((number) => ({ number, state: 'ready' })),
  );
  await world.expectArrivedOnce(done);
});

test.each([
  ['of Windows', 'D:/Videos'],
  ['of a share', '\\\\nas\\videos'],
  ['that is not there', '/mnt/obs/videos'],
  ['that is a folder here too', null],
])('OBS elsewhere names a path %s: the session says that it is not reachable', async (_, folder) => {
  const foreignFolder = folder ?? (await temporaryFolder('here-too'));
  const { world } = await start({ misbehave: { foreignFolder } });
  const { id } = await world.agent.api.start({ sessionName: 'Far' });
  await world.written(500_000);
  await world.agent.api.command('stop');
  const path = `${foreignFolder}/Far.mkv`;
  const { notices, recordings } = await until('told', async () => {
    const session = await world.agent.api.session(id);
    return session.state === 'recorded' || session.state === 'interrupted' ? session : null;
  });
  expect(notices).toMatchObject([{ code: 'path_not_reachable', params: { path } }]);
  expect(recordings.flatMap(({ uploads }) => uploads)).toEqual([]);
  expect(await world.agent.logTail()).toContain('not reachable from here');
});

test('a file that may be a split’s is told of and not sent; a person takes it in, or leaves it', async () => {
  const { world, obs } = await start({ plays: '29.0', split: true });
  const { api, live } = world.agent;
  const { id } = await api.start({ sessionName: 'Doubt' });
  await world.onDisk(1_500_000);
  const copy = (name: string): Promise<void> =>
    copyFile(path.join(obs.recordingsDir, 'Doubt.mkv'), path.join(obs.recordingsDir, name));
  const [taken, left] = ['Doubt (8).mkv', 'Doubt (9).mkv'].map((name) => path.join(obs.recordingsDir, name));
  for (const name of ['Doubt (8).mkv', 'Doubt (9).mkv', 'Camera.mkv', 'Doubt.remuxed.mkv', 'Doubt.mp4'])
    await copy(name);
  // OBS writes the first file on: what was there before its end does not follow it.
  await world.onDisk(4_500_000);
  obs.splitFile();
  await until('the second file', async () => (await readdir(obs.recordingsDir)).includes('Doubt (2).mkv'));
  await world.written(6_000_000);
  await api.command('stop');
  const done = await world.arrived(id);
  expect(done.recordings.map(({ fileName }) => fileName)).toEqual(['Doubt.mkv', 'Doubt (2).mkv']);
  expect(done.notices).toMatchObject([taken, left].map((file) => ({ code: 'file_uncertain', params: { file } })));
  await world.expectArrivedOnce(done);
  const files = `/api/integrated/recordings/${id}/files`;
  const other = await api.call('POST', files, { path: path.join(obs.recordingsDir, 'Camera.mkv') });
  expect(other).toMatchObject({ status: 404, body: { error: { code: 'file_not_offered' } } });
  // Closed by now, as a file that OBS wrote is.
  await copy('Doubt (8).mkv');
  expect(await api.call('DELETE', files, { path: left })).toMatchObject({ status: 200 });
  expect(await api.call('POST', files, { path: taken })).toMatchObject({ status: 200 });
  await live.session('three files', ({ recordings }) => recordings[2]?.state === 'ready');
  const whole = await world.arrived(id);
  expect(whole).toMatchObject({ state: 'recorded', notices: [], recordings: [{}, {}, { path: taken }] });
  expect(await readdir(obs.recordingsDir)).toContain('Doubt (9).mkv');
});

test.each(['32.2', '29.0'] as const)('RECORDINGS_DIR: OBS %s records there', async (plays) => {
  const folder = await temporaryFolder('elsewhere');
  const { world } = await start({ plays }, { RECORDINGS_DIR: folder });
  await world.agent.live.until('OBS is pointed there', (state) => state.obs.recordDirectory === folder);
  const done = await recordAndArrive(world, 'Elsewhere');
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
    url: `ws://127.0.0.1:${simulated.port}`,
    password: simulated.password,
  });
});
