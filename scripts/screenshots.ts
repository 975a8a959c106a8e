// `npm run screenshots [-- folder] [--only state]`: every state of the dock, in each width, look and language.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { type Language, languages } from '../shared/errors.ts';
import { ensureDockBuilt } from './build/dock.ts';
import { launchChromium } from './rig/chromium.ts';
import { type Look, openState, paintThumbnails, type Theme } from './screenshots/open.ts';
import { type DockState, dockStates } from './screenshots/states.ts';
import { root } from './test/tools.ts';

/** Docks as narrow as OBS makes them, usual and wide, and a browser's tab (px). */
const sizes: Readonly<Record<string, Omit<Look, 'theme'>>> = {
  '240': { width: 240 },
  '300': { width: 300 },
  '420': { width: 420 },
  tab: { width: 1280, height: 800 },
};
const themes: readonly Theme[] = ['dark', 'light'];

const { values, positionals } = parseArgs({
  options: { only: { type: 'string', multiple: true } },
  allowPositionals: true,
});
const folder = path.resolve(positionals[0] ?? path.join(root, 'screenshots'));
const wanted = dockStates.filter(({ name }) => values.only?.includes(name) ?? true);

if (wanted.length === 0) {
  console.error(`There is no such state. There are: ${dockStates.map(({ name }) => name).join(', ')}`);
  process.exitCode = 2;
} else {
  await ensureDockBuilt(() => console.error('Building the dock…'));
  await mkdir(folder, { recursive: true });
  const browser = await launchChromium('today');
  try {
    const thumbnails = await paintThumbnails(browser);
    await Promise.all(languages.map((language) => shootAll(browser, language, thumbnails)));
  } finally {
    await browser.close();
  }
  console.log(`${wanted.length * languages.length * themes.length * Object.keys(sizes).length} pictures in ${folder}`);
}

async function shootAll(
  browser: Browser,
  language: Language,
  thumbnails: readonly Uint8Array<ArrayBuffer>[],
): Promise<void> {
  for (const state of wanted) {
    await shoot(browser, state, language, thumbnails);
    console.log(`${state.name} (${language})`);
  }
}

async function shoot(
  browser: Browser,
  state: DockState,
  language: Language,
  thumbnails: readonly Uint8Array<ArrayBuffer>[],
): Promise<void> {
  const { page, world, dress, close } = await openState(browser, state, { language, thumbnails });
  try {
    // Every picture shows the same moment, and nothing under the mouse.
    await page.mouse.move(0, 0);
    world.obs.pass(1000);
    await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 1000);
    for (const [size, look] of Object.entries(sizes)) {
      for (const theme of themes) {
        await dress({ theme, ...look });
        await page.screenshot({ path: path.join(folder, `${state.name}-${size}-${theme}-${language}.png`) });
      }
    }
  } finally {
    await close();
  }
}
