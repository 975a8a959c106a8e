/** A whole StreamAI with a simulated OBS that can be told to go wrong; each test has one of its own. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { Session } from '../../shared/domain.ts';
import { AgentProcess } from '../rig/agent-process.ts';
import { isSimulated, type SimulatedObs, type SimulatedObsOptions } from '../rig/simulated-obs.ts';
import { World } from './world-fixture.ts';

/** Ended after the test. */
export async function start(
  options: Partial<SimulatedObsOptions> = {},
  env: Record<string, string> = {},
): Promise<{ world: World; obs: SimulatedObs }> {
  const world = await World.start({ obs: 'simulated', obsOptions: { kbps: 8000, ...options }, env });
  onTestFinished(() => world.dispose());
  const { obs } = world;
  if (!isSimulated(obs)) throw new Error('not the simulated OBS');
  return { world, obs };
}

/** One recording from start to proven arrival. */
export async function recordAndArrive(world: World, sessionName: string): Promise<Session> {
  const { id } = await world.agent.api.start({ sessionName });
  await world.written(500_000);
  await world.agent.api.command('stop');
  const done = await world.arrived(id);
  await world.expectArrivedOnce(done);
  return done;
}

export async function temporaryFolder(name: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), `streamai-${name}-`));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** A user's home without any OBS in it, as environment. */
export async function emptyHome(): Promise<Record<string, string>> {
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
export async function startAgent(env: Record<string, string>): Promise<AgentProcess> {
  const agent = new AgentProcess(await temporaryFolder('data'), env);
  onTestFinished(() => agent.dispose());
  await agent.start();
  return agent;
}
