/** Ways to a state of the dock: what is pressed and what passes, without waiting for time. */
import type { Page } from 'playwright-core';
import type { Session } from '../../shared/domain.ts';
import { formatSpeed } from '../../shared/format.ts';
import type { SceneWorld } from './world.ts';

/** Brings the page there, once it is loaded; it has come there when this resolves. */
export type Reach = (page: Page, world: SceneWorld) => Promise<void>;

export const on = (testId: string): string => `[data-testid="${testId}"]`;
/** On a button that can be pressed. */
const ready = (testId: string): string => `${on(testId)}:not([aria-disabled="true"])`;

export const shown =
  (selector: string): Reach =>
  async (page) =>
    void (await page.waitForSelector(selector));

export const phase = (name: string): Reach => shown(`[data-record-state="${name}"]`);

/** Presses one after the other, the first of each name. */
export const press =
  (...testIds: readonly string[]): Reach =>
  async (page) => {
    for (const testId of testIds) await page.locator(ready(testId)).first().click();
  };

export const inTurn =
  (...ways: readonly Reach[]): Reach =>
  async (page, world) => {
    for (const way of ways) await way(page, world);
  };

/** Every picture of the page is there. */
export async function pictured(page: Page): Promise<void> {
  await page.waitForFunction(() => [...document.images].every(({ naturalWidth }) => naturalWidth > 0));
}

/** Lets whole seconds pass, in OBS and on the page alike, ms. */
export const pass =
  (ms: number): Reach =>
  async (page, { obs }) => {
    // In steps, so that OBS's answers come in between.
    for (let passed = 0; passed < ms; passed += 1000) {
      obs.pass(1000);
      await page.clock.runFor(1000);
    }
  };

/** An upload's speeds for its sparkline, as the agent tells them, one a second. */
export const speeds =
  (session: Session): Reach =>
  async (page, { live }) => {
    const upload = session.recordings[0]?.uploads.find(({ state }) => state === 'uploading');
    if (upload === undefined) throw new Error(`Nothing of “${session.name}” is being uploaded`);
    const { id: uploadId, recordingId, sessionId, bytesSent, bytesTotal, parts, phase: at, behindMs } = upload;
    const language = await page.evaluate(() => document.documentElement.lang);
    let time = await page.evaluate(() => Date.now());
    const usual = upload.bytesPerSecond ?? 0;
    // Each reads otherwise than the one before, so that its arrival shows.
    const factors = [0.9, 0.75, 1.05, 0.6, 0.8, 1.1, 0.95, 0.85, 0.5, 0.7, 0.9, 1.05, 0.95, 1];
    for (const factor of [0.3, 0.7, ...factors, ...factors]) {
      const bytesPerSecond = usual * factor;
      // A trace takes one speed a second; nothing else on the page looks at the time of day.
      time += 1100;
      await page.clock.setSystemTime(time);
      live.publish('upload_progress', {
        ...{ uploadId, recordingId, sessionId, bytesSent, bytesTotal, bytesPerSecond, parts, phase: at, behindMs },
      });
      await page
        .getByText(formatSpeed(bytesPerSecond, language === 'fr' ? 'fr' : 'en'))
        .first()
        .waitFor();
    }
    await page.waitForSelector('.sparkline');
  };
