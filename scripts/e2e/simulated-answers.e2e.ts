/**
 * What a real OBS rarely or never answers on command: dialogs, answers that are late or never come, refusals.
 * The agent is a real process; scripts/e2e/obs-contract.e2e.ts holds the simulated OBS against the real ones.
 */
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { ErrorInfo } from '../../shared/errors.ts';
import { startSimulatedObs } from '../rig/simulated-obs.ts';
import { until } from '../rig/until.ts';
import { emptyHome, recordAndArrive, start, startAgent, temporaryFolder } from './simulated-world-fixture.ts';
import type { World } from './world-fixture.ts';

async function fileNameFormat(world: World): Promise<string | null> {
  const client = await world.obsClient();
  const parameter = { parameterCategory: 'Output', parameterName: 'FilenameFormatting' };
  return (await client.call('GetProfileParameter', parameter)).parameterValue;
}

async function expectRefused(world: World, route: string, status: number, code: string): Promise<ErrorInfo> {
  const answer = await world.agent.api.call('POST', `/api/integrated/recording/${route}`);
  expect(answer).toMatchObject({ status, body: { error: { code } } });
  return (answer.body as { error: ErrorInfo }).error;
}

test.each(['dialog', 'dialog-after-starting'] as const)('OBS shows a %s instead of starting', async (nextStart) => {
  const { world, obs } = await start();
  const before = await fileNameFormat(world);
  obs.misbehave({ nextStart });
  const startedAt = performance.now();
  const answer = await world.agent.api.call('POST', '/api/integrated/recording/start', { sessionName: 'Never' });
  const seconds = (performance.now() - startedAt) / 1000;
  expect(answer).toMatchObject({ status: 504, body: { error: { code: 'obs_not_confirmed' } } });
  expect((answer.body as { error: ErrorInfo }).error.fix).toBeTruthy();
  expect(seconds).toBeGreaterThan(4);
  expect(seconds).toBeLessThan(8);
  expect(await fileNameFormat(world)).toBe(before);
  expect(await world.agent.api.sessions()).toEqual([]);
  expect((await recordAndArrive(world, 'The next one')).name).toBe('The next one');
});

test('agent killed between naming the file and OBS’s start: OBS’s own format comes back, and the name is not lost if OBS did start', async () => {
  const { world, obs } = await start();
  const before = await fileNameFormat(world);
  for (const started of [false, true]) {
    obs.misbehave({ nextStart: 'dialog' });
    const answer = world.agent.api.call('POST', '/api/integrated/recording/start', { sessionName: 'Named in vain' });
    answer.catch(() => undefined);
    await until('OBS has the name', async () => (await fileNameFormat(world)) === 'Named in vain');
    await world.agent.kill();
    obs.misbehave({ nextStart: 'normal' });
    if (started) await (await world.obsClient()).call('StartRecord');
    await world.agent.start();
    await until('OBS has its own format again', async () => (await fileNameFormat(world)) === before);
    if (!started) continue;
    const session = await world.agent.live.session('adopted', ({ state }) => state === 'recording');
    expect(session).toMatchObject({ name: 'Named in vain', startedBy: 'rest' });
    await world.written(500_000);
    await world.agent.api.command('stop');
    await world.expectArrivedOnce(await world.arrived(session.id));
  }
  expect(await world.agent.api.sessions()).toHaveLength(1);
});

test('answers that come 1.5 s late', async () => {
  const { world, obs } = await start();
  obs.misbehave({ answerDelayMs: 1500 });
  const done = await recordAndArrive(world, 'Slow answers');
  expect(path.basename(done.recordings[0]?.path ?? '')).toBe('Slow answers.mkv');
});

test('no answers at all: each command ends with its own error, and works again later', async () => {
  const { world, obs } = await start();
  obs.misbehave({ unanswered: ['StartRecord', 'GetProfileParameter', 'SetProfileParameter', 'GetProfileList'] });
  const answer = await world.agent.api.call('POST', '/api/integrated/recording/start', { sessionName: 'Mute' });
  expect(answer).toMatchObject({ status: 504, body: { error: { code: 'obs_timeout' } } });
  obs.misbehave({ unanswered: [] });
  await recordAndArrive(world, 'Talks again');
});

test('pause where recording shares the stream’s encoder: refused at once with the reason, the recording goes on', async () => {
  const { world } = await start({ outputMode: 'Simple' });
  await (await world.obsClient()).call('SetProfileParameter', {
    parameterCategory: 'SimpleOutput',
    parameterName: 'RecQuality',
    parameterValue: 'Stream',
  });
  const { id } = await world.agent.api.start({ sessionName: 'No pause' });
  await world.agent.live.until('known', (state) => state.obs.canPause === false);
  await world.written(100_000);
  expect((await expectRefused(world, 'pause', 409, 'pause_unavailable')).fix).toBeTruthy();
  expect((await world.agent.api.status()).recording).toMatchObject({ active: true, paused: false, session: { id } });
  await world.agent.api.command('stop');
  await world.expectArrivedOnce(await world.arrived(id));
});

test('pause that OBS accepts and does not do: said after 5 s, the recording goes on', async () => {
  const { world, obs } = await start();
  obs.misbehave({ refusesPause: true });
  const { id } = await world.agent.api.start({ sessionName: 'No pause' });
  await expectRefused(world, 'pause', 504, 'obs_not_confirmed');
  expect((await world.agent.api.status()).recording).toMatchObject({ active: true, paused: false, session: { id } });
  await world.agent.api.command('stop');
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
