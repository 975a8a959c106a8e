import { expect, onTestFinished, test } from 'vitest';

import type { Clock } from '../../clock.ts';
import { type Announcement, LiveEvents } from '../../live-events.ts';
import { createLog } from '../../log.ts';
import { openDatabase } from '../../storage/database.ts';
import { StateStore } from '../../storage/state-store.ts';
import { snapshotOf } from './configurations-fixture.ts';
import { setupId } from './record.ts';
import { ObsSetupService } from './setup-service.ts';
import { type SetupWorld, setupWorld } from './world-fixture.ts';

/** A clock whose timers run when the test says so. */
function handClock(): Clock & { tick: () => void; isSet: Promise<void> } {
  let waiting: (() => void) | undefined;
  let now = 0;
  let waitedMs = 0;
  let set = Promise.withResolvers<void>();
  return {
    now: () => now,
    monotonic: () => now,
    setTimeout: (callback, ms) => {
      waiting = callback;
      waitedMs = ms;
      set.resolve();
      return 1;
    },
    clearTimeout: () => {
      waiting = undefined;
    },
    tick: () => {
      now += waitedMs;
      set = Promise.withResolvers();
      waiting?.();
    },
    /** The next timer is set: what the last one began is over. */
    get isSet() {
      return set.promise;
    },
  };
}

async function serviceOf(world: SetupWorld, state = newState()) {
  const live = new LiveEvents();
  const events: Announcement[] = [];
  live.subscribe((event) => events.push(event));
  const heard = (): Promise<Announcement> => new Promise((resolve) => onTestFinished(live.subscribe(resolve)));
  const clock = handClock();
  const decided = { times: 0 };
  const looks = { finds: 0, asked: 0, onAir: false };
  const service = new ObsSetupService({
    ...{ setup: world.setup, state, live, clock, log: createLog({ level: 'silent' }) },
    isRunning: async () => {
      looks.asked += 1;
      return world.now.running;
    },
    notes: async () => [],
    find: async () => {
      looks.finds += 1;
      return [world.found];
    },
    onAir: () => looks.onAir,
    onDecided: () => void decided.times++,
  });
  service.start();
  onTestFinished(() => service.close());
  return { service, events, heard, clock, state, decided, looks };
}

function newState(): StateStore {
  const database = openDatabase(':memory:');
  onTestFinished(() => database.close());
  return new StateStore(database);
}

const obs32 = { major: 32, minor: 2, patch: 2 };

test('sets a closed OBS up at once, says so, and takes it back', async () => {
  const world = await setupWorld(obs32);
  const before = await snapshotOf(world.place);
  const { service, events, decided } = await serviceOf(world);
  const id = setupId(world.found.root);
  expect(await service.view()).toMatchObject({
    obs: [{ id, kind: 'installed', version: '32.2.2', complete: false, undo: [], pending: null }],
  });
  const answer = await service.request({ obs: id });
  expect(answer.done).toMatchObject([
    { id, changes: [{ code: 'setup_websocket_on' }, { code: 'setup_dock_added' }, { code: 'setup_dock_place' }] },
  ]);
  expect(answer.obs).toMatchObject([
    { complete: true, changes: [], undo: [{ code: 'setup_undo_restores' }, { code: 'setup_undo_restores' }] },
  ]);
  expect(events).toMatchObject([{ type: 'setup_updated', data: { obs: [{ complete: true }] } }]);
  expect(decided.times).toBe(1);
  expect((await service.request({ undo: true })).done).toHaveLength(1);
  expect(await snapshotOf(world.place)).toEqual(before);
});

test('waits for an OBS that runs as a state, and does it when OBS has been closed', async () => {
  const world = await setupWorld(obs32);
  world.now.running = true;
  const before = await snapshotOf(world.place);
  const { service, heard, clock } = await serviceOf(world);
  expect(await service.request({})).toMatchObject({
    done: [],
    obs: [{ pending: 'setup', running: true, complete: false }],
  });
  expect(await snapshotOf(world.place)).toEqual(before);
  world.now.running = false;
  const event = heard();
  clock.tick();
  expect(await event).toMatchObject({ type: 'setup_updated', data: { obs: [{ pending: null, complete: true }] } });
});

test('goes on waiting after a restart of StreamAI', async () => {
  const world = await setupWorld(obs32);
  world.now.running = true;
  const first = await serviceOf(world);
  await first.service.request({});
  await first.service.close();
  const second = await serviceOf(world, first.state);
  expect(await second.service.view()).toMatchObject({ obs: [{ pending: 'setup' }] });
  world.now.running = false;
  const event = second.heard();
  second.clock.tick();
  expect(await event).toMatchObject({ data: { obs: [{ pending: null, complete: true }] } });
});

test('while it waits, it asks only whether that OBS runs, every five seconds; on air once a minute', async () => {
  const world = await setupWorld(obs32);
  world.now.running = true;
  const first = await serviceOf(world);
  await first.service.request({});
  await first.service.close();
  const { clock, looks } = await serviceOf(world, first.state);
  const waitFor = async (ms: number): Promise<void> => {
    const end = clock.now() + ms;
    while (clock.now() < end) {
      clock.tick();
      await clock.isSet;
    }
  };
  await waitFor(60_000);
  expect(looks).toMatchObject({ finds: 1, asked: 12 });
  looks.onAir = true;
  await waitFor(120_000);
  expect(looks).toMatchObject({ finds: 1, asked: 14 });
});

test('no longer waits where a person has called it off', async () => {
  const world = await setupWorld(obs32);
  world.now.running = true;
  const { service } = await serviceOf(world);
  await service.request({});
  expect(await service.request({ cancel: true })).toMatchObject({ obs: [{ pending: null, complete: false }] });
});

test('a preview changes nothing and decides nothing', async () => {
  const world = await setupWorld(obs32);
  const before = await snapshotOf(world.place);
  const { service, events, decided } = await serviceOf(world);
  expect((await service.request({ dryRun: true })).done).toMatchObject([
    { changes: [{ code: 'setup_websocket_on' }, {}, {}] },
  ]);
  expect((await service.request({ dryRun: true, undo: true })).done).toEqual([]);
  expect(await snapshotOf(world.place)).toEqual(before);
  expect([events.length, decided.times]).toEqual([0, 0]);
});

test('what stands in the way is thrown for one that is named, and shown at it among others', async () => {
  const world = await setupWorld({ major: 27, minor: 2, patch: 4 });
  const { service } = await serviceOf(world);
  await expect(service.request({ obs: setupId(world.found.root) })).rejects.toMatchObject({
    code: 'setup_obs_too_old',
  });
  expect(await service.request({})).toMatchObject({
    done: [],
    obs: [{ problem: { code: 'setup_obs_too_old' }, complete: false }],
  });
  await expect(service.request({ obs: 'unknown' })).rejects.toMatchObject({ code: 'setup_obs_unknown' });
});
