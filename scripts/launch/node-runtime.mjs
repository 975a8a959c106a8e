import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { withInstallLock } from './install-lock.mjs';
import { LaunchError, message } from './messages.mjs';
import { isNewEnough, minimumNode, nodeIntegrity, platformPackage, wantedNode } from './node-version.mjs';
import { runNpm } from './npm.mjs';

/**
 * A Node that is new enough: the running one, else a cached one, else one fetched now.
 * @param {string} cache
 * @param {(line: string) => void} say
 * @param {{ running: string, integrity: Record<string, string> }} versions of the running Node, and the tarballs' SHA-512
 * @returns {Promise<string>} its executable
 * @throws {LaunchError}
 */
export async function ensureNode(cache, say, versions = { running: process.versions.node, integrity: nodeIntegrity }) {
  if (isNewEnough(versions.running)) return process.execPath;

  const { platform, arch } = process;
  const words = { minimum: String(minimumNode), running: versions.running, wanted: wantedNode, platform, arch };
  const packageName = platformPackage(platform, arch);
  const integrity = versions.integrity[packageName ?? ''];
  if (packageName === undefined || integrity === undefined) throw new LaunchError('unsupportedPlatform', words);

  // The platform is in the name because one home can serve two: Rosetta, a network home.
  const folder = path.join(cache, `node-${wantedNode}-${platform}-${arch}`);
  const binary = path.join('node_modules', packageName, 'bin', platform === 'win32' ? 'node.exe' : 'node');
  const installed = path.join(folder, binary);
  if (existsSync(installed) && (await isWanted(folder, packageName, integrity))) return installed;

  return withInstallLock(cache, say, async (interrupted) => {
    if (existsSync(installed) && (await isWanted(folder, packageName, integrity))) return installed;
    say(message('gettingNode', words));
    await removeLeftovers(cache);
    // Installed aside and renamed into place, so that what exists under the final name is always whole.
    const temporary = `${folder}.tmp-${process.pid}`;
    await mkdir(temporary, { recursive: true });
    try {
      await writeLock(temporary, packageName, integrity);
      // Refuses a tarball with another SHA-512 before it unpacks it.
      await runNpm(['ci', '--prefix', temporary], temporary, interrupted);
      if (!(await isWanted(temporary, packageName, integrity)))
        throw new LaunchError('npmIntegrity', { detail: packageName });
      if (!answers(path.join(temporary, binary))) throw new LaunchError('nodeDoesNotRun', words);
      await rm(folder, { recursive: true, force: true });
      await rename(temporary, folder);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
    return installed;
  });
}

/** What `npm ci` is to install, and nothing else. @param {string} folder @param {string} packageName @param {string} integrity */
async function writeLock(folder, packageName, integrity) {
  const dependencies = { [packageName]: wantedNode };
  const packages = {
    '': { dependencies },
    [`node_modules/${packageName}`]: { version: wantedNode, integrity },
  };
  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  await writeFile(
    path.join(folder, 'package-lock.json'),
    JSON.stringify({ lockfileVersion: 3, requires: true, packages }),
  );
}

/**
 * Whether npm has installed this very tarball there: it notes the SHA-512 of what it unpacked.
 * @param {string} folder @param {string} packageName @param {string} integrity
 */
async function isWanted(folder, packageName, integrity) {
  const note = await readFile(path.join(folder, 'node_modules', '.package-lock.json'), 'utf8').catch(() => '{}');
  return JSON.parse(note).packages?.[`node_modules/${packageName}`]?.integrity === integrity;
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
