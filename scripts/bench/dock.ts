/**
 * The dock in the Chromium that OBS embeds, on real OBS: how soon it is there, how soon it shows what OBS says, what it costs while
 * nothing happens, and whether a long history scrolls smoothly.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import OBSWebSocket from 'obs-websocket-js/json';
import type { Browser, Page } from 'playwright-core';
import { ensureDockBuilt } from '../build/dock.ts';
import { AgentProcess } from '../rig/agent-process.ts';
import { launchChromium, peerOfChromium } from '../rig/chromium.ts';
import { freePort } from '../rig/free-port.ts';
import { betweenCommandsMs, startObs } from '../rig/obs.ts';
import { ensurePeer, peerDescriptions } from '../rig/peers.ts';
import { withAgent } from './bench-agent.ts';
import { cpuPercent } from './browser-cpu.ts';
import { ClockOfPage, type PhaseShown, phaseShown, phasesShown, watchPhases } from './dock-paints.ts';
import { measureScrolling } from './dock-scrolling.ts';
import type { Figure } from './figure.ts';
import { seedHistory } from './history-seed.ts';
import { findPeers } from './peers-missing.ts';
import { percentile } from './percentile.ts';

export interface DockBenchOptions {
  /** How often the page is opened, each time with nothing in its cache. */
  readonly loads: number;
  /** How often OBS is paused or goes on. */
  readonly events: number;
  /** How long the page is watched while nothing happens. */
  readonly idleMs: number;
  /** Of the long history. */
  readonly sessions: number;
  readonly say: (line: string) => void;
}

/** @throws {PeersMissing} before anything was started */
export async function measureDock(options: DockBenchOptions): Promise<Figure[]> {
  const peers = ['obsNewest', peerOfChromium.embedded] as const;
  await findPeers(peers.map((name) => ({ what: peerDescriptions[name], find: () => ensurePeer(name) })));
  await ensureDockBuilt();
  await using cleanup = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-bench-'));
  cleanup.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const browser = await launchChromium('embedded');
  cleanup.defer(() => browser.close());
  return [...(await measureOnObs(options, browser, folder)), ...(await measureLongHistory(options, browser, folder))];
}

async function measureOnObs(options: DockBenchOptions, browser: Browser, folder: string): Promise<Figure[]> {
  const { loads, events, idleMs, say } = options;
  say('Starting OBS and the agent…');
  const obs = await startObs('newest', { recordingsDir: path.join(folder, 'recordings'), format: 'hybrid_mp4' });
  const client = new OBSWebSocket();
  try {
    await client.connect(`ws://${obs.host}:${obs.port}`, obs.password);
    return await withAgent(folder, obs, {}, async (agent) => {
      say(`Opening the dock ${loads} times…`);
      const opened: PhaseShown[][] = [];
      for (let load = 0; load <= loads; load++) {
        const page = await openDock(browser, agent, 'idle');
        opened.push(await phasesShown(page));
        await page.context().close();
      }
      // The first one starts the browser's own machinery.
      opened.shift();
      const first = opened.map(([shown]) => shown?.sinceOpened ?? Number.NaN);
      const knowing = opened.map((shown) => shown.find(({ phase }) => phase === 'idle')?.sinceOpened ?? Number.NaN);

      const page = await openDock(browser, agent, 'idle');
      // What opens later is loaded by then: that belongs neither to the first paint nor to the page's idleness.
      await page.waitForFunction(() => document.adoptedStyleSheets.length === 3);
      say(`Opening the settings ${loads} times…`);
      const opening = await measureSettings(page, loads);
      say(`Watching it for ${idleMs / 1000} s while nothing happens, and as long while OBS records…`);
      const idle = await cpuPercent(browser, idleMs);
      await client.call('StartRecord');
      await phaseShown(page, 'recording', 0);
      const recording = await cpuPercent(browser, idleMs);
      say(`Pausing and resuming OBS ${events} times…`);
      const delays = await measureEvents(page, client, events);
      await client.call('StopRecord');
      await phaseShown(page, 'idle', 0);
      await page.context().close();
      return [
        {
          id: 'firstPaintP50Ms',
          label: 'opened → record card painted, p50',
          value: percentile(first, 0.5),
          unit: 'ms',
        },
        {
          id: 'firstPaintP95Ms',
          label: 'opened → record card painted, p95',
          value: percentile(first, 0.95),
          unit: 'ms',
          atMost: 150,
        },
        { id: 'stateP95Ms', label: "opened → OBS's state painted, p95", value: percentile(knowing, 0.95), unit: 'ms' },
        { id: 'eventP50Ms', label: "OBS's event → painted, p50", value: percentile(delays, 0.5), unit: 'ms' },
        {
          id: 'eventP95Ms',
          label: "OBS's event → painted, p95",
          value: percentile(delays, 0.95),
          unit: 'ms',
          atMost: 50,
        },
        {
          id: 'settingsP95Ms',
          label: 'settings pressed → painted, p95',
          value: percentile(opening, 0.95),
          unit: 'ms',
          atMost: 100,
        },
        { id: 'idleCpuPercent', label: 'idle, CPU of the page', value: idle.page, unit: '%', atMost: 0.5 },
        { id: 'idleBrowserCpuPercent', label: 'idle, CPU of the whole browser', value: idle.browser, unit: '%' },
        { id: 'recordingCpuPercent', label: 'recording, CPU of the page', value: recording.page, unit: '%' },
      ];
    });
  } finally {
    await client.disconnect().catch(() => undefined);
    await obs.dispose();
  }
}

