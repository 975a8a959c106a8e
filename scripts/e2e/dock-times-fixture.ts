/** When something was done in one dock, and when another one showed it. */
import type { Page } from 'playwright-core';
import { ClockOfPage } from '../bench/dock-paints.ts';

type WindowWithActs = Window & { streamaiActedAt?: number };

/** One page whose moments can be compared with those of another. */
export class TimedPage {
  readonly page: Page;
  readonly #clock: ClockOfPage;

  private constructor(page: Page, clock: ClockOfPage) {
    this.page = page;
    this.#clock = clock;
  }

  static async of(page: Page): Promise<TimedPage> {
    await page.evaluate(() => {
      const note = ({ timeStamp }: Event): void => {
        (window as WindowWithActs).streamaiActedAt = performance.timeOrigin + timeStamp;
      };
      for (const type of ['input', 'click']) document.addEventListener(type, note, true);
    });
    return new TimedPage(page, await ClockOfPage.of(page));
  }

  /** When a person last typed or clicked here, by this process's performance.now (ms). */
  async actedAt(): Promise<number> {
    const at = await this.page.evaluate(() => (window as WindowWithActs).streamaiActedAt ?? Number.NaN);
    return this.#clock.here(at);
  }

  /**
   * Waits for the frame that shows it, looking at every frame; its time by this process's performance.now (ms).
   * @param value of the field, where the selector alone does not say it
   */
  async shownAt(selector: string, value?: string): Promise<number> {
    const shown = await this.page.waitForFunction(
      ([selector, value]) => {
        const element = document.querySelector(selector);
        if (element === null || (value !== undefined && Reflect.get(element, 'value') !== value)) return false;
        return performance.timeOrigin + performance.now();
      },
      [selector, value] as const,
      { polling: 'raf', timeout: 20_000 },
    );
    const at = await shown.jsonValue();
    if (at === false) throw new Error('cannot be');
    return this.#clock.here(at);
  }
}
