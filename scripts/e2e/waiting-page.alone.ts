/**
 * The page that OBS opens as the dock, in the three Chromiums at once: it waits while the agent is away, says so, and goes over once
 * that runs; whatever else has the agent's port is told nothing. Chromium 103 takes no clicks and waits of Playwright.
 */
import { access, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { prepareDataDir } from '../../agent/config/data-dir.ts';
import { provenPage } from '../../agent/http/page-fixture.ts';
import { type WaitingPlace, writeWaitingPage } from '../../agent/waiting-page/place.ts';
import { waitingWords } from '../../agent/waiting-page/words.ts';
import { ensureDockBuilt } from '../build/dock.ts';
import { AgentProcess } from '../rig/agent-process.ts';
import { type ChromiumKind, launchChromium, peerOfChromium } from '../rig/chromium.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { freePort } from '../rig/free-port.ts';
import { until } from '../rig/until.ts';
import { cutText } from '../screenshots/cut-text.ts';
import { Squatter } from './hostile/squatter-fixture.ts';

const kinds = { oldest: 'fr', embedded: 'en', today: 'fr' } as const satisfies Partial<
  Record<ChromiumKind, 'en' | 'fr'>
>;
type Kind = keyof typeof kinds;
const names = Object.keys(kinds) as Kind[];
const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

await describePeer(
  names.map((kind) => peerOfChromium[kind]),
  'the waiting page',
  () => {
    let folder: string;
    let place: WaitingPlace;
    let agent: AgentProcess;
    const pages = {} as Record<Kind, Page>;
    const ends: (() => Promise<unknown>)[] = [];
    const complaints: string[] = [];
    let left = '';
    const passOf = (alive: string): string => /"pass":"([^"]+)"/.exec(alive)?.[1] ?? '';

    beforeAll(async () => {
      await ensureDockBuilt();
      folder = await mkdtemp(path.join(tmpdir(), 'streamai-waiting é-'));
      ends.push(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
      const dataDir = path.join(folder, 'data #1');
      prepareDataDir(dataDir);
      place = await writeWaitingPage(dataDir, { logFile: path.join(dataDir, 'agent.log') });
      agent = new AgentProcess(dataDir, {
        ...{ HOME: folder, USERPROFILE: folder, APPDATA: folder, XDG_CONFIG_HOME: folder },
        ...{ OBS_HOST: '127.0.0.1', OBS_PORT: String(await freePort()) },
      });
      ends.push(() => agent.dispose());
      for (const kind of names) {
        const browser = await launchChromium(kind);
        ends.push(() => browser.close());
        const page = await browser.newPage({
          viewport: { width: 300, height: 500 },
          locale: kinds[kind],
          colorScheme: 'dark',
        });
        page.on('pageerror', (error) => complaints.push(`${kind}: ${error.message}`));
        page.on('console', (message) => {
          if (/Content Security|Refused/.test(message.text())) complaints.push(`${kind}: ${message.text()}`);
        });
        pages[kind] = page;
      }
    });
    afterAll(async () => {
      for (const end of ends.reverse()) await end();
    });

    const each = <T>(work: (kind: Kind, page: Page) => Promise<T>): Promise<T[]> =>
      Promise.all(names.map((kind) => work(kind, pages[kind])));

    const waits = (page: Page, state: 'away' | 'silent'): Promise<unknown> =>
      page.waitForFunction(
        (wanted) => document.querySelector<HTMLElement>('main[data-state]:not([hidden])')?.dataset.state === wanted,
        state,
        { timeout: 20_000 },
      );
    /** What each of the pages says. */
    const says = (state: 'away' | 'silent'): Promise<unknown> =>
      each(async (kind, page) => {
        await waits(page, state);
        const text = await page.evaluate(
          () => document.querySelector('main:not([hidden]) [role="status"]')?.textContent,
        );
        expect(text).toBe(waitingWords[kinds[kind]].states[state]);
        expect(page.url()).toBe(place.address);
      });
    const showsDock = (page: Page): Promise<unknown> =>
      page.waitForFunction(() => document.querySelector('.record-card') !== null, undefined, { timeout: 20_000 });

    /** Resolves once the page asks for the dock, and once that is shown. */
    async function leaves(page: Page): Promise<{ leftAt: number; shownAt: number }> {
      const left = page
        .waitForRequest((request) => request.isNavigationRequest() && request.url().startsWith('http'), {
          timeout: 20_000,
        })
        .then(() => performance.now());
      const shown = showsDock(page).then(() => performance.now());
      const [leftAt, shownAt] = await Promise.all([left, shown]);
      return { leftAt, shownAt };
    }
    /** Starts the agent. @returns how long after its first answer each of the pages went over, and showed the dock, ms */
    async function goesOver(kinds: readonly Kind[]): Promise<{ left: number; shown: number }[]> {
      const url = `http://127.0.0.1:${await agent.port}`;
      const answers = until(
        'the agent answers',
        () =>
          fetch(`${url}/api/health`).then(
            ({ ok }) => ok && performance.now(),
            () => null,
          ),
        { everyMs: 5 },
      );
      const gone = Promise.all(kinds.map((kind) => leaves(pages[kind])));
      const [answeredAt, times] = await Promise.all([answers, gone, agent.start()]);
      for (const kind of kinds) expect(pages[kind].url()).toContain(`${url}/`);
      return times.map(({ leftAt, shownAt }) => ({
        left: Math.round(leftAt - answeredAt),
        shown: Math.round(shownAt - answeredAt),
      }));
    }

    test('says that StreamAI is not running, in the language of the browser', async () => {
      await each((_, page) => page.goto(place.address));
      await says('away');
      await each((kind, page) => (kind === 'today' ? Promise.resolve(null) : page.goto('about:blank')));
    });

    test('is as it should be at 240 to 420 px: nothing that axe-core knows of, nothing cut off', async () => {
      const page = pages.today;
      for (const colorScheme of ['dark', 'light'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.evaluate(axeSource);
        const { violations } = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run());
        expect(
          violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
          colorScheme,
        ).toEqual([]);
      }
      for (const width of [240, 300, 420]) {
        await page.setViewportSize({ width, height: 500 });
        expect(await cutText(page), `${width} px`).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      }
    });

    test.each(names)(
      'goes over within a second of the first answer of an agent that starts: Chromium %s',
      async (kind) => {
        await pages[kind].goto(place.address);
        const [started = { left: Number.POSITIVE_INFINITY, shown: 0 }] = await goesOver([kind]);
        if (process.platform !== 'win32') expect((await stat(place.alive)).mode & 0o077).toBe(0);
        await pages[kind].goto('about:blank');
        await pages[kind].goto(place.address);
        const openedAt = performance.now();
        const { leftAt, shownAt } = await leaves(pages[kind]);
        const opened = { left: Math.round(leftAt - openedAt), shown: Math.round(shownAt - openedAt) };
        console.log(`Chromium ${kind}, ms after the agent’s first answer:`, started, 'opened beside it:', opened);
        // The others wait for an agent to come, and not for one that is there.
        await agent.stop();
        await waits(pages[kind], 'away');
        // How soon the dock is shown then is measured elsewhere, and by the machine's load.
        expect(Math.max(started.left, opened.left)).toBeLessThan(1000);
      },
    );

    test('the agent killed, the dock comes back to it by itself, and what was left keeps it waiting, also after a reload', async () => {
      await goesOver(names);
      await agent.kill();
      await says('silent');
      await access(place.alive);
      await each((_, page) => page.reload());
      await says('silent');
    });

    test('goes on once the agent is back, over what was left', async () => {
      await goesOver(names);
    });

    test('a new token is nothing that anybody has to carry to a dock', async () => {
      const { body } = await agent.api.call('POST', '/api/token', { new: true });
      const { token } = body as { token: string };
      expect(token).not.toBe(agent.token);
      await each((_, page) =>
        page.waitForFunction(
          (wanted) => sessionStorage.getItem('streamai.token') === wanted && document.querySelector('.record-card'),
          token,
          { timeout: 20_000 },
        ),
      );
    });

    test('an orderly end takes away what was beside it, and it says so', async () => {
      left = await readFile(place.alive, 'utf8');
      for (const page of Object.values(pages)) expect(page.url()).not.toContain(agent.token);
      expect(left).not.toContain((await readFile(path.join(agent.dataDir, 'token'), 'utf8')).trim());
      expect(await agent.stop()).toBe(0);
      await expect(access(place.alive)).rejects.toThrow('ENOENT');
      await says('away');
    });

    test('a stranger on the agent’s port, while all looks as if the agent lived, hears no token', async () => {
      const squatter = await Squatter.at(await agent.port);
      onTestFinished(() => squatter.close().catch(() => undefined));
      const token = (await readFile(path.join(agent.dataDir, 'token'), 'utf8')).trim();
      // As the agent left it that ended in that moment.
      const pass = passOf(left);
      let beats = 0;
      await until('every page has gone there', async () => {
        beats += 1;
        const alive = { beat: `forged.${beats}`, url: `http://127.0.0.1:${squatter.port}`, pass };
        await writeFile(place.alive, `streamaiAlive(${JSON.stringify(alive)});\n`, { mode: 0o600 });
        return squatter.requests.filter((request) => request.startsWith('GET / ')).length >= names.length;
      });
      expect(squatter.heard.length).toBeGreaterThanOrEqual(names.length);
      for (const heard of squatter.heard) {
        expect(heard).not.toContain(token);
        expect(heard).not.toMatch(/file:|#waiting|dock-page/i);
        if (heard.startsWith('GET / ')) expect(heard).not.toMatch(/referer|authorization/i);
      }
      // All that a page of the stranger's can read, and it opens nothing: not with the agent that is back.
      await pages.today.waitForURL(({ port }) => port === String(squatter.port), { timeout: 20_000 });
      const read = await pages.today.evaluate(() => [location.href, document.referrer, window.name].join(' '));
      expect(read).toContain(pass);
      expect(read).not.toContain(token);
      expect(read).not.toContain('file:');
      await squatter.close();
      await agent.start();
      expect(passOf(await readFile(place.alive, 'utf8'))).not.toBe(pass);
      await expect(provenPage(new URL(agent.url).host, pass, true)).rejects.toThrow('has not proven itself');
      const headers = { authorization: `Bearer ${pass}` };
      expect((await fetch(`${agent.url}/api/settings`, { headers })).status).toBe(401);
    });

    test('complained of nothing', () => expect(complaints).toEqual([]));
  },
);
