/** Whether OBS runs, and with which configuration: its files are written anew when it ends, so that a change made meanwhile is lost. */
import { execFile } from 'node:child_process';
import { readdir, readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/** Runs a program and gives what it wrote; null where it failed or is not there. */
export type RunProgram = (file: string, args: readonly string[]) => Promise<string | null>;

const programMs = 10_000;

export const runProgram: RunProgram = async (file, args) => {
  try {
    return (await promisify(execFile)(file, [...args], { timeout: programMs, windowsHide: true, encoding: 'utf8' }))
      .stdout;
  } catch {
    return null;
  }
};

/**
 * Asks whether an OBS with this configuration runs.
 * @param root OBS's configuration folder. Only Linux tells which one a running OBS has; elsewhere any OBS counts
 */
export type IsObsRunning = (root: string) => Promise<boolean>;

export function obsRunning(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
  run: RunProgram = runProgram,
  proc = '/proc',
): IsObsRunning {
  if (platform === 'win32') {
    // By its full path: a file of that name could lie where we were started.
    const tasklist = path.win32.join(env.SystemRoot ?? 'C:\\Windows', 'System32', 'tasklist.exe');
    return async () => {
      const list = await run(tasklist, ['/FI', 'IMAGENAME eq obs64.exe', '/FO', 'CSV', '/NH']);
      return /"obs64\.exe"/i.test(list ?? '');
    };
  }
  if (platform === 'darwin') return async () => (await run('/usr/bin/pgrep', ['-x', 'OBS'])) !== null;
  return async (root) => (await runningRoots(proc)).includes(await real(root));
}

/** The configuration folders of all OBS that run here as our user. */
async function runningRoots(proc: string): Promise<string[]> {
  const pids = await obsProcesses(proc);
  const roots = await Promise.all(pids.map((pid) => rootOf(path.join(proc, pid))));
  return roots.filter((root) => root !== null);
}

/** Every OBS holds the socket `@/com/obsproject PID VERSION`; in a sandbox that number is the sandbox's own, so names count too. */
async function obsProcesses(proc: string): Promise<string[]> {
  const sockets = await readFile(path.join(proc, 'net', 'unix'), 'latin1').catch(() => '');
  const found = new Set(Array.from(sockets.matchAll(/@\/com\/obsproject (\d+)/g), ([, pid = '']) => pid));
  const pids = (await readdir(proc).catch(() => [])).filter((name) => /^\d+$/.test(name));
  const names = await Promise.all(pids.map((pid) => readFile(path.join(proc, pid, 'comm'), 'latin1').catch(() => '')));
  // NixOS starts it as .obs-wrapped.
  for (const [index, pid] of pids.entries()) if (/^\.?obs(-wrapped)?\n$/.test(names[index] ?? '')) found.add(pid);
  return [...found];
}

/** null for another user's, whose environment we may not read. */
async function rootOf(folder: string): Promise<string | null> {
  const text = await readFile(path.join(folder, 'environ'), 'utf8').catch(() => '');
  const value = (name: string): string | undefined =>
    text
      .split('\0')
      .find((entry) => entry.startsWith(`${name}=`))
      ?.slice(name.length + 1);
  const home = value('HOME');
  const config = value('XDG_CONFIG_HOME') || (home && path.join(home, '.config'));
  return config ? await real(path.resolve(config, 'obs-studio')) : null;
}

/** Snap's `current` is a link, and so is many a home. */
const real = (file: string): Promise<string> => realpath(file).catch(() => path.resolve(file));
