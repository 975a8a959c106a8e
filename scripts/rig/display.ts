import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { ensurePeer } from './peers.ts';
import { isAlive, run, spawnBound } from './processes.ts';
import { until } from './until.ts';

/** An X display without a screen. */
export interface Display {
  /** The value for DISPLAY, such as :7. */
  readonly name: string;
  close(): Promise<void>;
}

/** Starts an Xvfb on a display number that it finds free itself. */
export async function openDisplay(): Promise<Display> {
  const args = ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'];
  const xvfb = spawnBound('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const pipe = xvfb.stdio[3] as Readable;
  const gone = once(xvfb, 'exit').then(() => undefined);
  const answer = once(pipe, 'data', { signal: AbortSignal.timeout(30_000) }).then(([data]) => String(data).trim());
  const number = await Promise.race([answer, gone]).catch(() => undefined);
  answer.catch(() => {});
  const close = async (): Promise<void> => {
    xvfb.kill();
    if (isAlive(xvfb)) await gone;
  };
  if (!number) {
    await close();
    throw new Error('Xvfb did not start. Fix: install xvfb, or look for a full /tmp.');
  }
  return { name: `:${number}`, close };
}

/** The titles of all windows. */
export async function windowTitles(display: Display): Promise<string[]> {
  const titles = await xdotool(display, 'search', '--name', '.', 'getwindowname', '%@').catch(() => '');
  return titles.split('\n').filter((title) => title !== '');
}

/** Presses Return in the window with this title; resolves when there is no such window any more. */
export async function closeWindow(display: Display, title: string): Promise<void> {
  await until(`a window “${title}”`, async () => (await windowsOf(display, title)).length > 0);
  for (const id of await windowsOf(display, title)) await xdotool(display, 'windowfocus', id, 'key', 'Return');
  await until(`no window “${title}”`, async () => (await windowsOf(display, title)).length === 0);
}

/** Their ids. */
async function windowsOf(display: Display, title: string): Promise<string[]> {
  const found = await xdotool(display, 'search', '--name', `^${title}$`).catch(() => '');
  return found.split('\n').filter((id) => id !== '');
}

async function xdotool({ name }: Display, ...args: string[]): Promise<string> {
  return run(await ensurePeer('xdotool'), args, { env: { ...process.env, DISPLAY: name } });
}
