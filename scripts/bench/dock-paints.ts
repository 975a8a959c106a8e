/** When the dock has painted each of OBS's states. */
import type { Page } from 'playwright-core';

export interface PhaseShown {
  /** As `data-record-state` has it. */
  readonly phase: string;
  /** By the page's clock, ms since 1970. */
  readonly at: number;
  /** Since the page was asked for, ms. */
  readonly sinceOpened: number;
}

type WindowWithPhases = Window & { streamaiPhases?: PhaseShown[] };

/** Runs in the page, before its own code: notes each state once the frame that has it was painted. */
export function watchPhases(): void {
  const shown: PhaseShown[] = [];
  (window as WindowWithPhases).streamaiPhases = shown;
  let last: string | null = null;
  const look = (): void => {
    const phase = document.querySelector('[data-record-state]')?.getAttribute('data-record-state') ?? null;
    if (phase === last) return;
    last = phase;
    if (phase === null) return;
    requestAnimationFrame(() => {
      // The message is handled when the frame has been handed on.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        const sinceOpened = performance.now();
        shown.push({ phase, at: performance.timeOrigin + sinceOpened, sinceOpened });
      };
      port2.postMessage(null);
    });
  };
  const attributeFilter = ['data-record-state'];
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter });
}

/** All that were painted so far, in their order. */
export function phasesShown(page: Page): Promise<PhaseShown[]> {
  return page.evaluate(() => (window as WindowWithPhases).streamaiPhases ?? []);
}

/** Waits for a state that is painted after the first `skip`. */
export async function phaseShown(page: Page, phase: string, skip: number): Promise<PhaseShown> {
  const found = await page.waitForFunction(
    ([phase, skip]) => (window as WindowWithPhases).streamaiPhases?.slice(skip).find((one) => one.phase === phase),
    [phase, skip] as const,
    { timeout: 20_000 },
  );
  const shown = await found.jsonValue();
  if (shown === undefined) throw new Error(`the dock does not show “${phase}”`);
  return shown;
}

/** This process reads the page's clock: both count from 1970, but not quite from the same moment. */
export class ClockOfPage {
  readonly #ahead: number;

  private constructor(ahead: number) {
    this.#ahead = ahead;
  }

  /** Asks often; the quickest answer is the truest, to half of the time that it took. */
  static async of(page: Page): Promise<ClockOfPage> {
    let best = { took: Number.POSITIVE_INFINITY, ahead: 0 };
    for (let round = 0; round < 50; round++) {
      const before = performance.now();
      const theirs = await page.evaluate(() => performance.timeOrigin + performance.now());
      const took = performance.now() - before;
      if (took < best.took) best = { took, ahead: theirs - (before + took / 2) };
    }
    return new ClockOfPage(best.ahead);
  }

  now(): number {
    return performance.now() + this.#ahead;
  }

  /** A moment by the page's clock, as this process's performance.now has it. */
  here(at: number): number {
    return at - this.#ahead;
  }
}
