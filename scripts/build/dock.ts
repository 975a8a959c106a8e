import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { root, runNode, tools } from '../test/tools.ts';

/** Where the built dock is. */
export const dockDist = path.join(root, 'dock/dist');

const buildArgs = ['build', path.join(root, 'dock'), '--config', path.join(root, 'dock/vite.config.ts')];

/** Builds the dock with its output shown. @returns Vite's exit code */
export function buildDock(): Promise<number> {
  return runNode(tools.vite, buildArgs);
}

/**
 * Makes sure that the built dock is newer than what it is built from. In a process of its own, because a bundler would
 * stay in the agent's memory; silent unless it fails.
 * @param say told that a build begins, which takes seconds
 * @throws Error with Vite's output when the build fails
 */
export async function ensureDockBuilt(say: () => void = () => {}): Promise<void> {
  const sources = ['dock', 'shared', 'package-lock.json'].map((name) => path.join(root, name));
  if (!(await mustBuild(path.join(dockDist, 'index.html'), sources, path.join(root, 'dock')))) return;
  say();
  const child = spawn(process.execPath, [tools.vite, ...buildArgs, '--logLevel', 'warn'], {
    cwd: root,
    windowsHide: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const [code, out, err] = await Promise.all([closed, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(`The dock could not be built.\n${out}${err}`.trimEnd());
}

/**
 * Whether the dock has to be built before it can be served. Where nothing can be written (C:\Program Files, a read-only disk), the
 * one that is there is the newest there can be: unpacked and copied files have times that say nothing.
 * @param folder where the build writes
 */
export async function mustBuild(
  built: string,
  sources: readonly string[],
  folder: string,
  writable: (folder: string) => Promise<boolean> = isWritable,
): Promise<boolean> {
  if (!(await isStale(built, sources))) return false;
  return (await modifiedAt(built)) === undefined || (await writable(folder));
}

/** By trying: on Windows no mode tells what the rights of a folder let through. */
export async function isWritable(folder: string): Promise<boolean> {
  try {
    await rmdir(await mkdtemp(path.join(folder, '.writable-')));
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether a built file is missing or older than any of its sources. Folders count with their own times too, so that a
 * removed file is noticed; `dist` and `node_modules` inside them do not.
 */
export async function isStale(built: string, sources: readonly string[]): Promise<boolean> {
  const builtAt = await modifiedAt(built);
  if (builtAt === undefined) return true;
  for (const source of sources) {
    if (await isNewer(source, builtAt)) return true;
  }
  return false;
}

async function isNewer(file: string, timeMs: number): Promise<boolean> {
  const stats = await stat(file).catch(() => undefined);
  if (stats === undefined) return false;
  if (stats.mtimeMs > timeMs) return true;
  if (!stats.isDirectory()) return false;
  for (const name of await readdir(file)) {
    if (name === 'dist' || name === 'node_modules') continue;
    if (await isNewer(path.join(file, name), timeMs)) return true;
  }
  return false;
}

async function modifiedAt(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.mtimeMs;
}