/** From the press until the frame that has the settings was painted, ms each; they are closed again each time. */
async function measureSettings(page: Page, times: number): Promise<number[]> {
  const delays: number[] = [];
  for (let done = 0; done < times; done++) {
    delays.push(
      await page.evaluate(async () => {
        const painted = (): Promise<void> =>
          new Promise((resolve) => {
            requestAnimationFrame(() => {
              const { port1, port2 } = new MessageChannel();
              port1.onmessage = () => resolve();
              port2.postMessage(null);
            });
          });
        const button = document.querySelector<HTMLElement>('[data-testid="settings"]');
        const began = performance.now();
        button?.click();
        while (document.querySelector('[data-testid="settings-view"]') === null) await painted();
        await painted();
        const took = performance.now() - began;
        button?.click();
        await painted();
        return took;
      }),
    );
  }
  return delays;
}

/** From when another client of OBS has the event until the page has painted it, ms each. */
async function measureEvents(page: Page, client: OBSWebSocket, events: number): Promise<number[]> {
  const clock = await ClockOfPage.of(page);
  const delays: number[] = [];
  for (let done = 0; done < events; done++) {
    const paused = done % 2 === 0;
    const state = `OBS_WEBSOCKET_OUTPUT_${paused ? 'PAUSED' : 'RESUMED'}`;
    await delay(betweenCommandsMs);
    const told = Promise.withResolvers<number>();
    const timer = setTimeout(() => told.reject(new Error(`OBS did not tell that it is ${state}`)), 10_000);
    const onState = ({ outputState }: { outputState: string }): void => {
      if (outputState === state) told.resolve(clock.now());
    };
    client.on('RecordStateChanged', onState);
    const shownBefore = (await phasesShown(page)).length;
    await client.call(paused ? 'PauseRecord' : 'ResumeRecord');
    const toldAt = await told.promise;
    clearTimeout(timer);
    client.off('RecordStateChanged', onState);
    const shown = await phaseShown(page, paused ? 'paused' : 'recording', shownBefore);
    delays.push(shown.at - toldAt);
  }
  return delays;
}

async function measureLongHistory(
  { sessions, say }: DockBenchOptions,
  browser: Browser,
  folder: string,
): Promise<Figure[]> {
  say(`Writing ${sessions} sessions, and scrolling through all of them and back…`);
  const dataDir = await mkdtemp(path.join(folder, 'data-'));
  seedHistory(path.join(dataDir, 'streamai.db'), sessions);
  // Nobody listens there: OBS is not what is measured.
  const agent = new AgentProcess(dataDir, { OBS_HOST: '127.0.0.1', OBS_PORT: String(await freePort()) });
  try {
    await agent.start();
    const page = await openDock(browser, agent, null);
    const { longTasksMs, slowestFrameMs, elements } = await measureScrolling(page);
    await page.context().close();
    await agent.stop();
    return [
      { id: 'longTasks', label: 'long history, tasks above 50 ms', value: longTasksMs.length, unit: '', atMost: 0 },
      {
        id: 'longestTaskMs',
        label: 'long history, the longest of them',
        value: Math.max(0, ...longTasksMs),
        unit: 'ms',
      },
      { id: 'frameP99Ms', label: 'long history, frames, p99', value: slowestFrameMs, unit: 'ms' },
      { id: 'elements', label: 'long history, most elements on the page', value: elements, unit: '' },
    ];
  } finally {
    await agent.dispose();
  }
}

/** In a context of its own: nothing is in its cache. @param until what is to be shown of OBS, if anything */
async function openDock(browser: Browser, agent: AgentProcess, until: string | null): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 300, height: 800 }, locale: 'fr-FR' });
  const page = await context.newPage();
  await page.addInitScript(watchPhases);
  await page.goto(`${agent.url}/#token=${agent.token}`);
  if (until === null) await page.waitForSelector('[data-session-id]');
  else await phaseShown(page, until, 0);
  return page;
}
