/** Names and metadata follow OBS's scenes, whatever happens to them; and whoever plays with them does not drown the clients. */
import { expect, onTestFinished, test } from 'vitest';
import { describePeer } from '../rig/describe-peer.ts';
import type { ObsKind } from '../rig/obs-types.ts';
import { peersOfObs } from '../rig/peers.ts';
import { until } from '../rig/until.ts';
import { countBytes } from './live-bytes-fixture.ts';
import { start } from './simulated-world-fixture.ts';
import { World } from './world-fixture.ts';

type Client = Awaited<ReturnType<World['obsClient']>>;

/** OBS's first scene in a collection that is made anew. */
const firstScene = 'Scene';

/** Waits until the name that the next recording would get is this one, and that is what OBS shows. */
async function suggests(world: World, client: Client, scene: string): Promise<void> {
  await world.agent.live.until(`it would be called ${scene}`, ({ nextSession }) => nextSession.suggestedName === scene);
  expect((await client.call('GetCurrentProgramScene')).currentProgramSceneName).toBe(scene);
}

/** Everything that can happen to a scene in OBS, and the one that is shown then. */
const steps: readonly [string, (client: Client) => Promise<unknown>][] = [
  ['Renamed', (client) => client.call('SetSceneName', { sceneName: 'Scene A', newSceneName: 'Renamed' })],
  [
    'New',
    async (client) => {
      await client.call('CreateScene', { sceneName: 'New' });
      await client.call('SetCurrentProgramScene', { sceneName: 'New' });
    },
  ],
  ['Scene B', (client) => client.call('RemoveScene', { sceneName: 'New' })],
];

for (const kind of ['newest', 'system', 'simulated'] as const) {
  await describePeer(peersOfObs[kind], `scenes, OBS ${kind}`, () => {
    test('renamed, created, removed: the next recording is named after the scene that is shown', async () => {
      const world = await World.start({ obs: kind });
      onTestFinished(() => world.dispose());
      const client = await world.obsClient();
      await world.agent.api.call('PUT', '/api/settings', { nameTemplate: '{scene}' });
      for (const [scene, change] of steps) {
        await change(client);
        await suggests(world, client, scene);
      }
    });

    test('the same while it is recorded: the metadata tell which was shown from when on', async () => {
      const world = await World.start({ obs: kind, env: { VULTR_AUTO_UPLOAD: 'false' } });
      onTestFinished(() => world.dispose());
      const client = await world.obsClient();
      await world.agent.api.call('PUT', '/api/settings', { nameTemplate: '{scene}' });
      const { id, name } = await world.agent.api.start({});
      expect(name).toBe('Scene A');
      const scenes = async (): Promise<string[]> =>
        (await world.agent.api.session(id)).metadata.scenes.map((scene) => scene.name);
      for (const [scene, change] of steps) {
        await change(client);
        await until(`${scene} is noted`, async () => (await scenes()).at(-1) === scene);
      }
      expect(await scenes()).toEqual(['Scene A', 'Renamed', 'New', 'Scene B']);
      await world.agent.api.command('stop');
      const { metadata } = await world.agent.live.recorded(id);
      const offsets = metadata.scenes.map(({ atMs }) => atMs);
      expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
    });

    test('switched while the agent is away: what is shown when it is back is noted, from then on', async () => {
      const world = await World.start({ obs: kind, env: { VULTR_AUTO_UPLOAD: 'false' } });
      onTestFinished(() => world.dispose());
      const client = await world.obsClient();
      const { id } = await world.agent.api.start({});
      await world.written(1);
      await world.agent.kill();
      await client.call('SetCurrentProgramScene', { sceneName: 'Scene B' });
      const duration = async (): Promise<number> => (await client.call('GetRecordStatus')).outputDuration;
      const before = await duration();
      const atLeast = await until('it is shown for a while', async () => {
        const now = await duration();
        return now > before + 1500 && now;
      });
      await world.agent.start();
      const { metadata } = await world.agent.live.session('noted', (now) => now.metadata.scenes.length === 2);
      expect(metadata.scenes).toMatchObject([{ name: 'Scene A' }, { name: 'Scene B' }]);
      expect(metadata.scenes[1]?.atMs).toBeGreaterThanOrEqual(atLeast);
      await world.agent.api.command('stop');
      await world.agent.live.recorded(id);
    });

    test('another collection: its first scene is known, although no event names it', async () => {
      const { world, client, id } = await inOtherCollection(kind);
      await suggests(world, client, firstScene);
      const session = await until('it is noted', async () => {
        const now = await world.agent.api.session(id);
        return now.metadata.scenes.at(-1)?.name === firstScene && now;
      });
      expect(session.metadata).toMatchObject({ sceneCollection: 'Other', scenes: [{ name: 'Scene A' }, {}] });
      await world.agent.api.command('stop');
    });
  });
}

