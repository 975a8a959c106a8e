/** Scrolls through the whole history as a person's wheel would, and looks how smoothly it goes. */
import type { Page } from 'playwright-core';
import { percentile } from './percentile.ts';

interface Watched {
  /** Tasks that held the page up for more than 50 ms (Long Tasks API), ms each. */
  readonly longTasksMs: readonly number[];
  /** Between two frames, ms each. */
  readonly framesMs: readonly number[];
}
type WatchedWindow = Window & { streamaiSmooth?: Watched };

/** One notch of a fast wheel, px. */
const step = 1200;

/** Down until there is nothing more to load, and up again. */
export async function measureScrolling(
  page: Page,
): Promise<{ longTasksMs: readonly number[]; slowestFrameMs: number; elements: number }> {
  await page.evaluate(() => {
    const longTasksMs: number[] = [];
    const framesMs: number[] = [];
    (window as WatchedWindow).streamaiSmooth = { longTasksMs, framesMs };
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longTasksMs.push(duration);
    }).observe({ type: 'longtask' });
    let last = performance.now();
    const frame = (now: number): void => {
      framesMs.push(now - last);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  await page.mouse.move(150, 500);
  let elements = 0;
  for (let place = await look(page); place.below > 1 || place.goesOn; place = await look(page)) {
    elements = Math.max(elements, place.elements);
    await page.mouse.wheel(0, step);
  }
  for (let place = await look(page); place.above > 1; place = await look(page)) {
    elements = Math.max(elements, place.elements);
    await page.mouse.wheel(0, -step);
  }
  const { longTasksMs, framesMs } = await page.evaluate(
    () => (window as WatchedWindow).streamaiSmooth ?? { longTasksMs: [], framesMs: [] },
  );
  return { longTasksMs, slowestFrameMs: percentile(framesMs, 0.99), elements };
}

/** Where the page stands after its next frame. */
function look(page: Page): Promise<{ above: number; below: number; goesOn: boolean; elements: number }> {
  return page.evaluate(
    () =>
      new Promise((tell) => {
        requestAnimationFrame(() => {
          const root = document.documentElement;
          tell({
            above: root.scrollTop,
            below: root.scrollHeight - root.clientHeight - root.scrollTop,
            goesOn: document.querySelector('[data-testid="more"]') !== null,
            elements: document.getElementsByTagName('*').length,
          });
        });
      }),
  );
}
