import { setTimeout as delay } from 'node:timers/promises';
import type { Browser } from 'playwright-core';

/** What a browser uses for so long, % of one core: in the processes that run pages, and in all of them. */
export async function cpuPercent(browser: Browser, ms: number): Promise<{ page: number; browser: number }> {
  const session = await browser.newBrowserCDPSession();
  const used = async (): Promise<{ page: number; browser: number }> => {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const seconds = (infos: typeof processInfo): number => infos.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
    return { page: seconds(processInfo.filter(({ type }) => type === 'renderer')), browser: seconds(processInfo) };
  };
  try {
    const before = await used();
    await delay(ms);
    const after = await used();
    const percent = (seconds: number): number => (seconds / (ms / 1000)) * 100;
    return { page: percent(after.page - before.page), browser: percent(after.browser - before.browser) };
  } finally {
    await session.detach();
  }
}