/**
 * Records, and goes to a new scene collection meanwhile. OBS 32 fails at that now and then on a busy machine, also with nobody else
 * connected: not all sources are cleared, as its log or a message says, and it is not ready for anything from then on. That OBS is of
 * no use any more; another one is tried.
 */
async function inOtherCollection(kind: ObsKind): Promise<{ world: World; client: Client; id: string }> {
  for (let tries = 1; ; tries++) {
    const world = await World.start({ obs: kind, env: { VULTR_AUTO_UPLOAD: 'false' } });
    let ended = false;
    onTestFinished(async () => {
      if (!ended) await world.dispose();
    });
    const client = await world.obsClient();
    await world.agent.api.call('PUT', '/api/settings', { nameTemplate: '{scene}' });
    const { id } = await world.agent.api.start({});
    await world.written(1);
    let done = false;
    client.once('CurrentSceneCollectionChanged', () => {
      done = true;
    });
    await client.call('CreateSceneCollection', { sceneCollectionName: 'Other' });
    const failed = async (): Promise<boolean> =>
      (await world.obs.log()).includes('Not all sources were cleared') ||
      (await world.obs.windowTitles()).includes('Source Cleanup Error');
    await until('OBS has done it, or says that it cannot', async () => done || (await failed()), {
      ms: 60_000,
      detail: async () => `${(await world.obs.windowTitles()).join(', ')}\n${await world.obs.log()}`,
    });
    if (done) return { world, client, id };
    if (tries === 4) throw new Error('four OBS could not change their scene collection');
    console.info('OBS could not unload its sources: once more with another OBS');
    ended = true;
    await world.dispose();
  }
}

/** So many scenes a session keeps. */
const mostScenes = 100;
/** What a thousand switches may cost a client, bytes. */
const mostBytes = 100_000;
const switches = 1000;

await describePeer(peersOfObs.newest, 'a thousand switches, OBS newest', () => {
  test('cost a client no more than a hundred kilobytes, and are counted', async () => {
    const world = await World.start({ obs: 'newest', env: { VULTR_AUTO_UPLOAD: 'false' } });
    // A fade is announced at its end, and the next switch comes before that.
    await (await world.obsClient()).call('SetCurrentSceneTransition', { transitionName: 'Cut' });
    await expectCheap(world);
  });
});

test('a thousand switches that OBS announces one by one cost a client no more than that, and are counted', async () => {
  // OBS's clock goes so much faster that each transition is over before the next begins.
  const { world } = await start({ timesFaster: 100, kbps: 40 }, { VULTR_AUTO_UPLOAD: 'false' });
  await expectCheap(world, 5);
});

async function expectCheap(world: World, everyMs = 0): Promise<void> {
  onTestFinished(() => world.dispose());
  const client = await world.obsClient();
  await world.agent.api.call('PUT', '/api/settings', { nameTemplate: '{scene} {time}' });
  await world.agent.api.start({});
  let announced = 0;
  let shown = 'Scene A';
  client.on('CurrentProgramSceneChanged', ({ sceneName }) => {
    // OBS may announce one twice, having passed over those between.
    if (sceneName !== shown) announced += 1;
    shown = sceneName;
  });
  const counted = await countBytes(world);
  onTestFinished(() => counted.close());
  for (let number = 0; number < switches; number++) {
    await client.call('SetCurrentProgramScene', { sceneName: number % 2 === 0 ? 'Scene B' : 'Scene A' });
    if (everyMs > 0) await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  // OBS may still announce some.
  const session = await world.agent.live.session('clients know all', ({ metadata: { scenes, scenesLeftOut = 0 } }) => {
    return scenes.length + scenesLeftOut === announced + 1;
  });
  console.info(`${announced} switches announced, ${counted.total} bytes to one client: ${JSON.stringify(counted.by)}`);
  // The real one passes over those that follow too fast; so many are left on a busy machine.
  expect(announced).toBeGreaterThan(20);
  expect(session.metadata.scenes).toHaveLength(Math.min(announced + 1, mostScenes));
  expect(counted.total).toBeLessThan(mostBytes);
  await world.agent.api.command('stop');
}
