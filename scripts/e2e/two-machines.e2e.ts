/**
 * OBS on another machine: its folder is here too, under another name, as a share of it is. OBS's paths are Windows' (simulated), or those of
 * a real OBS in which another folder is mounted; the share goes and comes while OBS writes on.
 */
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Session, Upload } from '../../shared/domain.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { peersOfObs } from '../rig/peers.ts';
import { type Rgw, startRgw } from '../rig/rgw.ts';
import { sha256Of } from '../rig/sha256.ts';
import { isSimulated } from '../rig/simulated-obs.ts';
import { until } from '../rig/until.ts';
import { mountRemovableDrive } from './removable-drive-fixture.ts';
import { recordAndArrive, start, temporaryFolder } from './simulated-world-fixture.ts';
import { StorageWorld } from './storage-world-fixture.ts';

const isOver = ({ state }: Session): boolean => state === 'recorded' || state === 'interrupted';

describe('an OBS whose paths are Windows’', () => {
  test('what cannot be reached is said, a mapping is tried, and then all of it arrives', async () => {
    const [told, typed] = ['D:/Rec', 'd:\\rec\\'] as const;
    const { world, obs } = await start({ misbehave: { foreignFolder: told } });
    const { api, live } = world.agent;
    const set = (mappings: unknown) => api.call('PUT', '/api/settings', { pathMappings: mappings });
    await live.until(
      'that its folder is not here is said',
      (state) => state.obs.problem?.code === 'obs_folder_not_reachable',
    );
    const { id } = await api.start({ sessionName: 'Before' });
    await world.written(500_000);
    await api.command('stop');
    await live.session('over', isOver);
    expect(await api.session(id)).toMatchObject({
      notices: [{ code: 'path_not_reachable', params: { path: `${told}/Before.mkv` } }],
      recordings: [],
    });

    const refusal = (code: string) => ({ status: expect.any(Number), body: { error: { code } } });
    expect(await set([{ obs: 'rec', here: obs.recordingsDir }])).toMatchObject(refusal('invalid_request'));
    expect(await set([{ obs: typed, here: 'rec' }])).toMatchObject(refusal('invalid_request'));
    expect(await set([{ obs: typed, here: path.join(world.folder, 'none') }])).toMatchObject(
      refusal('folder_unreadable'),
    );
    expect(await set([{ obs: 'C:\\', here: obs.recordingsDir }])).toMatchObject(refusal('path_mapping_misses'));
    expect(await set([{ obs: typed, here: await temporaryFolder('not-it') }])).toMatchObject(
      refusal('path_mapping_differs'),
    );
    const mapping = { obs: typed, here: obs.recordingsDir };
    expect(await set([mapping])).toMatchObject({ status: 200, body: { values: { pathMappings: [mapping] } } });

    await live.until('nothing is wrong', ({ obs: { problem, recordDirectory } }) => {
      return problem === null && recordDirectory?.replace(/\/$/, '') === obs.recordingsDir;
    });
    const before = await world.arrived(id);
    expect(before).toMatchObject({ notices: [], recordings: [{ path: path.join(obs.recordingsDir, 'Before.mkv') }] });
    const after = await api.start({ sessionName: 'After' });
    await world.onDisk(500_000);
    await api.command('stop');
    const done = await world.arrived(after.id);
    expect(done).toMatchObject({ notices: [], recordings: [{ path: path.join(obs.recordingsDir, 'After.mkv') }] });
    await world.expectArrivedOnce(done);
  });

  test('of a share: a mapping that the environment has holds from the start', async () => {
    const recordingsDir = await temporaryFolder('share');
    const env = { OBS_PATH_MAPPINGS: `//NAS/videos = ${recordingsDir}` };
    const { world } = await start({ recordingsDir, misbehave: { foreignFolder: '\\\\nas\\videos' } }, env);
    const done = await recordAndArrive(world, 'Shared');
    expect(done).toMatchObject({ notices: [], recordings: [{ path: path.join(recordingsDir, 'Shared.mkv') }] });
  });

  test('a mapping that is set while it records: the recording is taken up', async () => {
    const { world, obs } = await start({ misbehave: { foreignFolder: 'D:/Rec' } });
    const { api, live } = world.agent;
    const { id } = await api.start({ sessionName: 'Meanwhile' });
    await live.session('told', ({ notices }) => notices.length > 0);
    const mappings = [{ obs: 'D:\\Rec', here: obs.recordingsDir }];
    expect(await api.call('PUT', '/api/settings', { pathMappings: mappings })).toMatchObject({ status: 200 });
    await live.session('taken up', ({ notices, recordings }) => notices.length === 0 && recordings.length === 1);
    await api.command('stop');
    await world.expectArrivedOnce(await world.arrived(id));
  });

  test('what is no recording is not sent, whatever it is called here: a link to a key, and a file beside OBS’s folder', async () => {
    const folder = await temporaryFolder('drive');
    const recordingsDir = path.join(folder, 'Rec');
    await mkdir(recordingsDir);
    await writeFile(path.join(folder, 'key.mkv'), 'secret');
    await symlink(path.join(folder, 'key.mkv'), path.join(recordingsDir, 'link.mkv'));
    const env = { OBS_PATH_MAPPINGS: `D:\\ = ${folder}` };
    const { world, obs } = await start({ recordingsDir, misbehave: { foreignFolder: 'D:/Rec' } }, env);
    const { api, live } = world.agent;
    for (const [namesFile, code] of [
      ['D:/Rec/link.mkv', 'file_refused'],
      ['D:/Rec/../key.mkv', 'file_held_outside'],
    ] as const) {
      obs.misbehave({ namesFile });
      const { id } = await api.start({ sessionName: code });
      await api.command('stop');
      await live.session(code, (session) => session.id === id && isOver(session));
      const { notices, recordings } = await api.session(id);
      expect(notices.map((notice) => notice.code)).toContain(code);
      expect(recordings.flatMap(({ uploads }) => uploads)).toEqual([]);
    }
  });

  test('RECORDINGS_DIR is this machine’s name for it, and OBS is told its own', async () => {
    const here = await temporaryFolder('here');
    const env = { OBS_PATH_MAPPINGS: `/studio/videos = ${here}`, RECORDINGS_DIR: path.join(here, 'new') };
    const { world } = await start({}, env);
    const client = await world.obsClient();
    await until('OBS is pointed there', async () => {
      return (await client.call('GetRecordDirectory')).recordDirectory === '/studio/videos/new';
    });
  });
});

