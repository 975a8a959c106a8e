/**
 * The main job on Windows' own Node: agent, receiver and a simulated OBS, all of them Windows' processes. Run by `npm test` under Wine;
 * on Windows, `npx vitest run --project windows`.
 */
import { mkdir, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../../rig/until.ts';
import { recordAndArrive, start, temporaryFolder } from '../simulated-world-fixture.ts';

/** Longer than the 260 characters that Windows once had for a path, with letters of several alphabets. */
async function longFolder(): Promise<string> {
  const levels = ['Vidéos de Zoé', '録画 🎬', 'a'.repeat(120), 'b'.repeat(120)];
  const folder = path.join(await temporaryFolder('long'), ...levels);
  await mkdir(folder, { recursive: true });
  return folder;
}

test('splits, an agent that is killed, names of many alphabets in a path of 300 characters: each file arrives once, as it is', async () => {
  const recordingsDir = await longFolder();
  const { world } = await start({ recordingsDir, split: true });
  const { agent } = world;
  const { id } = await agent.api.start({ sessionName: 'Leçon 2 — 🎬 録画' });
  await world.onDisk(500_000);
  await agent.api.command('split');
  await agent.live.session('the second file', ({ recordings }) => recordings.length === 2);
  await world.onDisk(300_000);
  // TerminateProcess: nothing in it runs after this.
  await agent.restart();
  await agent.live.until('the agent is back', ({ obs: { state } }) => state === 'connected');
  await world.onDisk(800_000);
  await agent.api.command('stop');
  const done = await world.arrived(id);
  expect(done.state).toBe('recorded');
  expect(done.recordings.map(({ finalised }) => finalised)).toEqual([true, true]);
  for (const recording of done.recordings) {
    expect(recording.path.length).toBeGreaterThan(300);
    expect(recording.path.startsWith(recordingsDir)).toBe(true);
  }
  await world.expectArrivedOnce(done);
});

test('a hybrid MP4 whose head is written anew seconds after the stop arrives as it is at last', async () => {
  const { world, obs } = await start({ format: 'hybrid_mp4' });
  obs.misbehave({ finaliseDelayMs: 2000 });
  const done = await recordAndArrive(world, 'Late');
  expect(done.recordings[0]).toMatchObject({ finalised: true, container: 'mp4' });
});

test('a file that somebody renamed while OBS wrote it is missing, and is sent once it has its name again', async () => {
  const { world } = await start();
  const { id } = await world.agent.api.start({ sessionName: 'Away' });
  await world.written(500_000);
  const file = (await world.agent.api.session(id)).recordings[0]?.path ?? '';
  await rename(file, `${file}.away`);
  await world.agent.api.command('stop');
  await world.agent.live.session('missing', ({ recordings }) => recordings[0]?.state === 'missing');
  await rename(`${file}.away`, file);
  await world.agent.api.upload({ sessionId: id });
  await world.expectArrivedOnce(await world.arrived(id));
});

test('an agent that is asked to end does, and the next one goes on in the same folder', async () => {
  const { world } = await start();
  const first = await recordAndArrive(world, 'Before');
  const { child } = world.agent;
  expect(await world.agent.api.call('POST', '/api/shutdown')).toMatchObject({ status: 202 });
  await until('it has ended by itself', () => child.exitCode !== null);
  expect(child.exitCode).toBe(0);
  await world.agent.start();
  await world.agent.live.until('the agent is back', ({ obs: { state } }) => state === 'connected');
  const second = await recordAndArrive(world, 'After');
  expect((await world.agent.api.sessions()).map(({ id }) => id)).toEqual([second.id, first.id]);
  expect((await stat(path.join(world.agent.dataDir, 'streamai.db'))).size).toBeGreaterThan(0);
});
