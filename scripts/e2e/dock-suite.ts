/**
 * The dock on real OBS, in the Chromium that OBS embeds and in today's, side by side: whichever starts, pauses or stops, both
 * show the same, and the recording arrives.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { peerOfChromium } from '../rig/chromium.ts';
import { describePeer } from '../rig/describe-peer.ts';
import type { ObsKind } from '../rig/obs-types.ts';
import { peersOfObs } from '../rig/peers.ts';
import { type DockPage, openBothDocks } from './dock-page-fixture.ts';
import { World } from './world-fixture.ts';

/** The suite on one OBS, recording in its own default format. One file for each OBS, so that they run side by side. */
export async function describeDock(kind: Exclude<ObsKind, 'simulated'>, format: string): Promise<void> {
  const peers = [...peersOfObs[kind], peerOfChromium.embedded, peerOfChromium.today];
  await describePeer(peers, `dock, OBS ${kind}`, () => {
    let world: World;
    let embedded: DockPage;
    let today: DockPage;
    beforeAll(async () => {
      world = await World.start({ obs: kind, obsOptions: { format } });
      ({ embedded, today } = await openBothDocks(world));
    });
    afterAll(() => world?.dispose());

    for (const starter of ['embedded', 'today'] as const) {
      test(`started in ${starter} Chromium, paused and stopped in the other: one session, both show it to its end`, async () => {
        const [first, second] = starter === 'embedded' ? [embedded, today] : [today, embedded];
        const name = `Depuis le dock ${starter} – ${kind}`;
        await first.name(name);
        await expect.poll(() => second.nameShown()).toBe(name);
        const before = await world.agent.api.sessions();

        await first.press('record');
        await Promise.all([first.phase('recording'), second.phase('recording')]);
        const session = await world.agent.live.session('recording', ({ state }) => state === 'recording');
        expect(session).toMatchObject({ name, startedBy: 'dock' });
        expect(session.recordings[0]?.fileName).toContain(name);
        await world.written(100_000);

        await second.press('pause');
        await Promise.all([first.phase('paused'), second.phase('paused')]);
        await first.press('pause');
        await Promise.all([first.phase('recording'), second.phase('recording')]);

        await second.press('record');
        await Promise.all([first.phase('idle'), second.phase('idle')]);
        const done = await world.arrived(session.id);
        await world.expectArrivedOnce(done);
        const shown = await Promise.all([first.taskEnded(session.id), second.taskEnded(session.id)]);
        expect(shown[0]).toEqual({
          state: 'recorded',
          upload: 'completed',
          task: 'completed_simple',
          taskId: done.recordings[0]?.uploads[0]?.task?.id,
        });
        expect(shown[1]).toEqual(shown[0]);
        expect(await world.agent.api.sessions()).toHaveLength(before.length + 1);
        expect([...first.complaints, ...second.complaints]).toEqual([]);
      });
    }

    test('a hotkey recording shows in both', async () => {
      await world.pressHotkey('StartRecording');
      await Promise.all([embedded.phase('recording'), today.phase('recording')]);
      await world.written(50_000);
      await embedded.press('record');
      await Promise.all([embedded.phase('idle'), today.phase('idle')]);
      const session = await world.agent.live.session('ended', ({ state }) => state === 'recorded');
      expect(session.startedBy).toBe('obs');
      await world.expectArrivedOnce(await world.arrived(session.id));
    });

    test('an old session is uploaded again by hand', async () => {
      await world.agent.api.nextSession({ autoUpload: false });
      const { id } = await world.agent.api.start({ sessionName: `À la main ${kind}` });
      await world.written(50_000);
      await world.agent.api.command('stop');
      await world.agent.live.recorded(id);
      expect((await world.agent.api.session(id)).recordings[0]?.uploads).toEqual([]);
      await today.page.click(`[data-session-id="${id}"] [data-testid="upload-now"]`);
      expect(await embedded.taskEnded(id)).toMatchObject({ upload: 'completed', task: 'completed_simple' });
      await world.expectArrivedOnce(await world.arrived(id));
      await world.agent.api.nextSession({ autoUpload: true });
    });

    test('without the agent the dock still records; the agent back, the session is there', async () => {
      await world.agent.kill();
      await embedded.page.waitForSelector('[data-testid="agent-banner"]');
      await embedded.press('record');
      await embedded.phase('recording');
      const port = new URL(world.agent.url).port;
      await world.agent.start({ AGENT_PORT: port });
      const session = await world.agent.live.session('adopted', ({ state }) => state === 'recording');
      await embedded.page.waitForSelector('[data-testid="agent-banner"]', { state: 'detached' });
      await world.written(50_000);
      await embedded.press('record');
      await embedded.phase('idle');
      await world.expectArrivedOnce(await world.arrived(session.id));
    });
  });
}
