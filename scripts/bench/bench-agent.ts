import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import type { Upload } from '../../shared/domain.ts';
import { AgentProcess } from '../rig/agent-process.ts';
import type { RigObs } from '../rig/obs-types.ts';
import { usageFlags } from './usage.ts';

/**
 * Runs the agent as `npm start` does, in a data folder of its own within `folder`, connected to OBS, with one client of its
 * live channel.
 * Compiled code is kept in `folder` from one to the next.
 * @param env beside what is needed for OBS
 */
export async function withAgent<T>(
  folder: string,
  obs: Pick<RigObs, 'host' | 'port' | 'password'>,
  env: Readonly<Record<string, string>>,
  use: (agent: AgentProcess) => Promise<T>,
): Promise<T> {
  const dataDir = await mkdtemp(path.join(folder, 'data-'));
  const all = {
    OBS_HOST: obs.host,
    OBS_PORT: String(obs.port),
    OBS_PASSWORD: obs.password,
    NODE_COMPILE_CACHE: path.join(folder, 'compile-cache'),
    ...env,
  };
  const agent = new AgentProcess(dataDir, all, usageFlags);
  try {
    await agent.start();
    await agent.live.until('connected to OBS', (state) => state.obs.state === 'connected');
    const result = await use(agent);
    // Only an orderly end writes the compiled code down.
    await agent.stop();
    return result;
  } finally {
    await agent.dispose();
  }
}

export function hasSettled({ state }: Upload): boolean {
  return state === 'completed' || state === 'failed' || state === 'cancelled';
}

/** Waits for an upload's end on the live channel, without asking again and again. @throws when it did not complete */
export async function uploadCompleted(agent: AgentProcess, uploadId: string, ms = 600_000): Promise<Upload> {
  let settled: Upload | undefined;
  await agent.live.until(
    'the upload settles',
    ({ sessions }) => {
      const uploads = sessions.flatMap(({ recordings }) => recordings.flatMap((recording) => recording.uploads));
      settled = uploads.find((upload) => upload.id === uploadId && hasSettled(upload));
      return settled !== undefined;
    },
    ms,
  );
  if (settled?.state !== 'completed') throw new Error(`the upload failed: ${JSON.stringify(settled)}`);
  return settled;
}
