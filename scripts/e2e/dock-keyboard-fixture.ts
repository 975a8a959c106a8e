/** A person without a mouse: presses keys, and must see at every stop where the focus is. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** More than any view of the dock has. */
const mostStops = 120;
/** All that a person can act on. */
const actions = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';

/** Where the focus is. */
interface Stop {
  readonly name: string;
  readonly wanted: boolean;
  /** What keeps a person from seeing it; empty: nothing. */
  readonly faults: readonly string[];
}

export class Keyboard {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** One key or several, one after the other, such as Tab or Control+A. */
  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.#page.keyboard.press(key);
  }

  async type(text: string): Promise<void> {
    await this.#page.keyboard.type(text);
  }

  /** Waits until the focus is there: after a shortcut, or in a form that has just opened. It must be seen there. */
  async at(selector: string): Promise<void> {
    await this.#page.waitForFunction((wanted) => document.activeElement?.matches(wanted), selector, {
      timeout: 10_000,
    });
    expect((await this.#stop(selector)).faults).toEqual([]);
  }

  /** Presses Tab until the focus is there; it must be seen at each stop on the way. */
  async tabTo(selector: string): Promise<void> {
    const passed: string[] = [];
    while (passed.length < mostStops) {
      await this.press('Tab');
      const { name, wanted, faults } = await this.#stop(selector);
      expect(faults, `the focus on ${name}`).toEqual([]);
      if (wanted) return;
      passed.push(name);
    }
    throw new Error(`Tab never comes to ${selector}, only to ${passed.join(', ')}`);
  }

  /** Presses Tab until everything came round. @returns what is shown and can be acted on, but was never reached */
  async unreachable(): Promise<string[]> {
    const seen = await this.#page.evaluateHandle(() => new Set<Element>());
    for (let stops = 0; ; stops++) {
      if (stops > mostStops) throw new Error('Tab never comes round');
      await this.press('Tab');
      const { name, faults } = await this.#stop('*');
      expect(faults, `the focus on ${name}`).toEqual([]);
      const isRound = await seen.evaluate((set) => {
        const focused = document.activeElement;
        if (focused === null || focused === document.body) return false;
        return set.size === set.add(focused).size;
      });
      if (isRound) break;
    }
    return seen.evaluate(
      (set, all) =>
        [...document.querySelectorAll<HTMLElement>(all)]
          .filter((element) => element.offsetParent !== null && !element.matches(':disabled') && !set.has(element))
          .map((element) => element.outerHTML.slice(0, 120)),
      actions,
    );
  }

  #stop(selector: string): Promise<Stop> {
    return this.#page.evaluate((wanted) => {
      const focused = document.activeElement;
      // Between the last stop and the first there is the browser itself.
      if (focused === null || focused === document.body) return { name: 'the page', wanted: false, faults: [] };
      const faults: string[] = [];
      const { outlineStyle, outlineWidth } = getComputedStyle(focused);
      if (outlineStyle === 'none' || Number.parseFloat(outlineWidth) < 2) faults.push('has no ring');
      const { left, right, top, bottom } = focused.getBoundingClientRect();
      const seen = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
      if (seen === null) faults.push('is out of sight');
      else if (seen !== focused && !focused.contains(seen)) faults.push(`is covered by ${seen.outerHTML.slice(0, 80)}`);
      return { name: focused.outerHTML.slice(0, 120), wanted: focused.matches(wanted), faults };
    }, selector);
  }
}
