import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { withInstallLock } from './install-lock.mjs';
import { LaunchError, message } from './messages.mjs';
import { isNewEnough, minimumNode, platformPackage, wantedNode } from './node-version.mjs';
import { runNpm } from './npm.mjs';

/**
 * A Node that is new enough: the running one, else a cached one, else one fetched now.
 * @param {string} cache
 * @param {(line: string) => void} say
 * @returns {Promise<string>} its executable
 * @throws {LaunchError}
 */
export async function ensureNode(cache, say) {
  if (isNewEnough(process.versions.node)) return process.execPath;

  const { platform, arch } = process;
  const words = { minimum: String(minimumNode), running: process.versions.node, wanted: wantedNode, platform, arch };
  const packageName = platformPackage(platform, arch);
  if (packageName === undefined) throw new LaunchError('unsupportedPlatform', words);

  // The platform is in the name because one home can serve two: Rosetta, a network home.
  const folder = path.join(cache, `node-${wantedNode}-${platform}-${arch}`);
  const binary = path.join('node_modules', packageName, 'bin', platform === 'win32' ? 'node.exe' : 'node');
  const installed = path.join(folder, binary);
  if (existsSync(installed)) return installed;

  return withInstallLock(cache, say, async (interrupted) => {
    if (existsSync(installed)) return installed;
    say(message('gettingNode', words));
    await removeLeftovers(cache);
    // Installed aside and renamed into place, so that what exists under the final name is always whole.
    const temporary = `${folder}.tmp-${process.pid}`;
    await mkdir(temporary, { recursive: true });
    try {
      const what = `${packageName}@${wantedNode}`;
      await runNpm(['install', '--prefix', temporary, '--no-save', '--no-package-lock', what], temporary, interrupted);
      if (!answers(path.join(temporary, binary))) throw new LaunchError('nodeDoesNotRun', words);
      await rm(folder, { recursive: true, force: true });
      await rename(temporary, folder);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
    return installed;
  });
}

/** Whether the binary runs here: one for another C library (musl) installs well but does not. @param {string} node */
function answers(node) {
  const result = spawnSync(node, ['--version'], { encoding: 'utf8', windowsHide: true });
  return result.stdout?.trim() === `v${wantedNode}`;
}

/** What a killed launcher left; nobody else installs while we hold the lock. @param {string} cache */
async function removeLeftovers(cache) {
  for (const name of await readdir(cache)) {
    if (/^node-.*\.tmp-\d+$/.test(name)) await rm(path.join(cache, name), { recursive: true, force: true });
  }
}
