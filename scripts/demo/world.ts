/** Everything that the main job needs, throw-away: a folder, OBS, the receiver, the agent. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EmbeddedReceiver, type ReceiverAccess } from '../../agent/cli/start/embedded-receiver.ts';
import { noProxies } from '../../shared/proxies.ts';
import { ensureDockBuilt } from '../build/dock.ts';
import { AgentProcess } from '../rig/agent-process.ts';
import { startObs } from '../rig/obs.ts';
import type { ObsKind, RigObs } from '../rig/obs-types.ts';
import { ensurePeer, peersOfObs } from '../rig/peers.ts';
import { unlessAborted } from '../rig/unless-aborted.ts';
import type { Narrator } from './narrator.ts';
import type { DemoOptions } from './options.ts';

export interface DemoWorld {
  readonly obs: RigObs;
  readonly agent: AgentProcess;
  readonly receiver: ReceiverAccess;
}

/**
 * Sets everything up; whatever was started is handed to `cleanup` at once, so that a failure or an interruption on the
 * way leaves nothing behind.
 */
export async function startWorld(
  options: DemoOptions,
  narrator: Narrator,
  cleanup: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<DemoWorld> {
  const { words } = narrator;
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-demo-'));
  cleanup.defer(async () => {
    if (options.keep) return narrator.say(words.kept(folder));
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    narrator.say(words.cleaned);
  });

  await ensureDockBuilt(() => narrator.say(words.building));
  signal.throwIfAborted();
  narrator.done(words.dockReady);

  const recordingsDir = path.join(folder, 'recordings');
  await mkdir(recordingsDir);
  const obs = await getObs(options.obs, recordingsDir, narrator, signal);
  cleanup.defer(() => obs.dispose());
  signal.throwIfAborted();
  narrator.done(obs.kind === 'simulated' ? words.simulatedReady(obs.version) : words.obsReady(obs.version));

  const embedded = await EmbeddedReceiver.start({
    dir: path.join(folder, 'received'),
    proxies: noProxies,
    onDied: () => narrator.say(`! ${words.receiverDied}`),
    onBack: () => undefined,
    onLog: () => undefined,
  });
  cleanup.defer(() => embedded.close());
  signal.throwIfAborted();
  const receiver = embedded.access();
  if (receiver === null) throw new Error('The receiver has ended');
  narrator.done(words.receiverReady(receiver.url));

  // Everything that the user's own .env could say otherwise is said here.
  const agent = new AgentProcess(path.join(folder, 'data'), {
    AGENT_HOST: '127.0.0.1',
    OBS_HOST: obs.host,
    OBS_PORT: String(obs.port),
    OBS_PASSWORD: obs.password,
    RECORDINGS_DIR: obs.recordingsDir,
    VULTR_API_URL: receiver.url,
    VULTR_UPLOAD_ENDPOINT: '/upload',
    VULTR_STATUS_ENDPOINT: '/status',
    VULTR_API_KEY: receiver.apiKey,
  });
  cleanup.defer(() => agent.dispose());
  await agent.start();
  signal.throwIfAborted();
  await agent.live.until('the agent is connected to OBS', (state) => state.obs.state === 'connected');
  narrator.done(words.agentReady(agent.url));
  return { obs, agent, receiver };
}

/** The OBS that is wanted, or a simulated one where it cannot be had. */
async function getObs(
  wanted: ObsKind,
  recordingsDir: string,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<RigObs> {
  if (wanted !== 'simulated') {
    narrator.say(narrator.words.startingObs);
    try {
      await unlessAborted(signal, Promise.all(peersOfObs[wanted].map(ensurePeer)));
      return await startObs(wanted, { recordingsDir });
    } catch (error) {
      signal.throwIfAborted();
      const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
      narrator.say(`! ${narrator.words.noObs(reason)}`);
    }
  }
  return await startObs('simulated', { recordingsDir });
}
