/**
 * The plug is pulled: OBS killed in mid-recording; the agent killed at every step of a recording's way. After a restart
 * every file arrives once, byte for byte.
 */

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { waitingStage } from '../../server/stages/waiting-stage-fixture.ts';
import type { Session } from '../../shared/domain.ts';
import { describePeer } from '../rig/describe-peer.ts';
import type { ObsKind } from '../rig/obs-types.ts';
import { peersOfObs } from '../rig/peers.ts';
import { recordState } from '../rig/record-state.ts';
import { World } from './world-fixture.ts';

/** The suite on one OBS, recording in its own default format. One file for each OBS, so that they run side by side. */
export async function describeKills(kind: Exclude<ObsKind, 'simulated'>, format: string): Promise<void> {
  await describePeer(peersOfObs[kind], `kills, OBS ${kind}`, () => {
    let world: World;
    beforeAll(async () => {
      world = await World.start({
        obs: kind,
        // Enough bytes in a few seconds to fill socket buffers, so that an upload can be caught in its middle.
        obsOptions: { format, kbps: 20_000 },
        // Long enough to be caught while polling.
        receiverOptions: { stages: [waitingStage(4000)] },
      });
    });
    afterAll(() => world?.dispose());
    beforeEach(() => world.receiver?.plan({}));

    /** Starts a recording; resolves once OBS has written so much of it. */
    const record = async (name: string, bytes: number): Promise<Session> => {
      const session = await world.agent.api.start({ sessionName: name });
      await world.written(bytes);
      return session;
    };

    test('agent killed while recording: OBS goes on, so does the session', async () => {
      const { id } = await record('Agent killed while recording', 500_000);
      await world.agent.restart();
      const back = await world.agent.live.session('the session goes on', ({ state }) => state === 'recording');
      expect(back.id).toBe(id);
      await world.written(1_500_000);
      await world.agent.api.command('stop');
      const done = await world.arrived(id);
      expect(done.state).toBe('recorded');
      await world.expectArrivedOnce(done);
    });

    test('agent killed while recording, the recording stopped meanwhile by another program', async () => {
      const { id } = await record('Stopped while the agent was away', 500_000);
      const client = await world.obsClient();
      await world.agent.kill();
      const stopped = recordState(client, 'STOPPED');
      await client.call('StopRecord');
      await stopped;
      await world.agent.start();
      const done = await world.arrived(id);
      expect(done.state).toBe('recorded');
      await world.expectArrivedOnce(done);
    });

    test('a recording that began while the agent was away is adopted', async () => {
      const client = await world.obsClient();
      await world.agent.kill();
      const started = recordState(client, 'STARTED');
      await client.call('StartRecord');
      await started;
      await world.agent.start();
      const session = await world.agent.live.session('adopted', ({ state }) => state === 'recording');
      expect(session.startedBy).toBe('obs');
      await world.written(500_000);
      await world.agent.api.command('stop');
      await world.expectArrivedOnce(await world.arrived(session.id));
    });

    test('agent killed while finalising', async () => {
      const { id } = await record('Agent killed while finalising', 300_000);
      const stopping = world.agent.live.session(
        'finalising',
        (session) => session.id === id && session.state === 'finalising',
      );
      const client = await world.obsClient();
      await client.call('StopRecord');
      await stopping;
      await world.agent.kill();
      await world.agent.start();
      const done = await world.arrived(id);
      expect(done.state).toBe('recorded');
      await world.expectArrivedOnce(done);
    });

    test('agent killed in the middle of the body', async () => {
      world.receiver?.plan({ upload: { kind: 'slow', bytesPerSecond: 100_000 } });
      const { id } = await record('Agent killed while uploading', 12_000_000);
      await world.agent.api.command('stop');
      await world.agent.live.until('half is sent', (_, event) => {
        return event?.type === 'upload_progress' && event.data.sessionId === id && event.data.bytesSent > 1_000_000;
      });
      const before = (await world.agent.api.session(id)).recordings[0]?.uploads[0];
      expect(before?.state).toBe('uploading');
      await world.agent.kill();
      world.receiver?.plan({});
      await world.agent.start();
      const done = await world.arrived(id);
      await world.expectArrivedOnce(done);
      expect(done.recordings[0]?.uploads).toHaveLength(1);
      expect(done.recordings[0]?.uploads[0]?.attempts).toBe(2);
    });

    test('agent killed after the server stored the file and before its answer was heard: no second task', async () => {
      world.receiver?.plan({ upload: { kind: 'lose-answer' } });
      const { id } = await record('Answer lost', 300_000);
      await world.agent.api.command('stop');
      await world.agent.live.session('an attempt failed', (session) => {
        return session.id === id && session.recordings[0]?.uploads[0]?.state === 'waiting';
      });
      await world.agent.kill();
      world.receiver?.plan({});
      await world.agent.start();
      await world.expectArrivedOnce(await world.arrived(id));
    });

    test('agent killed while polling: the task is tracked to its end, nothing is sent again', async () => {
      const { id } = await record('Agent killed while polling', 300_000);
      await world.agent.api.command('stop');
      await world.agent.live.until('the task is being processed', (_, event) => {
        return event?.type === 'task_updated' && event.data.status === 'processing';
      });
      await world.agent.kill();
      const posts = world.receiver?.requests.filter(({ method }) => method === 'POST').length;
      await world.agent.start();
      const done = await world.arrived(id);
      await world.expectArrivedOnce(done);
      expect(world.receiver?.requests.filter(({ method }) => method === 'POST')).toHaveLength(posts ?? -1);
    });

    test('OBS killed in mid-recording and started again: interrupted, with its file', async () => {
      const { id } = await record('OBS killed', 500_000);
      await world.onDisk(1_000_000);
      await world.obs.kill();
      await world.agent.live.until('OBS is gone', ({ obs }) => obs.state === 'waiting');
      await world.obs.restart();
      const done = await world.arrived(id);
      expect(done.state).toBe('interrupted');
      expect(done.recordings[0]?.bytes).toBeGreaterThan(500_000);
      await world.expectArrivedOnce(done);
      // And OBS can be used as before.
      const next = await record('After the crash', 200_000);
      await world.agent.api.command('stop');
      await world.expectArrivedOnce(await world.arrived(next.id));
    });

    test('OBS killed in mid-recording and gone for good: interrupted, with its file', async () => {
      const { id } = await record('OBS gone for good', 500_000);
      await world.onDisk(1_000_000);
      await world.obs.kill();
      const done = await world.arrived(id);
      expect(done.state).toBe('interrupted');
      await world.expectArrivedOnce(done);
      await world.obs.restart();
      await world.agent.live.until('OBS is back', ({ obs }) => obs.state === 'connected');
    });

    test('agent and OBS killed together', async () => {
      const { id } = await record('Both killed', 500_000);
      await world.onDisk(1_000_000);
      await Promise.all([world.obs.kill(), world.agent.kill()]);
      await world.agent.start();
      await world.obs.restart();
      const done = await world.arrived(id);
      expect(['recorded', 'interrupted']).toContain(done.state);
      await world.expectArrivedOnce(done);
    });
  });
}
