/**
 * The main job with a package's program: `packaged-job-fixture.ts FOLDER PROGRAM [ARGS…]`. OBS, simulated, records; the program's own receiver gets
 * the file. Ends with a line of JSON. A process of its own, so that it can run where there is no network.
 */
import { readdir } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { AgentProcess } from '../rig/agent-process.ts';
import { sha256Of } from '../rig/sha256.ts';
import { startSimulatedObs } from '../rig/simulated-obs.ts';
import { until } from '../rig/until.ts';

const [folder = '', program = '', ...args] = process.argv.slice(2);
const dataDir = path.join(folder, 'data');
const received = path.join(dataDir, 'received', 'tasks');

const obs = await startSimulatedObs({ recordingsDir: path.join(folder, 'recordings'), kbps: 8000 });
const env = {
  OBS_HOST: obs.host,
  OBS_PORT: String(obs.port),
  OBS_PASSWORD: obs.password,
  RECORDINGS_DIR: obs.recordingsDir,
};
const agent = new AgentProcess(dataDir, env, [], [program, ...args]);
try {
  await agent.start();
  await agent.live.until('connected to OBS', (state) => state.obs.state === 'connected');
  const page = await fetch(agent.url);
  const { id } = await agent.api.start({ sessionName: 'Leçon 1' });
  await agent.live.until(
    'OBS wrote',
    (_, event) => event?.type === 'recording_status_update' && event.data.bytes > 500_000,
  );
  await agent.api.command('stop');
  const session = await until(
    'the recording has arrived',
    async () => {
      const now = await agent.api.session(id);
      return now.recordings[0]?.uploads.some((upload) => upload.task?.endedAt) ? now : null;
    },
    { ms: 60_000, detail: () => agent.logTail() },
  );
  const file = session.recordings[0]?.path ?? '';
  const [task = ''] = await readdir(received);
  const copy = (await readdir(path.join(received, task))).find((name) => name !== 'task.json') ?? '';
  const result = {
    networks: Object.keys(networkInterfaces()),
    page: page.status,
    sha256: await sha256Of(file),
    arrived: await sha256Of(path.join(received, task, copy)),
    ended: await agent.stop(),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  await agent.dispose();
  await obs.dispose();
}
