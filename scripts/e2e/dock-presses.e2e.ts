/**
 * What a press brings in the dock, by mouse and by keyboard: the parts that open later, and the buttons that answer, end and renew. The
 * agent's services are scripted; its HTTP and its tokens are the real ones.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Language } from '../../shared/errors.ts';
import { ensureDockBuilt } from '../build/dock.ts';
import { launchChromium, peerOfChromium } from '../rig/chromium.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { on } from '../screenshots/reach.ts';
import { recordDirectory, type Scene } from '../screenshots/scene.ts';
import { newToken } from '../screenshots/services.ts';
import * as sessions from '../screenshots/sessions.ts';
import { type SceneWorld, startWorld } from '../screenshots/world.ts';
import { Keyboard } from './dock-keyboard-fixture.ts';

const panelFiles = /\/assets\/(SettingsView|SessionDetails|HelpSheet)-[\w-]{8}\.js$/;
const held = `${recordDirectory}/Entretien avec Anne-Marie Duchesne-Lévesque.mp4`;
const uncertain = `${recordDirectory}/Replay 2026-11-22 11-12-59.mp4`;

await describePeer([peerOfChromium.embedded], 'what a press brings in the dock', () => {
  let browser: Browser;
  beforeAll(async () => {
    await ensureDockBuilt();
    browser = await launchChromium('embedded');
  });
  afterAll(() => browser?.close());

  interface Opened {
    readonly page: Page;
    readonly world: SceneWorld;
    readonly complaints: readonly string[];
  }
  async function open(scene: Scene, prepare: (page: Page) => Promise<void> = async () => {}): Promise<Opened> {
    const world = await startWorld(scene, 'en', []);
    onTestFinished(() => world.close());
    const page = await visit(world, prepare);
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.waitForSelector('[data-record-state="idle"]');
    return { page, world, complaints };
  }
  async function visit(world: SceneWorld, prepare: (page: Page) => Promise<void>, language: Language = 'en') {
    const context = await browser.newContext({ viewport: { width: 300, height: 800 }, locale: language });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await prepare(page);
    await page.goto(world.url);
    return page;
  }
  const past: Scene = { sessions: [{ ...sessions.completed, thumbnail: false }] };
  const asking: Scene = { sessions: [{ ...sessions.askedAbout, thumbnail: false }] };

  describe('what opens later', () => {
    test('is fetched after the page is there, and then opens within its own frame, also without the agent', async () => {
      const asked: string[] = [];
      const painted: (boolean | undefined)[] = [];
      const { page, world, complaints } = await open(past, async (fresh) => {
        await fresh.route(panelFiles, async (route) => {
          asked.push(panelFiles.exec(route.request().url())?.[1] ?? '');
          painted.push(await fresh.evaluate(() => document.querySelector('[data-record-state]') !== null));
          await route.continue();
        });
      });
      await expect.poll(() => asked.toSorted()).toEqual(['HelpSheet', 'SessionDetails', 'SettingsView']);
      expect(painted).toEqual([true, true, true]);
      await page.waitForFunction(() => document.adoptedStyleSheets.length === 3);
      await world.closeAgent();
      await page.waitForSelector(on('agent-banner'));
      // Drawn before the next frame: no frame shows something else in between.
      const shownAtOnce = (testId: string, selector: string) =>
        page.evaluate(
          async ([id, wanted]) => {
            document.querySelector<HTMLElement>(`[data-testid="${id}"]`)?.click();
            await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
            return document.querySelector(wanted) !== null;
          },
          [testId, selector] as const,
        );
      expect(await shownAtOnce('details', on('session-details'))).toBe(true);
      expect(await shownAtOnce('settings', on('settings-view'))).toBe(true);
      await page.waitForFunction(() => document.activeElement?.id === 'settings-heading');
      await page.keyboard.press('Escape');
      await page.waitForFunction(() => document.activeElement?.getAttribute('data-testid') === 'settings');
      // A <dialog> opens in an effect, a frame later.
      await page.keyboard.press('?');
      await page.waitForSelector('[data-testid="help-sheet"][open]');
      expect(complaints).toEqual([]);
    });

    test('and did not come says so, jumps nowhere, and opens once the page is tried anew', async () => {
      let isLost = true;
      const { page, complaints } = await open(past, async (fresh) => {
        await fresh.route(panelFiles, (route) => (isLost ? route.abort() : route.continue()));
      });
      const keys = new Keyboard(page);
      await keys.tabTo(on('settings'));
      const places = () =>
        Promise.all(['.record-card', '[data-session-id]'].map((one) => page.locator(one).boundingBox()));
      const before = await places();
      await keys.press('Enter');
      await page.waitForSelector('.failure [role="alert"][data-code="panel_away"]');
      expect(await places()).toEqual(before);
      await keys.at(on('settings'));
      isLost = false;
      await keys.tabTo(on('failure-retry'));
      const loaded = page.waitForEvent('load');
      await keys.press('Enter');
      await loaded;
      await page.waitForSelector('[data-record-state="idle"]');
      await keys.tabTo(on('settings'));
      await keys.press('Enter');
      await page.waitForFunction(() => document.activeElement?.id === 'settings-heading');
      expect(complaints).toEqual([]);
    });

    test('is asked of nobody while the agent is away', async () => {
      const asked: string[] = [];
      const { page, world } = await open(past, async (fresh) => {
        // Nothing is idle until then.
        await fresh.addInitScript(() => {
          window.requestIdleCallback = () => 0;
        });
        await fresh.route(panelFiles, (route) => {
          asked.push(route.request().url());
          return route.continue();
        });
      });
      await world.closeAgent();
      await page.waitForSelector(on('agent-banner'));
      await page.click(on('details'));
      await page.waitForSelector('.failure [data-code="panel_away"]');
      expect(asked).toEqual([]);
    });
  });

  describe('a file that is asked about', () => {
    const answered = (world: SceneWorld, notices: number): void => {
      const { askedAbout } = sessions;
      world.live.publish('session_updated', {
        ...askedAbout,
        revision: askedAbout.revision + 1,
        thumbnail: false,
        notices: askedAbout.notices.slice(0, notices),
      });
    };

    test('is answered with buttons: its folder, it alone, take in, leave', async () => {
      const { page, world, complaints } = await open(asking);
      const asked = page.locator(on('asked-file'));
      for (const [place, button] of [
        [0, 'allow-folder'],
        [0, 'allow-file'],
        [0, 'leave-file'],
        [1, 'take-file'],
        [1, 'leave-file'],
      ] as const) {
        await asked.nth(place).locator(on(button)).click();
      }
      await expect
        .poll(() => world.calls)
        .toEqual([
          ['takeFile', 'asked-about', held, false],
          ['takeFile', 'asked-about', held, true],
          ['leaveFile', 'asked-about', held],
          ['takeFile', 'asked-about', uncertain, false],
          ['leaveFile', 'asked-about', uncertain],
        ]);
      expect(complaints).toEqual([]);
    });

    test('by keyboard: focus stays on the card when the question goes', async () => {
      const { page, world } = await open(asking);
      const keys = new Keyboard(page);
      expect(await keys.unreachable()).toEqual([]);
      await keys.tabTo(on('take-file'));
      await keys.press('Enter');
      await expect.poll(() => world.calls).toHaveLength(1);
      answered(world, 2);
      await keys.at('[data-session-id="asked-about"] [data-testid="details"]');
    });
  });

  test('an unfinished upload in the bucket ends after one question, a young one and another station’s after two', async () => {
    const { page, world } = await open(past);
    const keys = new Keyboard(page);
    const question = page.locator('.confirm p');
    await page.click(on('settings'));
    await page.click(on('orphans'));
    await page.waitForSelector(on('orphan'));
    await keys.tabTo(`[data-young="true"] ${on('orphan-abort')}`);
    await keys.press('Enter');
    await keys.at(on('orphan-abort-no'));
    const first = await question.innerText();
    await keys.press('Escape');
    await keys.at(`[data-young="true"] ${on('orphan-abort')}`);
    await keys.press('Enter');
    await keys.tabTo(on('orphan-abort-yes'));
    await keys.press('Enter');
    await expect.poll(() => question.innerText()).not.toBe(first);
    expect(world.calls).toEqual([]);
    await keys.at(on('orphan-abort-no'));
    await keys.tabTo(on('orphan-abort-yes'));
    await keys.press('Enter');
    await page.waitForSelector('[data-young="true"]', { state: 'detached' });
    await page.click(on('orphan-abort'));
    await page.click(on('orphan-abort-yes'));
    await expect.poll(() => page.locator(on('orphan')).count()).toBe(1);
    await page.click(`[data-station="k3v9"] ${on('orphan-abort')}`);
    await page.click(on('orphan-abort-yes'));
    expect(world.calls).toHaveLength(2);
    await page.click(on('orphan-abort-yes'));
    await page.waitForSelector(on('orphan'), { state: 'detached' });
    expect(world.calls.map(([, orphan]) => orphan)).toEqual([
      { key: 'Podcast 48, the sound of cities.mp4', uploadId: 'young', confirm: true },
      { key: 'Lesson 9 – Angles.mp4', uploadId: 'orphan' },
      { key: 'Interview with the harbour master.mkv', uploadId: 'station', confirm: true },
    ]);
  });

  test.each(['a browser’s tab', 'OBS'])(
    'a new token, in %s: this dock goes on with it, also when it is loaded again; another is refused until it has the new address',
    async (where) => {
      const { page, world, complaints } = await open(past, async (fresh) => {
        // What OBS gives to its docks.
        if (where === 'OBS') await fresh.addInitScript(() => Object.assign(window, { obsstudio: {} }));
      });
      const other = await visit(world, async () => {});
      await other.waitForSelector('[data-record-state="idle"]');
      const keys = new Keyboard(page);
      await page.click(on('settings'));
      await keys.tabTo(on('new-token'));
      await keys.press('Enter');
      await keys.at(on('new-token-no'));
      await keys.tabTo(on('new-token-yes'));
      await keys.press('Enter');
      const address = `${new URL(world.url).origin}/#token=${newToken}`;
      await expect.poll(() => page.inputValue('.copyable textarea')).toBe(address);
      await other.waitForSelector('[data-code="unauthorized"]');
      await page.waitForSelector('[data-testid="status-agent"][data-state="connected"]');
      // REST takes it too.
      await page.click(on('orphans'));
      await page.waitForSelector(on('orphan'));
      // OBS loads a dock again from its address alone; a tab's has no token.
      expect(new URL(page.url()).hash).toBe(where === 'OBS' ? new URL(address).hash : '');
      if (where === 'OBS') await page.evaluate(() => sessionStorage.clear());
      await page.reload();
      await page.waitForSelector('[data-record-state="idle"]');
      await other.goto('about:blank');
      await other.goto(address);
      await other.waitForSelector('[data-record-state="idle"]');
      expect(complaints).toEqual([]);
    },
  );
});
