/** Opens one state of the dock in a browser. */
import type { Browser, Page } from 'playwright-core';
import type { Language } from '../../shared/errors.ts';
import { now } from './build-session.ts';
import { pictured } from './reach.ts';
import type { DockState } from './states.ts';
import { type SceneWorld, startWorld } from './world.ts';

export interface OpenOptions {
  readonly language: Language;
  /** Pictures of the sessions in turn, JPEG. */
  readonly thumbnails: readonly Uint8Array<ArrayBuffer>[];
}

/** How the page is to be seen; `height` at least, all in px: it is as high as what is on it. */
export interface Look {
  readonly theme: Theme;
  readonly width: number;
  readonly height?: number;
}

export interface OpenState {
  readonly page: Page;
  readonly world: SceneWorld;
  dress(look: Look): Promise<void>;
  close(): Promise<void>;
}

export type Theme = 'dark' | 'light';

const locales: Readonly<Record<Language, string>> = { en: 'en-GB', fr: 'fr-FR' };
/** What a dock is at least given. */
const lowest = 480;
/** Where every card of a scene is near the screen, and drawn. */
const tall = 3000;

/** Resolves once the page has come to the state. */
export async function openState(
  browser: Browser,
  state: DockState,
  { language, thumbnails }: OpenOptions,
): Promise<OpenState> {
  const world = await startWorld(state.scene, language, thumbnails);
  const context = await browser.newContext({
    viewport: { width: 300, height: tall },
    locale: locales[language],
    timezoneId: 'Europe/Paris',
    colorScheme: 'dark',
    // The dot does not blink, and nothing is caught between two states.
    reducedMotion: 'reduce',
  });
  const close = async (): Promise<void> => {
    await context.close();
    await world.close();
  };
  try {
    const page = await context.newPage();
    if (state.scene.panels === 'lost') await page.route(/\/assets\/[A-Z][^/]*\.js$/, (route) => route.abort());
    await page.clock.install({ time: now });
    await page.goto(world.url);
    await state.reach(page, world);
    await pictured(page);
    return {
      page,
      world,
      close,
      async dress({ theme, width, height = lowest }) {
        await page.emulateMedia({ colorScheme: theme });
        await page.setViewportSize({ width, height: tall });
        const needed = await page.evaluate(() => {
          const app = document.getElementById('app');
          if (app === null) return 0;
          app.style.minHeight = '0';
          const { offsetHeight } = app;
          app.style.minHeight = '';
          return offsetHeight;
        });
        await page.setViewportSize({ width, height: Math.max(height, needed) });
      },
    };
  } catch (error) {
    await close();
    throw new Error(`The dock did not come to the state “${state.name}” (${language})`, { cause: error });
  }
}

/** What scenes look like from afar: someone before a window, a room, a game. */
const views = [
  ['#28507a,#7fb3c8 60%,#d9c6a0', '#33261f'],
  ['#3d2b4f,#8a5a83 55%,#e3a587', '#1f2a33'],
  ['#1e3d33,#4f8a6b 60%,#c9d8a0', '#2b2230'],
] as const;

/** Pictures as OBS would have taken them: scenes of the browser's own making. @returns JPEGs */
export async function paintThumbnails(browser: Browser): Promise<Uint8Array<ArrayBuffer>[]> {
  const page = await browser.newPage({ viewport: { width: 320, height: 180 } });
  try {
    const pictures: Uint8Array<ArrayBuffer>[] = [];
    for (const [sky, figure] of views) {
      await page.setContent(
        `<body style="margin:0;height:100vh;background:linear-gradient(160deg,${sky})">
          <div style="position:absolute;left:108px;top:52px;width:104px;height:160px;border-radius:52px;background:${figure}"></div>
          <div style="position:absolute;right:14px;bottom:14px;width:84px;height:48px;background:#fffc"></div>
        </body>`,
      );
      pictures.push(Uint8Array.from(await page.screenshot({ type: 'jpeg', quality: 80 })));
    }
    return pictures;
  } finally {
    await page.close();
  }
}
