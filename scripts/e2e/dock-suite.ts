/**
 * The dock on real OBS, in the Chromium that OBS embeds and in today's, side by side: whichever starts, pauses or stops, both
 * show the same, and the recording arrives.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium, PEER_OF_CHROMIUM } from '../rig/chromium.ts';
import { describePeer } from '../rig/describe-peer.ts';
import type { ObsKind } from '../rig/obs-types.ts';
import { PEERS_OF_OBS } from '../rig/peers.ts';
import { World } from './world.ts';

/** A dock as OBS shows it: narrow, with the token in the fragment. */
class DockPage {
  readonly page: Page;
  /** What the page complained about; a violated Content-Security-Policy shows here too. */
  readonly complaints: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text());
    });
  }

  static async open(browser: Browser, world: World, locale: string): Promise<DockPage> {
    const page = await browser.newPage({ viewport: { width: 300, height: 800 }, locale });
    const dock = new DockPage(page);
    await page.goto(`${world.agent.url}/#token=${world.agent.token}`);
    await dock.phase('idle');
    return dock;
  }

  async phase(phase: string): Promise<void> {
    await this.page.waitForSelector(`[data-record-state="${phase}"]`, { timeout: 20_000 });
  }

  async press(testId: string): Promise<void> {
    await this.page.click(`[data-testid="${testId}"]:not([disabled])`);
  }

  async name(text: string): Promise<void> {
    await this.page.fill('[data-testid="session-name"]', text);
  }

  /** The name field's text. */
  nameShown(): Promise<string> {
    return this.page.inputValue('[data-testid="session-name"]');
  }

  /** Waits until the session's card shows that its task has ended; returns what the card says of it. */
  async followed(
    sessionId: string,
  ): Promise<{ state: string | null; upload: string | null; task: string | null; taskId: string | null }> {
    const card = this.page.locator(`[data-session-id="${sessionId}"]`);
    await card.locator('[data-testid="task"][data-status="completed_simple"]').waitFor({ timeout: 60_000 });
    return {
      state: await card.getAttribute('data-state'),
      upload: await card.locator('[data-testid="upload"]').getAttribute('data-state'),
      task: await card.locator('[data-testid="task"]').getAttribute('data-status'),
      taskId: await card.locator('[data-testid="task"]').getAttribute('data-task-id'),
    };
  }
}

/** The suite on one OBS, recording in its own default format. One file for each OBS, so that they run side by side. */
export async function describeDock(kind: Exclude<ObsKind, 'simulated'>, format: string): Promise<void> {
  const peers = [...PEERS_OF_OBS[kind], PEER_OF_CHROMIUM.embedded, PEER_OF_CHROMIUM.today];
  await describePeer(peers, `dock, OBS ${kind}`, () => {
    let world: World;
    let embedded: DockPage;
    let today: DockPage;
    beforeAll(async () => {
      world = await World.start({ obs: kind, obsOptions: { format } });
      const browsers = await Promise.all([launchChromium('embedded'), launchChromium('today')]);
      for (const browser of browsers) world.alsoEnd(() => browser.close());
      expect(browsers[0].version()).toMatch(/^127\./);
      [embedded, today] = await Promise.all([
        DockPage.open(browsers[0], world, 'fr-FR'),
        DockPage.open(browsers[1], world, 'en-GB'),
      ]);
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
        const shown = await Promise.all([first.followed(session.id), second.followed(session.id)]);
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
      await world.agent.live.session(
        'ended without an upload',
        (session) => session.id === id && session.state === 'recorded',
      );
      expect((await world.agent.api.session(id)).recordings[0]?.uploads).toEqual([]);
      await today.page.click(`[data-session-id="${id}"] [data-testid="upload-now"]`);
      expect(await embedded.followed(id)).toMatchObject({ upload: 'completed', task: 'completed_simple' });
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
