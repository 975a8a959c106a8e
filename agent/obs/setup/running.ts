/** Whether OBS runs, and with which configuration: its files are written anew when it ends, so that a change made meanwhile is lost. */
import { execFile } from 'node:child_process';
import { readdir, readFile, realpath } from 'node:fs/promises';
import path from 'node:path';

/** Runs a program and gives what it wrote; null where it failed or is not there. */
export type RunProgram = (file: string, args: readonly string[]) => Promise<string | null>;

/** How a program ended. */
export interface ProgramEnd {
  /** Its exit code; null: it is not there, or took too long. */
  readonly code: number | null;
  readonly stdout: string;
}
export type ProgramEnds = (file: string, args: readonly string[]) => Promise<ProgramEnd>;

const programMs = 10_000;

const programEnd: ProgramEnds = (file, args) =>
  new Promise((resolve) => {
    execFile(file, [...args], { timeout: programMs, windowsHide: true, encoding: 'utf8' }, (error, stdout) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      resolve({ code, stdout });
    });
  });

export const runProgram: RunProgram = async (file, args) => {
  const { code, stdout } = await programEnd(file, args);
  return code === 0 ? stdout : null;
};

/**
 * Asks whether an OBS with this configuration runs. Where the system does not say, it counts as running: what is written under an
 * OBS that runs is lost.
 * @param root OBS's configuration folder. Only Linux tells which one a running OBS has; elsewhere any OBS counts
 */
export type IsObsRunning = (root: string) => Promise<boolean>;

export function obsRunning(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
  run: ProgramEnds = programEnd,
  proc = '/proc',
  uid = process.getuid?.() ?? -1,
): IsObsRunning {
  if (platform === 'win32') {
    // By its full path: a file of that name could lie where we were started.
    const tasklist = path.win32.join(env.SystemRoot ?? 'C:\\Windows', 'System32', 'tasklist.exe');
    return async () => {
      const { code, stdout } = await run(tasklist, ['/FI', 'IMAGENAME eq obs64.exe', '/FO', 'CSV', '/NH']);
      return code !== 0 || /"obs64\.exe"/i.test(stdout);
    };
  }
  // pgrep(1): 1 is "none", anything above a failure.
  if (platform === 'darwin') return async () => (await run('/usr/bin/pgrep', ['-x', 'OBS'])).code !== 1;
  return async (root) => {
    const roots = await runningRoots(proc, uid);
    return roots.includes('unknown') || roots.includes(await real(root));
  };
}

/** The configuration folders of all OBS that run here as our user; `unknown` for what does not say its own. */
async function runningRoots(proc: string, uid: number): Promise<string[]> {
  const pids = await obsProcesses(proc);
  if (pids === null) return ['unknown'];
  const roots = await Promise.all(pids.map((pid) => rootOf(path.join(proc, pid), uid)));
  return roots.filter((root) => root !== null);
}

/** Every OBS holds the socket `@/com/obsproject PID VERSION`; in a sandbox that number is the sandbox's own, so names count too. null: nobody says which processes there are. */
async function obsProcesses(proc: string): Promise<string[] | null> {
  const sockets = await readFile(path.join(proc, 'net', 'unix'), 'latin1').catch(() => '');
  const found = new Set(Array.from(sockets.matchAll(/@\/com\/obsproject (\d+)/g), ([, pid = '']) => pid));
  const pids = (await readdir(proc).catch(() => null))?.filter((name) => /^\d+$/.test(name));
  if (pids === undefined) return null;
  const names = await Promise.all(pids.map((pid) => readFile(path.join(proc, pid, 'comm'), 'latin1').catch(() => '')));
  // NixOS starts it as .obs-wrapped.
  for (const [index, pid] of pids.entries()) if (/^\.?obs(-wrapped)?\n$/.test(names[index] ?? '')) found.add(pid);
  return [...found];
}

/** null for another user's, and for one that has ended. */
async function rootOf(folder: string, uid: number): Promise<string | null> {
  const text = await readFile(path.join(folder, 'environ'), 'utf8').catch(() => '');
  const value = (name: string): string | undefined =>
    text
      .split('\0')
      .find((entry) => entry.startsWith(`${name}=`))
      ?.slice(name.length + 1);
  const home = value('HOME');
  const config = value('XDG_CONFIG_HOME') || (home && path.join(home, '.config'));
  if (config) return await real(path.resolve(config, 'obs-studio'));
  return (await isOurs(folder, uid)) ? 'unknown' : null;
}

/**
 * Whether a process whose environment does not say is one of our user that runs. An OBS with capabilities (setcap, for capture) lets
 * nobody read its environment, and its files in /proc are root's then; its status is read by everybody, and names its user. What has
 * ended, and a kernel thread whose number is a sandbox's OBS's, has no memory.
 */
async function isOurs(folder: string, uid: number): Promise<boolean> {
  const status = await readFile(path.join(folder, 'status'), 'latin1').catch(() => '');
  return /^VmSize:/m.test(status) && /^Uid:\s+(\d+)/m.exec(status)?.[1] === String(uid);
}

/** Snap's `current` is a link, and so is many a home. */
const real = (file: string): Promise<string> => realpath(file).catch(() => path.resolve(file));
