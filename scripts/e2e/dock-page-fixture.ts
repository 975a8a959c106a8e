/**
 * The dock in a browser, as tests use it: what a person presses and types, and what is shown. Not for Chromium 103 (see
 * launchChromium).
 */
import type { Browser, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { launchChromium } from '../rig/chromium.ts';
import type { World } from './world-fixture.ts';

/** A dock as OBS shows it: narrow, with the token in the fragment. */
export class DockPage {
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

  /** Opens it in a context of its own; resolves once it shows that OBS is ready. */
  static async open(browser: Browser, world: World, locale: string): Promise<DockPage> {
    const page = await browser.newPage({ viewport: { width: 300, height: 800 }, locale });
    const dock = new DockPage(page);
    await page.goto(`${world.agent.url}/#token=${world.agent.token}`);
    await dock.phase('idle');
    return dock;
  }

  /** Waits until the record card shows this phase. */
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

  /** The sessions whose cards are shown, by their ids, in their order. */
  sessionsShown(): Promise<(string | undefined)[]> {
    return this.page.$$eval('[data-session-id]', (cards) =>
      cards.map((card) => (card instanceof HTMLElement ? card.dataset.sessionId : undefined)),
    );
  }

  card(sessionId: string): Locator {
    return this.page.locator(`[data-session-id="${sessionId}"]`);
  }

  /** Waits until the session's card shows that its task has ended; returns what the card says of it. */
  async taskEnded(
    sessionId: string,
  ): Promise<{ state: string | null; upload: string | null; task: string | null; taskId: string | null }> {
    const card = this.card(sessionId);
    await card.locator('[data-testid="task"][data-status="completed_simple"]').waitFor({ timeout: 60_000 });
    return {
      state: await card.getAttribute('data-state'),
      upload: await card.locator('[data-testid="upload"]').getAttribute('data-state'),
      task: await card.locator('[data-testid="task"]').getAttribute('data-status'),
      taskId: await card.locator('[data-testid="task"]').getAttribute('data-task-id'),
    };
  }

  /** Notes from now on what the session's card shows of its upload. @returns what gives it, oldest first */
  async watchUpload(sessionId: string): Promise<() => Promise<{ states: string[]; percents: number[] }>> {
    const noted = await this.page.evaluateHandle((id) => {
      const states: string[] = [];
      const percents: number[] = [];
      const look = (): void => {
        const upload = document.querySelector(`[data-session-id="${id}"] [data-testid="upload"]`);
        const state = upload?.getAttribute('data-state');
        if (state && state !== states.at(-1)) states.push(state);
        const percent = Number(
          upload?.querySelector('[role="progressbar"]')?.getAttribute('aria-valuenow') ?? Number.NaN,
        );
        if (!Number.isNaN(percent) && percent !== percents.at(-1)) percents.push(percent);
      };
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
      look();
      return { states, percents };
    }, sessionId);
    return () => noted.jsonValue();
  }
}

/** The dock in French in the Chromium that OBS embeds, and in English in today's, side by side; the world ends both browsers. */
export async function openBothDocks(world: World): Promise<{ embedded: DockPage; today: DockPage }> {
  const browsers = await Promise.all([launchChromium('embedded'), launchChromium('today')]);
  for (const browser of browsers) world.alsoEnd(() => browser.close());
  expect(browsers[0].version()).toMatch(/^127\./);
  const [embedded, today] = await Promise.all([
    DockPage.open(browsers[0], world, 'fr-FR'),
    DockPage.open(browsers[1], world, 'en-GB'),
  ]);
  return { embedded, today };
}
