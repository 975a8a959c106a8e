/**
 * The dock in the browser. The address holds the token, and every user of this machine can see the arguments of its programs: what
 * the browser is given is a page of ours instead, in a file that is its user's alone, which goes to that address.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { StreamAIError } from '../../shared/errors.ts';

export interface Opener {
  readonly program: string;
  readonly args: readonly string[];
}

export interface OpenSystem {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/** The name of that page in the data folder. */
export const openPageName = 'open.html';
/** The same in the folder of a browser from the Snap store. */
const snapPageName = `streamai-${openPageName}`;

/** What opens a page of this machine in the browser; null: there is no desktop. @param page full path */
export function pageOpener(page: string, { platform, env }: OpenSystem): Opener | null {
  if (platform === 'win32') {
    // No shell, to which & and % would mean something.
    const program = path.win32.join(env.SystemRoot ?? 'C:\\Windows', 'System32', 'rundll32.exe');
    return { program, args: ['url.dll,FileProtocolHandler', pathToFileURL(page, { windows: true }).href] };
  }
  if (platform === 'darwin') return { program: '/usr/bin/open', args: [page] };
  const hasDesktop = Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
  return hasDesktop ? { program: 'xdg-open', args: [page] } : null;
}

/**
 * Where the page lies. A browser from the Snap store may read nothing in folders whose names begin with a dot, such as ours: it gets
 * the page in its own folder.
 * @param browser the desktop's default one, by its .desktop file: Snap's are called `firefox_firefox.desktop`
 */
export function openPagePlace(dataDir: string, browser: string, home: string): string {
  const snap = /^([a-z0-9-]+)_[^/]*\.desktop$/.exec(browser)?.[1];
  const folder = snap === undefined ? null : path.join(home, 'snap', snap, 'common');
  return folder !== null && existsSync(folder) ? path.join(folder, snapPageName) : path.join(dataDir, openPageName);
}

/** A page that goes to the address at once. The address has nothing that HTML or JavaScript would take for its own. */
export function pageTo(address: string): string {
  const safe = JSON.stringify(address).replaceAll('<', '\\u003c');
  return [
    '<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>StreamAI</title>',
    `<script>location.replace(${safe})</script>`,
    '',
  ].join('\n');
}

/** Long enough for a program that cannot work to say so, ms. */
const failsWithinMs = 1500;

/** Opens the address. @throws StreamAIError browser_not_opened */
export async function openPage(address: string, dataDir: string, system: OpenSystem): Promise<void> {
  const browser = system.platform === 'linux' ? await defaultBrowser(system.env) : '';
  const page = openPagePlace(dataDir, browser, system.home);
  const opener = pageOpener(page, system);
  if (opener === null) throw new StreamAIError('browser_not_opened');
  // Never through a link that is in its place.
  rmSync(page, { force: true });
  writeFileSync(page, pageTo(address), { mode: 0o600, flag: 'wx' });
  const child = spawn(opener.program, opener.args, { stdio: 'ignore', detached: true, env: { ...system.env } });
  const ended = Promise.withResolvers<void>();
  child.once('error', (cause) => ended.reject(new StreamAIError('browser_not_opened', {}, { cause })));
  child.once('exit', (code) => {
    if (code === 0) ended.resolve();
    else ended.reject(new StreamAIError('browser_not_opened'));
  });
  const patience = new AbortController();
  try {
    await Promise.race([ended.promise, delay(failsWithinMs, undefined, { signal: patience.signal })]);
  } catch (error) {
    rmSync(page, { force: true });
    throw error;
  } finally {
    patience.abort();
    child.unref();
  }
}

/** In this time a browser has started and read its page, ms. */
export const browserReadsWithinMs = 120_000;

/**
 * Takes away the pages that browsers were given, wherever they lie: they hold the token. One that cannot be taken away stays.
 * @param olderThanMs those that are older alone
 */
export function removeOpenPages(dataDir: string, home: string, olderThanMs: number): void {
  const snaps = path.join(home, 'snap');
  const places = namesIn(snaps).map((snap) => path.join(snaps, snap, 'common', snapPageName));
  for (const page of [path.join(dataDir, openPageName), ...places]) {
    try {
      const age = Date.now() - lstatSync(page).mtimeMs;
      // One from the future: the clock was set back.
      if (age >= olderThanMs || age < 0) rmSync(page, { force: true });
    } catch {
      // Mostly there is none.
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The desktop's default browser; empty where it does not say. */
function defaultBrowser(env: OpenSystem['env']): Promise<string> {
  return new Promise((resolve) => {
    const options = { env: { ...env }, timeout: 2000 };
    execFile('xdg-settings', ['get', 'default-web-browser'], options, (_, stdout) => resolve(String(stdout).trim()));
  });
}
