/**
 * A real drive (FUSE) that hangs while its recording is followed to Object Storage, while local files are deleted, and while the agent
 * starts: it holds up its own recording, and nothing else; and the agent ends on a signal.
 */
import { access } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describePeer } from '../../rig/describe-peer.ts';
import { type HangingDrive, mountHangingDrive } from '../../rig/hanging-drive.ts';
import { type Rgw, startRgw } from '../../rig/rgw.ts';
import { sha256Of } from '../../rig/sha256.ts';
import { isSimulated, type SimulatedObs } from '../../rig/simulated-obs.ts';
import { until } from '../../rig/until.ts';
import { mebibyte, StorageWorld } from '../storage-world-fixture.ts';
import { countAs } from './hostile-table-fixture.ts';

countAs('local user');
/** Whatever hangs, the agent starts and ends in this time, and answers in a second. */
const longestMs = 15_000;

await describePeer(['ceph', 'fuse'], 'a drive that hangs, with Object Storage', () => {
  let rgw: Rgw;
  let store: StorageWorld;
  let obs: SimulatedObs;
  let drive: HangingDrive;
  let id: string;
  let sha256: string;

  beforeAll(async () => {
    rgw = await startRgw();
    store = await StorageWorld.start(rgw, {}, { obsOptions: { kbps: 40_000 } });
    if (!isSimulated(store.world.obs)) throw new Error('not the simulated OBS');
    obs = store.world.obs;
    drive = await mountHangingDrive(obs.recordingsDir);
  });
  afterAll(async () => {
    await drive?.end();
    await store?.dispose();
    await rgw?.stop();
  });

  async function timed(work: () => Promise<unknown>): Promise<number> {
    const before = performance.now();
    await work();
    return performance.now() - before;
  }
  const answers = (): Promise<number> =>
    timed(async () => expect((await store.agent.api.call('GET', '/api/health')).status).toBe(200));

  /** On another drive, and away again from there once it has arrived. */
  async function recordElsewhere(name: string, deleted: boolean): Promise<void> {
    const { api } = store.agent;
    obs.misbehave({ foreignFolder: null });
    const session = await api.start({ sessionName: name });
    await store.world.written(mebibyte);
    await api.command('stop');
    const upload = await store.arrived(session.id);
    const file = (await api.session(session.id)).recordings[0]?.path ?? '';
    if (!deleted) expect(await rgw.s3.sha256(store.bucket, upload.object?.key ?? '')).toBe(await sha256Of(file));
    else await until('deleted', async () => (await api.session(session.id)).recordings[0]?.state === 'deleted');
    if (deleted) await expect(access(file)).rejects.toMatchObject({ code: 'ENOENT' });
  }

  test('while it is followed: the agent answers, others arrive, and its card says for what it waits', async () => {
    const { api } = store.agent;
    obs.misbehave({ foreignFolder: drive.mountPoint });
    ({ id } = await api.start({ sessionName: 'On the drive' }));
    await until('it is followed', () => store.partBytes >= 5 * mebibyte);
    expect(await store.upload(id)).toMatchObject({ state: 'uploading', phase: 'following' });
    await drive.hang();
    expect(await answers()).toBeLessThan(1000);
    await api.command('stop');
    await recordElsewhere('Elsewhere', false);
    const told = async (): Promise<boolean> => {
      const session = await api.session(id);
      const [upload] = session.recordings[0]?.uploads ?? [];
      return [upload?.error?.code, ...session.notices.map(({ code }) => code)].includes('file_away');
    };
    await until('it says so', told, { ms: 40_000 });
    expect(await answers()).toBeLessThan(1000);
  });

  test('while local files are deleted: those of others go, its own stay', async () => {
    const { api } = store.agent;
    expect(await api.call('PUT', '/api/settings', { deleteLocal: 'verified' })).toMatchObject({ status: 200 });
    const others = async () => (await api.sessions()).filter(({ name }) => name === 'Elsewhere');
    await until('deleted', async () => (await others())[0]?.recordings[0]?.state === 'deleted');
    expect((await api.session(id)).recordings[0]?.state).not.toBe('deleted');
  });

  test('the agent ends on a signal, starts although a session’s file lies there, does its work, and ends again', async () => {
    expect(await timed(() => store.agent.stop())).toBeLessThan(longestMs);
    expect(await timed(() => store.agent.start())).toBeLessThan(longestMs);
    await store.agent.live.until('connected to OBS', (state) => state.obs.state === 'connected');
    await recordElsewhere('After the start', true);
    expect(await answers()).toBeLessThan(1000);
    expect((await store.agent.api.session(id)).recordings[0]?.state).not.toBe('deleted');
    expect(await timed(() => store.agent.stop())).toBeLessThan(longestMs);
  });

  test('once it answers, its recording arrives whole, and goes too', async () => {
    sha256 = await sha256Of(path.join(obs.recordingsDir, 'On the drive.mkv'));
    await drive.answer();
    await store.agent.start();
    const upload = await store.arrived(id);
    expect(await rgw.s3.sha256(store.bucket, upload.object?.key ?? '')).toBe(sha256);
    await until('deleted', async () => (await store.agent.api.session(id)).recordings[0]?.state === 'deleted');
  });
});
