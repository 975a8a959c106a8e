/**
 * What the agent costs the machine it runs on: memory and CPU while idle, and while a large file uploads.
 * The agent runs as `npm start` runs it: a process of its own, the launcher's flags, compiled code kept from an earlier start.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { AgentProcess } from '../rig/agent-process.ts';
import { recordSession } from '../rig/record-session.ts';
import { type SimulatedObs, startSimulatedObs } from '../rig/simulated-obs.ts';
import { uploadCompleted, withAgent } from './bench-agent.ts';
import type { Figure } from './figure.ts';
import { askUsage } from './usage.ts';

export interface MemoryOptions {
  /** Size of the file that is uploaded. */
  readonly fileBytes: number;
  /** How long the idle agent is watched. */
  readonly idleMs: number;
  readonly say: (line: string) => void;
}

const mega = 1e6;
const receiverMain = path.resolve(import.meta.dirname, '../../server/main.ts');

export async function measureMemory(options: MemoryOptions): Promise<Figure[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-bench-'));
  const obs = await startSimulatedObs({ recordingsDir: path.join(folder, 'recordings') });
  try {
    options.say('Starting the agent once, so that its code is compiled…');
    await withAgent(folder, obs, {}, async () => undefined);
    return [...(await measureIdle(options, folder, obs)), ...(await measureUpload(options, folder, obs))];
  } finally {
    await obs.dispose();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Connected to OBS, one dock open, nothing to do. */
function measureIdle({ idleMs, say }: MemoryOptions, folder: string, obs: SimulatedObs): Promise<Figure[]> {
  return withAgent(folder, obs, {}, async (agent) => {
    say(`Watching the idle agent for ${idleMs / 1000} s…`);
    const before = await askUsage(agent);
    await delay(idleMs);
    const after = await askUsage(agent);
    const cpuPercent = ((after.cpuMs - before.cpuMs) / idleMs) * 100;
    return [
      { id: 'idleRssMB', label: 'idle, memory', value: after.rssBytes / mega, unit: 'MB', atMost: 90 },
      { id: 'idleCpuPercent', label: 'idle, CPU', value: cpuPercent, unit: '%', atMost: 0.5 },
    ];
  });
}

async function measureUpload({ fileBytes, say }: MemoryOptions, folder: string, obs: SimulatedObs): Promise<Figure[]> {
  const receiver = await startReceiverProcess(path.join(folder, 'received'));
  try {
    return await withAgent(folder, obs, { VULTR_API_URL: receiver.url }, async (agent) => {
      const sessionId = await recordLargeFile(agent, fileBytes);
      say(`Uploading ${(fileBytes / mega).toFixed(0)} MB…`);
      const before = await askUsage(agent);
      const startedAt = performance.now();
      const [upload] = await agent.api.upload({ sessionId });
      await uploadCompleted(agent, upload?.id ?? '');
      const seconds = (performance.now() - startedAt) / 1000;
      const after = await askUsage(agent);
      const cpuSeconds = (after.cpuMs - before.cpuMs) / 1000;
      return [
        {
          id: 'uploadPeakRssMB',
          label: 'upload, peak memory',
          value: after.peakRssBytes / mega,
          unit: 'MB',
          atMost: 150,
        },
        { id: 'uploadMBps', label: 'upload, speed', value: fileBytes / mega / seconds, unit: 'MB/s' },
        { id: 'uploadCpuSecondsPerGB', label: 'upload, CPU', value: cpuSeconds / (fileBytes / 1e9), unit: 's/GB' },
      ];
    });
  } finally {
    await receiver.end();
  }
}

/** A recording of the wanted size, without the time to record it: what OBS wrote, and then a hole, which takes no disk. */
async function recordLargeFile(agent: AgentProcess, bytes: number): Promise<string> {
  const { id, file } = await recordSession(agent, 'Large');
  await truncate(file, bytes);
  return id;
}

/** The embedded receiver in a process of its own, so that its memory is not the agent's. */
async function startReceiverProcess(dir: string): Promise<{ url: string; end: () => Promise<void> }> {
  const child = spawn(process.execPath, [receiverMain, '--dir', dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(child, 'exit');
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await gone;
  };
  for await (const line of createInterface({ input: child.stdout })) {
    return { url: String(JSON.parse(line).url), end };
  }
  throw new Error('the receiver did not start');
}
