/**
 * OBS cannot write any more, and says so in a message of its own: until somebody clicks it away there is no STOPPED. Shown on the
 * newest OBS with a disk that is really full, and on the simulated one.
 */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { describePeer } from '../rig/describe-peer.ts';
import type { ObsKind } from '../rig/obs-types.ts';
import { type PeerName, peersOfObs } from '../rig/peers.ts';
import { recordState } from '../rig/record-state.ts';
import { isSimulated } from '../rig/simulated-obs.ts';
import { until } from '../rig/until.ts';
import { start as startSimulated, temporaryFolder } from './simulated-world-fixture.ts';
import { mountSmallDisk } from './small-disk-fixture.ts';
import { World } from './world-fixture.ts';

/** OBS’s own title of it. */
const message = 'Recording error';

/** OBS records into a disk of its own, which is soon full: OBS looks for room in the folder above. @returns the session’s id */
async function recordUntilFull(world: World): Promise<string> {
  const disk = path.join(world.obs.recordingsDir, 'disk');
  const button = await world.obsClient();
  await button.call('SetProfileParameter', {
    ...{ parameterCategory: 'Output', parameterName: 'FilenameFormatting', parameterValue: 'disk/Full' },
  });
  const started = recordState(button, 'STARTED');
  await button.call('StartRecord');
  expect(await started).toBe(path.join(disk, 'Full.mp4'));
  await world.onDisk(500_000);
  if (isSimulated(world.obs)) world.obs.failWriting();
  await until('OBS has stopped', async () => !(await button.call('GetRecordStatus')).outputActive);
  const [session] = await world.agent.api.sessions('?limit=1');
  return session?.id ?? '';
}

async function worldOf(obs: ObsKind): Promise<World> {
  // More than the small default can hold, so that the disk is full soon.
  const video = { width: 640, height: 360, fps: 30 };
  const recordingsDir = await realpath(await temporaryFolder('rec'));
  // Before OBS starts: the newest sees no disk that is mounted later. The simulated one is told when its disk is full.
  await mountSmallDisk(path.join(recordingsDir, 'disk'), obs === 'simulated' ? '40m' : '3m');
  const obsOptions = { recordingsDir, format: 'hybrid_mp4', kbps: 8000, ...(obs === 'simulated' ? {} : { video }) };
  const world = await World.start({ obs, obsOptions });
  onTestFinished(() => world.dispose());
  return world;
}

for (const kind of ['newest', 'simulated'] as const) {
  const peers: readonly PeerName[] = [
    ...peersOfObs[kind],
    'mount',
    ...(kind === 'newest' ? (['xdotool'] as const) : []),
  ];
  await describePeer(peers, `a full disk, OBS ${kind}`, () => {
    test('the session ends with the reason, what is there arrives, and the next one is untouched by a late STOPPED', async () => {
      const world = await worldOf(kind);
      const { agent } = world;
      const id = await recordUntilFull(world);
      const interrupted = await agent.live.session(
        'it has ended',
        (session) => session.state === 'interrupted',
        15_000,
      );
      expect(interrupted).toMatchObject({
        id,
        notices: [{ code: 'recording_disk_full' }],
        recordings: [{ state: 'ready', finalised: false }],
      });
      expect(interrupted.durationMs).toBeGreaterThan(500);
      expect((await agent.api.status()).recording).toMatchObject({ active: false, session: null });
      const stop = await agent.api.call('POST', '/api/integrated/recording/stop');
      expect(stop).toMatchObject({ status: 409, body: { error: { code: 'not_recording' } } });
      const full = await world.arrived(id);
      await world.expectArrivedOnce(full);

      // A named recording goes to the folder above, which has room.
      const next = await agent.api.start({ sessionName: 'Room again' });
      const button = await world.obsClient();
      const stopped = recordState(button, 'STOPPED');
      await world.obs.closeMessage(message);
      expect(path.basename(await stopped)).toBe('Room again.mp4');
      expect((await button.call('GetRecordStatus')).outputActive).toBe(true);
      await world.written(1_000_000);
      expect((await agent.api.status()).recording).toMatchObject({ active: true, session: { id: next.id } });
      expect(await agent.api.session(id)).toEqual(full);
      await agent.api.command('stop');
      const done = await world.arrived(next.id);
      expect(done).toMatchObject({ state: 'recorded', notices: [] });
      await world.expectArrivedOnce(done);
      expect(await agent.api.sessions()).toHaveLength(2);
    });

    test('whoever stops or starts before that is found out has it found out', async () => {
      const world = await worldOf(kind);
      const { agent } = world;
      const id = await recordUntilFull(world);
      const next = await agent.api.start({ sessionName: 'At once' });
      expect(next).toMatchObject({ name: 'At once', state: 'recording' });
      expect(await agent.api.session(id)).toMatchObject({ notices: [{ code: 'recording_disk_full' }] });
      // The agent that comes next knows nothing of a STOPPED that is still to come.
      await agent.restart();
      await agent.live.until('connected again', ({ obs }) => obs.state === 'connected');
      await world.obs.closeMessage(message);
      await world.written(1_000_000);
      expect((await agent.api.status()).recording).toMatchObject({ active: true, session: { id: next.id } });
      await agent.api.command('stop');
      expect((await world.arrived(next.id)).state).toBe('recorded');
    });
  });
}

await describePeer(['mount'], 'a full disk, OBS in the tray', () => {
  test('shows no message: its STOPPED comes at once, and without STOPPING, and the session says why', async () => {
    const recordingsDir = await realpath(await temporaryFolder('rec'));
    await mountSmallDisk(recordingsDir, '40m');
    const { world, obs } = await startSimulated({ recordingsDir });
    const { id } = await world.agent.api.start({ sessionName: 'Full' });
    await world.onDisk(500_000);
    obs.fillDisk();
    const ended = await world.agent.live.session('it has ended', ({ state }) => state === 'interrupted');
    expect(ended).toMatchObject({ id, notices: [{ code: 'recording_disk_full' }], recordings: [{ state: 'ready' }] });
    await world.expectArrivedOnce(await world.arrived(id));
  });
});
