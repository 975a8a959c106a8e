/**
 * The dock in Chromium 103, which OBS 28 to 30.2 embeds, with OBS of that time: it loads without a complaint, records and stops, and
 * is laid out as in the Chromium of newer ones. Playwright's own clicks and waits need a newer browser.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium, peerOfChromium } from '../rig/chromium.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { peersOfObs } from '../rig/peers.ts';
import { cutText } from '../screenshots/cut-text.ts';
import { World } from './world-fixture.ts';

const size = { width: 300, height: 800 };

/** What stands where, and which of them are not to cover each other. */
const parts = {
  card: '.record-card',
  strip: '.status-strip',
  session: '[data-session-id]',
  search: '[data-testid="search"]',
  record: '[data-testid="record"]',
  time: '[data-testid="time"]',
  name: '[data-testid="session-name"]',
  upload: '[data-testid="auto-upload"]',
  model: '[data-testid="subtitle-model"]',
  priority: '[data-testid="priority"]',
};
type Part = keyof typeof parts;
const apart: readonly (readonly Part[])[] = [
  ['card', 'search', 'session', 'strip'],
  ['record', 'time', 'name', 'upload', 'model', 'priority'],
];

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}
type Boxes = Readonly<Record<Part, Box>>;

/** Opens the dock as OBS would. @param complaints takes what the page complains about */
async function openDock(browser: Browser, world: World, complaints: string[]): Promise<Page> {
  const page = await browser.newPage({ viewport: size, locale: 'fr-FR', colorScheme: 'dark' });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  await page.goto(`${world.agent.url}/#token=${world.agent.token}`);
  return page;
}

async function shows(page: Page, selector: string): Promise<void> {
  await page.waitForFunction((wanted) => document.querySelector(wanted) !== null, selector, { timeout: 60_000 });
}

function press(page: Page, testId: string): Promise<void> {
  return page.evaluate((id) => document.querySelector<HTMLElement>(`[data-testid="${id}"]`)?.click(), testId);
}

function boxesOf(page: Page): Promise<Boxes> {
  return page.evaluate((all) => {
    const boxes = Object.entries(all).map(([part, selector]) => {
      const box = document.querySelector(selector)?.getBoundingClientRect();
      const { left = 0, top = 0, right = 0, bottom = 0 } = box ?? {};
      return [part, { left, top, right, bottom }];
    });
    return Object.fromEntries(boxes) as Boxes;
  }, parts);
}

/** The colours of a picture at some points, as `#rrggbb`, read by another browser. */
function coloursAt(reader: Page, png: Buffer, points: readonly (readonly [x: number, y: number])[]): Promise<string[]> {
  return reader.evaluate(
    async ([base64, places]) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
      const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
      if (context === null) throw new Error('no canvas');
      context.drawImage(image, 0, 0);
      return places.map(([x, y]) => {
        const [red = 0, green = 0, blue = 0] = context.getImageData(x, y, 1, 1).data;
        return `#${((red << 16) | (green << 8) | blue).toString(16).padStart(6, '0')}`;
      });
    },
    [png.toString('base64'), points] as const,
  );
}

const middle = ({ left, right, top, bottom }: Box): [number, number] => [(left + right) / 2, (top + bottom) / 2];

const peers = [...peersOfObs.system, peerOfChromium.oldest, peerOfChromium.embedded];
await describePeer(peers, 'the dock in Chromium 103', () => {
  let world: World;
  let oldest: Page;
  let newer: Page;
  const complaints: string[] = [];
  beforeAll(async () => {
    world = await World.start({ obs: 'system' });
    const browsers = await Promise.all([launchChromium('oldest'), launchChromium('embedded')]);
    for (const browser of browsers) world.alsoEnd(() => browser.close());
    expect(browsers[0].version()).toMatch(/^103\./);
    oldest = await openDock(browsers[0], world, complaints);
    newer = await openDock(browsers[1], world, []);
  });
  afterAll(() => world?.dispose());

  test('records, pauses, stops, and shows the upload and its task to their end', async () => {
    await shows(oldest, '[data-record-state="idle"]');
    await press(oldest, 'record');
    await shows(oldest, '[data-record-state="recording"]');
    const { id } = await world.agent.live.session('recording', ({ state }) => state === 'recording');
    await world.written(50_000);
    await press(oldest, 'pause');
    await shows(oldest, '[data-record-state="paused"]');
    await press(oldest, 'pause');
    await shows(oldest, '[data-record-state="recording"]');
    await press(oldest, 'record');
    await shows(oldest, '[data-record-state="idle"]');
    await world.expectArrivedOnce(await world.arrived(id));
    await shows(oldest, `[data-session-id="${id}"] [data-testid="task"][data-status="completed_simple"]`);
  });

  test('is laid out as in Chromium 127', async () => {
    await Promise.all([oldest, newer].map((page) => shows(page, '[data-status="completed_simple"]')));
    const [boxes, wanted] = await Promise.all([boxesOf(oldest), boxesOf(newer)]);
    for (const part of Object.keys(parts) as Part[]) {
      const { left, top, right, bottom } = boxes[part];
      expect(Math.min(right - left, bottom - top), `size of ${part}`).toBeGreaterThan(10);
      expect(left >= 0 && top >= 0 && right <= size.width && bottom <= size.height, `${part} in sight`).toBe(true);
      for (const side of ['left', 'top', 'right', 'bottom'] as const) {
        const difference = Math.abs(boxes[part][side] - wanted[part][side]);
        expect(difference, `${side} of ${part}, px apart`).toBeLessThanOrEqual(3);
      }
    }
    for (const group of apart) {
      for (const [index, one] of group.entries()) {
        for (const other of group.slice(index + 1)) {
          const [a, b] = [boxes[one], boxes[other]];
          const overlap = a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
          expect(overlap, `${one} over ${other}`).toBe(false);
        }
      }
    }
    expect(await cutText(oldest)).toEqual([]);
  });

  test('shows settings and help', async () => {
    await press(oldest, 'settings');
    await shows(oldest, '[data-testid="settings-view"] #setting-nameTemplate');
    expect(await cutText(oldest)).toEqual([]);
    await press(oldest, 'settings');
    await press(oldest, 'help');
    await shows(oldest, '[data-testid="help-sheet"][open]');
    expect(await cutText(oldest)).toEqual([]);
    await press(oldest, 'help-close');
    await shows(oldest, '[data-testid="help-sheet"]:not([open])');
  });

  test('looks as it should on a screenshot, and complains of nothing', async () => {
    const png = await oldest.screenshot();
    const { record, card, strip } = await boxesOf(oldest);
    const points: [number, number][] = [
      [1, size.height / 2 + 100],
      middle(record),
      [card.left + 4, (card.top + card.bottom) / 2],
      [strip.left + 4, strip.bottom - 4],
    ];
    // The window, the record button's dot, two panels (dock/styles/tokens.css).
    expect(await coloursAt(newer, png, points)).toEqual(['#1d1f26', '#c01c37', '#272a33', '#272a33']);
    expect(complaints).toEqual([]);
  });
});
