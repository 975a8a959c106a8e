import { type Browser, chromium } from 'playwright-core';
import { ensurePeer, type PeerName } from './peers.ts';

/** embedded: 127, in OBS 31.0 to 32.2. oldest: 103, in OBS 28 to 30.2. today: this machine's own. */
export type ChromiumKind = 'embedded' | 'today' | 'oldest';

/** What each kind of Chromium needs. */
export const peerOfChromium: Readonly<Record<ChromiumKind, PeerName>> = {
  embedded: 'chromium127',
  today: 'chromiumToday',
  oldest: 'chromium103',
};

const flags = [
  '--no-sandbox', // root, as in CI, has no sandbox
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-dev-shm-usage',
  '--disable-domain-reliability',
  '--disable-sync',
  '--no-first-run',
  '--no-pings',
];

/**
 * Starts a headless Chromium; the caller closes it. Playwright's locators wait with checkVisibility, which came with
 * Chromium 105: on `oldest` use `page.evaluate` and `page.waitForFunction` instead.
 * @throws {PeerMissing} when this machine cannot have it
 */
export async function launchChromium(kind: ChromiumKind): Promise<Browser> {
  const executablePath = await ensurePeer(peerOfChromium[kind]);
  return await chromium.launch({ executablePath, args: flags, timeout: 60_000 });
}