await describePeer(['ceph', 'mount', ...peersOfObs.newest], 'to Object Storage, while it records', () => {
  let rgw: Rgw;
  beforeAll(async () => {
    rgw = await startRgw();
  });
  afterAll(() => rgw?.stop());

  test('the share goes and comes while OBS writes, and after the stop: it is waited for, and what arrives is whole', {
    timeout: 120_000,
  }, async () => {
    const drive = await mountRemovableDrive();
    onTestFinished(() => drive.dispose());
    const obsOptions = { recordingsDir: drive.kept, kbps: 20_000 };
    const env = { OBS_PATH_MAPPINGS: `D:\\Rec = ${drive.folder}` };
    const storage = await StorageWorld.start(rgw, env, { obsOptions, processingUrl: '' });
    onTestFinished(() => storage.dispose());
    const { obs } = storage.world;
    if (!isSimulated(obs)) throw new Error('not the simulated OBS');
    obs.misbehave({ foreignFolder: 'D:/Rec' });
    const { api } = storage.agent;
    const { id } = await api.start({ sessionName: 'Share' });
    const follows = (more: (upload: Upload) => boolean) => async (): Promise<boolean> => {
      const upload = (await api.session(id)).recordings[0]?.uploads[0];
      return upload?.phase === 'following' && more(upload);
    };
    await until(
      'a part is sent',
      follows(({ parts }) => (parts?.done ?? 0) >= 1),
      { ms: 30_000 },
    );
    await drive.pull();
    await delay(2000);
    await drive.putBack();
    const sent = (await storage.upload(id)).parts?.done ?? 0;
    await until(
      'it goes on',
      follows(({ parts }) => (parts?.done ?? 0) > sent),
      { ms: 30_000 },
    );
    await drive.pull();
    await api.command('stop');
    await delay(2000);
    expect((await api.session(id)).recordings[0]?.state).toBe('finalising');
    await drive.putBack();
    const upload = await storage.arrived(id);
    const file = path.join(drive.kept, 'Share.mkv');
    expect(await rgw.s3.sha256(storage.bucket, upload.object?.key ?? '')).toBe(await sha256Of(file));
    expect((await api.session(id)).notices).toEqual([]);
  });

  test('a real OBS that has the folder under another path is followed; every part of a split recording arrives', {
    timeout: 120_000,
  }, async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'streamai-machines-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    const [here, atObs] = [path.join(folder, 'here'), path.join(folder, 'at-obs')] as const;
    await Promise.all([mkdir(here), mkdir(atObs)]);
    const obsOptions = { recordingsDir: atObs, elsewhere: { here }, kbps: 20_000, split: true };
    const env = { OBS_PATH_MAPPINGS: `${atObs} = ${here}` };
    const storage = await StorageWorld.start(rgw, env, { obs: 'newest', obsOptions, processingUrl: '' });
    onTestFinished(() => storage.dispose());
    const { api } = storage.agent;
    const { id } = await api.start({ sessionName: 'Two machines' });
    const uploads = async (): Promise<Upload[]> => (await api.session(id)).recordings.flatMap((each) => each.uploads);
    const isSent = async (): Promise<boolean> =>
      (await uploads()).some(({ phase, parts }) => phase === 'following' && (parts?.done ?? 0) >= 1);
    await until('a part goes while OBS records', isSent, { ms: 40_000, detail: () => storage.agent.logTail() });
    await api.command('split');
    await until('the second file', async () => (await api.session(id)).recordings.length === 2, { ms: 20_000 });
    await delay(1500);
    await api.command('stop');
    const done = async (): Promise<boolean> => {
      const all = await uploads();
      return all.length === 2 && all.every(({ state }) => state === 'completed');
    };
    await until('both have arrived', done, { ms: 60_000, detail: () => storage.agent.logTail() });
    const session = await api.session(id);
    expect(session.notices).toEqual([]);
    for (const {
      path: file,
      uploads: [upload],
    } of session.recordings) {
      expect(path.dirname(file)).toBe(here);
      expect(await rgw.s3.sha256(storage.bucket, upload?.object?.key ?? '')).toBe(await sha256Of(file));
    }
    expect(await readdir(atObs)).toEqual([]);
  });
});
