/** What must hold in every state of the dock, in both languages, in the Chromium that OBS embeds. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { languages } from '../../shared/errors.ts';
import { ensureDockBuilt } from '../build/dock.ts';
import { launchChromium, peerOfChromium } from '../rig/chromium.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { cutText } from '../screenshots/cut-text.ts';
import { openState, paintThumbnails } from '../screenshots/open.ts';
import { dockStates } from '../screenshots/states.ts';

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds wrong, each with the element. @param rules all, if left out */
async function violations(page: Page, rules?: string[]): Promise<string[]> {
  const results = await page.evaluate(
    (only) =>
      (window as unknown as { axe: typeof axe }).axe.run({
        // Nothing on the page is fetched by a style sheet or played.
        preload: false,
        resultTypes: ['violations'],
        ...(only && { runOnly: only }),
      }),
    rules,
  );
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html.slice(0, 200)}\n${failureSummary ?? ''}`),
  );
}

await describePeer([peerOfChromium.embedded], 'dock, every state', () => {
  let browser: Browser;
  let thumbnails: Uint8Array<ArrayBuffer>[];
  beforeAll(async () => {
    await ensureDockBuilt();
    browser = await launchChromium('embedded');
    thumbnails = await paintThumbnails(browser);
  });
  afterAll(() => browser?.close());

  describe.each(languages)('%s', (language) => {
    test.concurrent.for(dockStates)(
      '$name: nothing that axe-core knows of, nothing cut off at 240 px',
      async (state, { expect }) => {
        const { page, dress, close } = await openState(browser, state, { language, thumbnails });
        try {
          // Not as a <script>, which the page's Content-Security-Policy forbids.
          await page.evaluate(axeSource);
          await dress({ theme: 'dark', width: 300 });
          expect.soft(await violations(page), 'axe-core, dark').toEqual([]);
          expect.soft(await cutText(page), 'cut off at 300 px').toEqual([]);
          // The other theme has other colours, and nothing else.
          await dress({ theme: 'light', width: 240 });
          expect.soft(await violations(page, ['color-contrast']), 'axe-core, light').toEqual([]);
          expect.soft(await cutText(page), 'cut off at 240 px').toEqual([]);
        } finally {
          await close();
        }
      },
    );
  });
});
