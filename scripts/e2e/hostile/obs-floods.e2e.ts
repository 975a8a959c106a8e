/** An OBS gone wrong, or somebody in its place, sends more than anybody could act on: the agent goes on, and says so once. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { longestTurnMs } from '../../../agent/cpu-fixture.ts';
import { isSimulated, type SimulatedObs } from '../../rig/simulated-obs.ts';
import { until } from '../../rig/until.ts';
import { World } from '../world-fixture.ts';
import { countAs } from './hostile-table-fixture.ts';
import { longestTurn, loopWatchFlags } from './loop-watch-fixture.ts';

countAs('OBS');

type Event = readonly [type: string, data: Readonly<Record<string, unknown>>];

interface FloodCase {
  readonly count: number;
  readonly event: (number: number, folder: string) => Event;
  /** Whether some of them are dropped; others are only passed over, or end the connection. */
  readonly drops?: boolean;
}

const started = (file: string): Event => [
  'RecordStateChanged',
  { outputActive: true, outputState: 'OBS_WEBSOCKET_OUTPUT_STARTED', outputPath: file },
];

const floods: Readonly<Record<string, FloodCase>> = {
  '2,000 scenes with names of 900 characters': {
    count: 2000,
    drops: true,
    event: (number) => [
      'CurrentProgramSceneChanged',
      { sceneName: `${'é👩‍👩‍👧‍👦'.repeat(70)}${'x'.repeat(20)} ${number}` },
    ],
  },
  '1,000 splits': {
    count: 1000,
    drops: true,
    event: (number, folder) => ['RecordFileChanged', { newOutputPath: path.join(folder, `split ${number}.mkv`) }],
  },
  '500 starts': {
    count: 500,
    drops: true,
    event: (number, folder) => started(path.join(folder, `start ${number}.mkv`)),
  },
  '500 starts without a file': { count: 500, drops: true, event: () => started('') },
  '5,000 lists of scenes': { count: 5000, drops: true, event: () => ['SceneListChanged', { scenes: [] }] },
  '5,000 profiles': {
    count: 5000,
    drops: true,
    event: (number) => ['CurrentProfileChanged', { profileName: `p${number}` }],
  },
  '5,000 replays': {
    count: 5000,
    drops: true,
    event: (number, folder) => ['ReplayBufferSaved', { savedReplayPath: path.join(folder, `replay ${number}.mkv`) }],
  },
  'a stream that begins and ends 5,000 times': {
    count: 5000,
    drops: true,
    event: (number) => [
      'StreamStateChanged',
      {
        outputActive: number % 2 === 0,
        outputState: `OBS_WEBSOCKET_OUTPUT_${number % 2 === 0 ? 'STARTED' : 'STOPPED'}`,
      },
    ],
  },
  '60,000 events of nonsense': {
    count: 60_000,
    drops: true,
    event: (number) => ['CurrentProgramSceneChanged', { sceneName: { number } }],
  },
  '100 messages of almost 2 MB': {
    count: 100,
    event: (number) => ['Invented', { number, text: 'x'.repeat(1_900_000) }],
  },
  '100 messages of almost 2 MB, all of small pieces': {
    count: 100,

    event: () => ['SceneListChanged', { scenes: Array.from({ length: 900_000 }, () => 0) }],
  },
  '5 messages of 20 MB': { count: 5, event: () => ['Invented', { text: 'x'.repeat(20_000_000) }] },
  '60,000 events that nobody asked for': { count: 60_000, event: (number) => [`Invented${number}`, { number }] },
};

async function recording(): Promise<{ world: World; obs: SimulatedObs }> {
  const world = await World.start({
    obs: 'simulated',
    obsOptions: { kbps: 400 },
    env: { VULTR_AUTO_UPLOAD: 'false' },
    nodeFlags: loopWatchFlags,
  });
  onTestFinished(() => world.dispose());
  if (!isSimulated(world.obs)) throw new Error('not the simulated OBS');
  await world.agent.api.start({ sessionName: 'Kept' });
  await world.written(1);
  return { world, obs: world.obs };
}

const logOf = async ({ agent }: World): Promise<{ msg: string; count?: number }[]> =>
  (await readFile(path.join(agent.dataDir, 'agent.log'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test.each(Object.entries(floods))('%s keep nobody waiting, and are one line of the log', async (name, flood) => {
  const { world, obs } = await recording();
  const linesBefore = (await logOf(world)).length;
  await longestTurn(world.agent);
  for (let number = 0; number < flood.count; number++) obs.tell(...flood.event(number, obs.recordingsDir));
  // The agent answers meanwhile, and what comes after the flood is heard.
  await world.agent.api.status();
  obs.switchScene('Scene B');
  await until('the scene after it is known', async () => {
    const { nextSession } = await world.agent.api
      .call('PUT', '/api/settings', { nameTemplate: '{scene}' })
      .then(() => world.agent.api.status());
    return nextSession.suggestedName.startsWith('Scene B');
  });
  const told = async (): Promise<number[]> =>
    (await logOf(world)).slice(linesBefore).flatMap(({ count }) => count ?? []);
  if (flood.drops === true) await until('it is told', async () => (await told()).length > 0);
  await world.agent.api.command('stop');
  const { longestCpuMs, longestWallMs } = await longestTurn(world.agent);
  console.info(
    `${name}: the longest turn took ${Math.round(longestCpuMs)} ms of CPU, ${Math.round(longestWallMs)} ms on the wall`,
  );
  expect(longestCpuMs).toBeLessThan(longestTurnMs);
  const lines = (await logOf(world)).length - linesBefore;
  console.info(`${lines} lines; told: ${await told()}`);
  expect(await told()).toHaveLength(flood.drops === true ? 1 : 0);
  // What was acted on may be told, each for itself.
  expect(lines).toBeLessThan(500);
});
