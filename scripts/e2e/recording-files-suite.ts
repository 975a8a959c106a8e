/** Which files are a recording's: on a real OBS, all that it wrote and no others. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Session } from '../../shared/domain.ts';
import { describePeer } from '../rig/describe-peer.ts';
import type { ObsOptions } from '../rig/obs-types.ts';
import { peersOfObs } from '../rig/peers.ts';
import { until } from '../rig/until.ts';
import { temporaryFolder } from './simulated-world-fixture.ts';
import { World, type WorldOptions } from './world-fixture.ts';

/** A folder for each second, as people have one for each day: a split goes on in another one. */
const inFolders = { 'Output/FilenameFormatting': '%CCYY-%MM-%DD/%hh-%mm-%ss/part' };

export async function describeRecordingFiles(kind: 'newest' | 'system', format: string): Promise<void> {
  const start = async (
    profile: Record<string, string>,
    options: Partial<ObsOptions> = {},
    env: WorldOptions['env'] = {},
  ) => {
    const world = await World.start({ obs: kind, obsOptions: { format, profile, ...options }, env });
    onTestFinished(() => world.dispose());
    return world;
  };
  const filesOf = (world: World): Promise<string[]> =>
    readdir(world.obs.recordingsDir, { recursive: true, withFileTypes: true }).then((entries) =>
      entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name)),
    );
  /** As OBS's button or hotkey does: with a session name, OBS would name its files by that. */
  const startInObs = async (
    world: World,
  ): Promise<{ session: Session; obs: Awaited<ReturnType<World['obsClient']>> }> => {
    const obs = await world.obsClient();
    await obs.call('StartRecord');
    const session = await world.agent.live.session('recording', ({ state }) => state === 'recording');
    await world.written(100_000);
    return { session, obs };
  };
  const split = async (world: World, obs: Awaited<ReturnType<World['obsClient']>>, files: number): Promise<void> => {
    await obs.call('TriggerHotkeyByName', { hotkeyName: 'OBSBasic.SplitFile' });
    await until(`${files} files`, async () => (await filesOf(world)).length === files);
  };

  await describePeer(peersOfObs[kind], `recording files, OBS ${kind}`, () => {
    test('split into a folder of its own, while the agent is away: both files arrive', async () => {
      const world = await start(inFolders, { split: true });
      const { session, obs } = await startInObs(world);
      await world.agent.kill();
      await split(world, obs, 2);
      await world.agent.start();
      await world.agent.live.until('connected', (state) => state.obs.state === 'connected');
      await world.written(400_000);
      await obs.call('StopRecord');
      const done = await world.arrived(session.id);
      expect(done.recordings.map(({ path }) => path).sort()).toEqual((await filesOf(world)).sort());
      expect(new Set(done.recordings.map((each) => path.dirname(each.path))).size).toBe(2);
      expect(done.notices).toEqual([]);
      await world.expectArrivedOnce(done);
    });

    test('remuxed by OBS while the agent is away over the split: no remuxed file is one of its files', async () => {
      // Of a fragmented MP4, the newest makes one with the recording's own extension.
      const world = await start(
        { 'Video/AutoRemux': 'true' },
        { split: true, format: kind === 'newest' ? 'fragmented_mp4' : 'mkv' },
      );
      const remuxed = kind === 'newest' ? /\.remuxed\.mp4$/ : /\.mp4$/;
      const { session, obs } = await startInObs(world);
      await world.agent.kill();
      await obs.call('TriggerHotkeyByName', { hotkeyName: 'OBSBasic.SplitFile' });
      const remuxes = async (): Promise<string[]> => (await filesOf(world)).filter((file) => remuxed.test(file));
      await until(
        'OBS has remuxed the first file',
        async () => (await filesOf(world)).length === 3 && (await remuxes()).length === 1,
      );
      await world.agent.start();
      await world.agent.live.until('connected', (state) => state.obs.state === 'connected');
      await world.written(400_000);
      await obs.call('StopRecord');
      const done = await world.arrived(session.id);
      expect(done).toMatchObject({ state: 'recorded', notices: [] });
      expect(done.recordings).toHaveLength(2);
      expect(done.recordings.filter(({ path }) => remuxed.test(path))).toEqual([]);
      await world.expectArrivedOnce(done);
      await until('OBS has remuxed the second one', async () => (await remuxes()).length === 2);
    });

    test('of an OBS whose disks are not ours: the session says which path is not reachable from here', async () => {
      const world = await start({}, { elsewhere: true });
      const obs = await world.obsClient();
      await obs.call('StartRecord');
      const session = await world.agent.live.session('recording', ({ recordings }) => recordings.length > 0);
      const file = session.recordings[0]?.path ?? '';
      await until('OBS writes', async () => (await obs.call('GetRecordStatus')).outputBytes > 100_000);
      await obs.call('StopRecord');
      const done = await world.agent.live.session(
        'told',
        ({ state }) => state === 'recorded' || state === 'interrupted',
      );
      expect(path.dirname(file)).toBe(world.obs.recordingsDir);
      expect(done).toMatchObject({
        id: session.id,
        notices: [{ code: 'path_not_reachable', params: { path: file }, message: expect.stringContaining(file) }],
        recordings: [{ state: 'missing', uploads: [] }],
      });
      expect(await filesOf(world)).toEqual([]);
    });

    // Without a prefix its name is like a recording's: OBS's word tells, and where nobody listened, that it plays for longer than it was
    // written to. A person is asked where that is not enough, on a busy disk.
    test.each([
      { prefix: '', agent: 'watches' },
      { prefix: 'Replay', agent: 'is away' },
      { prefix: '', agent: 'is away' },
    ])(
      'a replay saved during a split session is none of its files; prefix “$prefix”, the agent $agent',
      async (how) => {
        const replays = { 'AdvOut/RecRB': 'true', 'AdvOut/RecRBTime': '20', 'SimpleOutput/RecRBPrefix': how.prefix };
        const world = await start(replays, { split: true });
        const { session, obs } = await startInObs(world);
        await obs.call('StartReplayBuffer');
        await until('the replay buffer runs', async () => (await obs.call('GetReplayBufferStatus')).outputActive);
        await world.written(400_000);
        await until('the replay is long', async () => (await obs.call('GetRecordStatus')).outputDuration > 9000);
        if (how.agent === 'is away') await world.agent.kill();
        const saved = new Promise<string>((resolve) =>
          obs.once('ReplayBufferSaved', (event) => resolve(event.savedReplayPath)),
        );
        await obs.call('SaveReplayBuffer');
        const replay = await saved;
        await split(world, obs, 3);
        if (how.agent === 'is away') {
          await world.agent.start();
          await world.agent.live.until('connected', (state) => state.obs.state === 'connected');
        }
        await world.written(600_000);
        await obs.call('StopRecord');
        const done = await world.arrived(session.id);
        expect(done.recordings).toHaveLength(2);
        expect(done.recordings.map((each) => each.path)).not.toContain(replay);
        const mayAsk = how.agent === 'is away' && how.prefix === '';
        expect(done.notices.filter(({ params }) => !mayAsk || params?.file !== replay)).toEqual([]);
        await world.expectArrivedOnce(done);
      },
    );

    test('a plugin’s file, with such a name and written from the split on, while the agent is away: a person is asked, and answers by REST', async () => {
      const world = await start({}, { split: true });
      const { session, obs } = await startInObs(world);
      const [first = ''] = await filesOf(world);
      await world.agent.kill();
      await split(world, obs, 2);
      const second = (await filesOf(world)).find((file) => file !== first) ?? '';
      // As a plugin does that records one of the sources: half of it now, the other half 3 s later.
      const plugins = path.join(path.dirname(first), `2026-01-01 00-00-00${path.extname(first)}`);
      const content = await readFile(first);
      await writeFile(plugins, content.subarray(0, content.length / 2));
      const recordedMs = async (): Promise<number> => (await obs.call('GetRecordStatus')).outputDuration;
      const before = await recordedMs();
      await until('3 s later', async () => (await recordedMs()) > before + 3000);
      await appendFile(plugins, content.subarray(content.length / 2));
      await world.agent.start();
      await world.agent.live.until('connected', (state) => state.obs.state === 'connected');
      await world.written(600_000);
      await obs.call('StopRecord');
      const { recordings, notices } = await world.arrived(session.id);
      expect(recordings.map((each) => each.path)).toEqual([first]);
      expect(notices.map(({ code, params }) => [code, params?.file]).sort()).toEqual(
        [plugins, second].map((file) => ['file_uncertain', file]).sort(),
      );
      const files = `/api/integrated/recordings/${session.id}/files`;
      expect(await world.agent.api.call('DELETE', files, { path: plugins })).toMatchObject({ status: 200 });
      expect(await world.agent.api.call('POST', files, { path: second })).toMatchObject({ status: 200 });
      await world.agent.live.session('taken in', (now) => now.recordings[1]?.state === 'ready');
      const whole = await world.arrived(session.id);
      expect(whole).toMatchObject({ state: 'recorded', notices: [], recordings: [{ path: first }, { path: second }] });
      await world.expectArrivedOnce(whole);
      expect(await filesOf(world)).toContain(plugins);
    });

    test('HLS: no start by REST; started all the same it says that it is not uploaded, and nothing is', async () => {
      const world = await start({}, { format: kind === 'newest' ? 'hls' : 'm3u8' });
      const refused = await world.agent.api.call('POST', '/api/integrated/recording/start', {
        sessionName: 'Playlist',
      });
      expect(refused).toMatchObject({ status: 409, body: { error: { code: 'format_not_uploaded' } } });
      expect((await world.obsClient()).identified && (await filesOf(world))).toEqual([]);
      const { session, obs } = await startInObs(world);
      await obs.call('StopRecord');
      const done = await until('recorded', async () => {
        const now = await world.agent.api.session(session.id);
        return now.state === 'recorded' && now.notices.length > 0 ? now : null;
      });
      expect(done).toMatchObject({
        notices: [{ code: 'format_not_uploaded', params: { format: 'm3u8' } }],
        recordings: [{ container: 'playlist', state: 'ready', uploads: [] }],
      });
      const manual = await world.agent.api.call('POST', '/api/integrated/upload/manual', { sessionId: session.id });
      expect(manual).toMatchObject({ status: 409, body: { error: { code: 'format_not_uploaded' } } });
      expect((await filesOf(world)).some((file) => file.endsWith('.ts'))).toBe(true);
    });

    test.each([
      ['Simple mode, Lossless', 'Simple', { 'SimpleOutput/RecQuality': 'Lossless' }],
      [
        'Advanced mode, custom output',
        'Advanced',
        {
          'AdvOut/RecType': 'FFmpeg',
          'AdvOut/FFFormat': 'matroska',
          'AdvOut/FFExtension': 'mkv',
          'AdvOut/FFVEncoder': 'libx264',
        },
      ],
    ] as const)(
      'FFmpeg’s output (%s): what it cannot do is said; its file is found after a restart',
      async (_, outputMode, profile) => {
        const folder = path.join(await temporaryFolder('ffmpeg'), 'here');
        const settings = { 'AdvOut/RecSplitFile': 'true', 'AdvOut/RecEncoder': 'obs_x264', ...profile };
        const world = await start(settings, { outputMode }, { RECORDINGS_DIR: folder });
        await world.agent.live.until('OBS is pointed there', (state) => state.obs.recordDirectory === folder);
        expect((await world.agent.api.status()).obs).toMatchObject({
          canPause: false,
          canSplit: false,
          canChapter: false,
          pauseProblem: { code: 'ffmpeg_output_limited' },
          splitProblem: { code: 'ffmpeg_output_limited' },
        });
        // The agent is away at the start: only the output's settings tell the file.
        await world.agent.kill();
        const obs = await world.obsClient();
        await obs.call('StartRecord');
        await until('OBS records', async () => (await obs.call('GetRecordStatus')).outputBytes > 0);
        await world.agent.start();
        const session = await world.agent.live.session(
          'recording',
          ({ state, recordings }) => state === 'recording' && recordings.length > 0,
        );
        await world.agent.live.until('set up', (state) => state.obs.recordDirectory === folder);
        for (const command of ['pause', 'split']) {
          const refused = await world.agent.api.call('POST', `/api/integrated/recording/${command}`);
          expect(refused).toMatchObject({ status: 409, body: { error: { code: 'ffmpeg_output_limited' } } });
        }
        await obs.call('StopRecord');
        const done = await world.arrived(session.id);
        expect(path.dirname(done.recordings[0]?.path ?? '')).toBe(folder);
        await world.expectArrivedOnce(done);
      },
    );

    test('FFmpeg’s output to an address: the session says that there is no file here, without what the address keeps secret', async () => {
      const listener = createSocket('udp4');
      listener.bind(0, '127.0.0.1');
      await once(listener, 'listening');
      onTestFinished(() => void listener.close());
      const address = `udp://127.0.0.1:${listener.address().port}`;
      const custom = { 'AdvOut/RecType': 'FFmpeg', 'AdvOut/FFOutputToFile': 'false', 'AdvOut/FFFormat': 'mpegts' };
      const world = await start({
        ...custom,
        'AdvOut/FFURL': `${address}/?key=secret`,
        'AdvOut/FFVEncoder': 'libx264',
      });
      const obs = await world.obsClient();
      await obs.call('StartRecord');
      const session = await world.agent.live.session('told', ({ notices }) => notices.length > 0);
      expect(session.notices).toMatchObject([{ code: 'recorded_elsewhere', params: { address } }]);
      await obs.call('StopRecord');
      await world.agent.live.session('recorded', ({ state }) => state === 'recorded');
      expect((await world.agent.api.session(session.id)).recordings).toEqual([]);
      expect(await world.agent.logTail()).not.toContain('secret');
    });
  });
}
