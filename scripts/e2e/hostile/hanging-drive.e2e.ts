/** A drive that hangs, as a dead NFS or SMB mount does: a real one (FUSE). It holds up its own recording, and nothing else. */
import { expect, onTestFinished, test } from 'vitest';
import { describePeer } from '../../rig/describe-peer.ts';
import { type HangingDrive, mountHangingDrive } from '../../rig/hanging-drive.ts';
import type { SimulatedObs } from '../../rig/simulated-obs.ts';
import { until } from '../../rig/until.ts';
import { start } from '../simulated-world-fixture.ts';
import type { World } from '../world-fixture.ts';
import { countAs } from './hostile-table-fixture.ts';

countAs('local user');

/** OBS records onto the drive, until it is told otherwise. */
async function onDrive(
  env: Record<string, string> = {},
): Promise<{ world: World; obs: SimulatedObs; drive: HangingDrive }> {
  const { world, obs } = await start({}, env);
  const drive = await mountHangingDrive(obs.recordingsDir);
  onTestFinished(() => drive.end());
  obs.misbehave({ foreignFolder: drive.mountPoint });
  return { world, obs, drive };
}

async function recordElsewhere({ world, obs }: { world: World; obs: SimulatedObs }): Promise<void> {
  obs.misbehave({ foreignFolder: null });
  const { id } = await world.agent.api.start({ sessionName: 'Elsewhere' });
  await world.written(500_000);
  await world.agent.api.command('stop');
  await world.expectArrivedOnce(await world.arrived(id));
}

await describePeer(['fuse'], 'a drive that hangs', () => {
  test('when OBS stops: others go on, the agent ends on a signal, and it goes on where it answers again', async () => {
    const { world, obs, drive } = await onDrive();
    const { api } = world.agent;
    const { id } = await api.start({ sessionName: 'On the drive' });
    await world.written(500_000);
    await drive.hang();
    await api.command('stop');
    await recordElsewhere({ world, obs });
    const notices = async () => (await api.session(id)).notices.map(({ code }) => code);
    await until('the card says it', async () => (await notices()).includes('file_away'), { ms: 40_000 });
    expect(await api.session(id)).toMatchObject({ state: 'finalising', recordings: [{ state: 'finalising' }] });
    expect((await api.call('GET', '/api/health')).status).toBe(200);
    const asked = performance.now();
    await world.agent.stop();
    expect(performance.now() - asked).toBeLessThan(15_000);
    await drive.answer();
    await world.agent.start();
    const done = await world.arrived(id);
    expect(done.notices).toEqual([]);
    await world.expectArrivedOnce(done);
  });

  test('in the middle of an upload: it waits and says for what, others go on, and it arrives', async () => {
    const { world, obs, drive } = await onDrive({ UPLOAD_BANDWIDTH_LIMIT: '4M' });
    const { api } = world.agent;
    const { id } = await api.start({ sessionName: 'On the drive' });
    await world.written(3_000_000);
    await api.command('stop');
    const upload = async () => (await api.session(id)).recordings[0]?.uploads[0];
    await until('it is on its way', async () => ((await upload())?.bytesSent ?? 0) > 300_000);
    await drive.hang();
    await until('it waits', async () => (await upload())?.error?.code === 'file_away', { ms: 40_000 });
    expect((await upload())?.state).toBe('waiting');
    await recordElsewhere({ world, obs });
    await drive.answer();
    await world.expectArrivedOnce(await world.arrived(id));
  });
});
