/**
 * The main job on real OBS, newest and oldest supported: whoever starts it, a recording becomes one named session and arrives
 * byte for byte, its task is tracked to its end, and every client sees the same.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import path from 'node:path';
import OBSWebSocket from 'obs-websocket-js/json';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { playTimeMs } from '../../agent/files/play-time.ts';
import { peerOwner } from '../../agent/obs/peer-owner.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { LiveClient } from '../rig/live-channel.ts';
import { defaultVideo } from '../rig/obs-config.ts';
import type { ObsKind } from '../rig/obs-types.ts';
import { peersOfObs } from '../rig/peers.ts';
import { World } from './world-fixture.ts';

/** The suite on one OBS, recording in its own default format. One file for each OBS, so that they run side by side. */
export async function describeMainJob(kind: Exclude<ObsKind, 'simulated'>, format: string): Promise<void> {
  await describePeer(peersOfObs[kind], `main job, OBS ${kind}`, () => {
    let world: World;
    beforeAll(async () => {
      // A fresh machine: OBS made its password itself, and nothing is set for the agent.
      world = await World.start({ obs: kind, obsOptions: { format, split: true, password: '' }, findsObs: true });
    });
    afterAll(() => world?.dispose());

    test('found by its own files, over localhost, with the password that it made; it is a program of this user', async () => {
      const { obs, agent } = world;
      expect(obs.password).toMatch(/^[A-Za-z0-9]{16}$/);
      expect(agent.live.state?.obs).toMatchObject({
        state: 'connected',
        problem: null,
        version: obs.version,
        address: `localhost:${obs.port}`,
      });
      expect((await agent.api.call('GET', '/api/obs/connection')).body).toEqual({
        url: `ws://127.0.0.1:${obs.port}`,
        password: obs.password,
      });
      const socket = connect(obs.port, '127.0.0.1');
      world.alsoEnd(async () => socket.destroy());
      await once(socket, 'connect');
      expect(await peerOwner(socket)).toEqual({ uid: process.getuid?.() });
      // Whoever does not authenticate is let in by none of the two.
      await expect(new OBSWebSocket().connect(`ws://127.0.0.1:${obs.port}`, 'wrong')).rejects.toMatchObject({
        code: 4009,
      });
    });

    test('by REST: named, recorded, uploaded, tracked to its end', async () => {
      const session = await world.agent.api.start({
        sessionName: 'Leçon 1 – été 100 %',
        subtitleModel: 'small',
        priority: 7,
      });
      expect(session).toMatchObject({ name: 'Leçon 1 – été 100 %', state: 'recording', startedBy: 'rest' });
      expect(path.basename(session.recordings[0]?.path ?? '')).toMatch(/^Leçon 1 – été 100 %\.\w+$/);
      await world.written(200_000);
      expect(await world.agent.api.command('stop')).toMatchObject({ id: session.id });

      const done = await world.arrived(session.id);
      await world.expectArrivedOnce(done);
      expect(done).toMatchObject({ state: 'recorded', subtitleModel: 'small', priority: 7 });
      expect(done.recordings).toHaveLength(1);
      expect(done.recordings[0]).toMatchObject({
        state: 'ready',
        finalised: true,
        container: format === 'mkv' ? 'mkv' : 'mp4',
      });
      expect(done.metadata).toMatchObject({ ...defaultVideo, obsVersion: world.obs.version });
      expect(done.metadata.scenes[0]).toMatchObject({ atMs: 0 });
      expect(done.metadata.stopToUploadedMs).toBeGreaterThan(0);
    });

    test('OBS’s own file name format is as it was', async () => {
      const client = await world.obsClient();
      const { parameterValue } = await client.call('GetProfileParameter', {
        parameterCategory: 'Output',
        parameterName: 'FilenameFormatting',
      });
      expect(parameterValue ?? '').not.toContain('Leçon');
    });

    test('by hotkey: takes the next session, one session, two clients see the same', async () => {
      const second = await LiveClient.connect(world.agent.url, world.agent.token);
      world.alsoEnd(async () => second.close());
      await world.agent.api.nextSession({ name: 'Par raccourci', priority: 3 });
      const before = (await world.agent.api.sessions()).length;
      await world.pressHotkey('StartRecording');
      const session = await world.agent.live.session('recording by hotkey', ({ name, state }) => {
        return name === 'Par raccourci' && state === 'recording';
      });
      expect(session).toMatchObject({ startedBy: 'obs', priority: 3 });
      await world.written(100_000);
      // obs-websocket before 5.2 presses a hotkey without letting it go: its counterpart is dead until OBS starts again.
      if (kind === 'newest') await world.pressHotkey('StopRecording');
      else await (await world.obsClient()).call('StopRecord');
      const done = await world.arrived(session.id);
      await world.expectArrivedOnce(done);
      expect(await world.agent.api.sessions()).toHaveLength(before + 1);
      // The name was for one recording only; the other choices stay.
      expect((await world.agent.api.status()).nextSession).toMatchObject({ name: null, priority: 3 });

      await Promise.all([second, world.agent.live].map((client) => client.recorded(session.id)));
      const heard = (client: LiveClient): unknown[] =>
        client.events.filter((event) => 'id' in event.data && event.data.id === session.id).map((event) => event.type);
      expect(heard(second)).toEqual(heard(world.agent.live));
    });

    test('OBS restarted: found again by itself; stopped by hotkey', async () => {
      await world.obs.stop();
      await world.agent.live.until('OBS is gone', ({ obs }) => obs.state === 'waiting');
      expect(await world.agent.api.call('POST', '/api/integrated/recording/start', {})).toMatchObject({
        status: 503,
        body: { error: { code: 'obs_not_connected' } },
      });
      await world.obs.restart();
      await world.agent.live.until('OBS is back', ({ obs }) => obs.state === 'connected');
      const { id } = await world.agent.api.start({ sessionName: 'Arrêt par raccourci' });
      await world.written(50_000);
      await world.pressHotkey('StopRecording');
      await world.expectArrivedOnce(await world.arrived(id));
    });

    test('pause and resume: paused time is not recorded time', async () => {
      const { id } = await world.agent.api.start({ sessionName: 'Pause' });
      await world.written(50_000);
      expect(await world.agent.api.command('pause')).toMatchObject({ state: 'paused' });
      expect((await world.agent.api.call('POST', '/api/integrated/recording/pause')).body).toMatchObject({
        error: { code: 'already_paused' },
      });
      expect(await world.agent.api.command('resume')).toMatchObject({ state: 'recording' });
      expect((await world.agent.api.call('POST', '/api/integrated/recording/resume')).body).toMatchObject({
        error: { code: 'not_paused' },
      });
      await world.agent.api.command('stop');
      const done = await world.arrived(id);
      await world.expectArrivedOnce(done);
      expect(done.metadata.pauses).toHaveLength(1);
      const [pause] = done.metadata.pauses;
      const whole = Date.parse(done.stoppedAt ?? '') - Date.parse(done.startedAt);
      expect(done.durationMs).toBeLessThanOrEqual(whole - (pause?.durationMs ?? 0));
      expect(done.durationMs).toBeGreaterThan(pause?.atMs ?? 0);
      const played = await playTimeMs(done.recordings[0]?.path ?? '');
      expect(Math.abs(done.durationMs - (played ?? 0)), `${done.durationMs} ms for ${played}`).toBeLessThan(500);
    });

    test('start while recording and stop while idle are refused, nothing changes', async () => {
      const { id } = await world.agent.api.start({ sessionName: 'Une seule' });
      const again = await world.agent.api.call('POST', '/api/integrated/recording/start', { sessionName: 'Deux' });
      expect(again).toMatchObject({ status: 409, body: { error: { code: 'already_recording' } } });
      await world.agent.api.command('stop');
      const idle = await world.agent.api.call('POST', '/api/integrated/recording/stop');
      expect(idle).toMatchObject({ status: 409, body: { error: { code: 'not_recording' } } });
      expect((await world.agent.api.sessions()).map((session) => session.name)).not.toContain('Deux');
      await world.expectArrivedOnce(await world.arrived(id));
    });

    test('a name that is taken gets a number', async () => {
      const first = await world.agent.api.start({ sessionName: 'Deux fois' });
      await world.written(500_000);
      await world.agent.api.command('stop');
      const { id, name } = await world.agent.api.start({ sessionName: 'DEUX FOIS' });
      expect(name).toBe('DEUX FOIS (2)');
      // OBS goes on counting bytes over all recordings of hybrid formats; each session counts its own.
      await world.agent.live.until('first look', (_, event) => event?.type === 'recording_status_update');
      expect((await world.agent.api.status()).recording.bytes).toBeLessThan(300_000);
      await world.agent.api.command('stop');
      await world.expectArrivedOnce(await world.arrived(first.id));
      await world.expectArrivedOnce(await world.arrived(id));
    });

    test('scenes are noted with the time they were switched to', async () => {
      const client = await world.obsClient();
      await client.call('SetCurrentProgramScene', { sceneName: 'Scene A' });
      const { id } = await world.agent.api.start({});
      await world.written(50_000);
      await client.call('SetCurrentProgramScene', { sceneName: 'Scene B' });
      await world.agent.live.session('scene noted', ({ metadata }) => metadata.scenes.length === 2);
      await world.agent.api.command('stop');
      const { metadata } = await world.arrived(id);
      expect(metadata.scenes.map((scene) => scene.name)).toEqual(['Scene A', 'Scene B']);
      expect(metadata.scenes[1]?.atMs).toBeGreaterThan(0);
    });

    if (kind === 'newest')
      test('split: every file arrives', async () => {
        expect((await world.agent.api.status()).obs.canSplit).toBe(true);
        const { id } = await world.agent.api.start({ sessionName: 'En trois' });
        await world.written(100_000);
        expect((await world.agent.api.command('split')).recordings).toHaveLength(2);
        await world.agent.live.session(
          'the first file is closed',
          ({ recordings }) => recordings[0]?.state === 'ready',
        );
        await world.agent.api.command('split');
        await world.agent.api.command('stop');
        const done = await world.arrived(id);
        expect(done.recordings.map(({ number, state, finalised }) => ({ number, state, finalised }))).toEqual(
          [1, 2, 3].map((number) => ({ number, state: 'ready', finalised: true })),
        );
        await world.expectArrivedOnce(done);
      });

    if (kind === 'system')
      test('split is refused with its reason where OBS cannot', async () => {
        const { id } = await world.agent.api.start({});
        const refused = await world.agent.api.call('POST', '/api/integrated/recording/split');
        expect(refused).toMatchObject({ status: 409, body: { error: { code: 'split_unavailable' } } });
        await world.agent.api.command('stop');
        await world.arrived(id);
      });
  });
}
