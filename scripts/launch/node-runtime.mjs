import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { withInstallLock } from './install-lock.mjs';
import { LaunchError, message } from './messages.mjs';
import {
  isNewEnough,
  minimumNode,
  nodeIntegrity,
  nodeVersionOf,
  platformPackage,
  wantedNode,
} from './node-version.mjs';
import { runNpm } from './npm.mjs';
import { renameHeld } from './rename-held.mjs';

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
  const packageName = platformPackage(platform, arch);
  const integrity = versions.integrity[packageName ?? ''];
  if (packageName === undefined || integrity === undefined) {
    const words = { minimum: String(minimumNode), running: versions.running, wanted: wantedNode, platform, arch };
    throw new LaunchError('unsupportedPlatform', words);
  }
  return fetchNode(cache, say, { name: packageName, version: nodeVersionOf(packageName), integrity, platform, arch });
}

/**
 * Node's program for a platform, which need not be this one: the cached one, else fetched now.
 * @param {string} cache
 * @param {(line: string) => void} say
 * @param {{ name: string, version: string, integrity: string, platform: string, arch: string }} wanted npm's package, and its SHA-512
 * @returns {Promise<string>} the executable
 * @throws {LaunchError}
 */
export async function fetchNode(cache, say, wanted) {
  const { name, version, platform, arch } = wanted;
  const words = { minimum: String(minimumNode), running: process.versions.node, wanted: version, platform, arch };
  const isThisMachines = platform === process.platform && arch === process.arch;
  // The platform is in the name because one home can serve two: Rosetta, a network home.
  const folder = path.join(cache, `node-${version}-${platform}-${arch}`);
  const binary = path.join('node_modules', name, 'bin', platform === 'win32' ? 'node.exe' : 'node');
  const installed = path.join(folder, binary);
  if (existsSync(installed) && (await isWanted(folder, wanted))) return installed;

  return withInstallLock(cache, say, async (interrupted) => {
    if (existsSync(installed) && (await isWanted(folder, wanted))) return installed;
    if (isThisMachines) say(message('gettingNode', words));
    await removeLeftovers(cache);
    // Installed aside and renamed into place, so that what exists under the final name is always whole.
    const temporary = `${folder}.tmp-${process.pid}`;
    await mkdir(temporary, { recursive: true });
    try {
      await writeLock(temporary, wanted);
      // Refuses a tarball with another SHA-512 before it unpacks it.
      const here = isThisMachines ? [] : ['--force', `--os=${platform}`, `--cpu=${arch}`];
      await runNpm(['ci', '--prefix', temporary, ...here], temporary, interrupted);
      if (!(await isWanted(temporary, wanted))) throw new LaunchError('npmIntegrity', { detail: name });
      if (isThisMachines && !answers(path.join(temporary, binary), version))
        throw new LaunchError('nodeDoesNotRun', words);
      await rm(folder, { recursive: true, force: true });
      await renameHeld(temporary, folder);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
    return installed;
  });
}

/** @typedef {{ name: string, version: string, integrity: string }} NodePackage */

/** What `npm ci` is to install, and nothing else. @param {string} folder @param {NodePackage} wanted */
async function writeLock(folder, { name, version, integrity }) {
  const dependencies = { [name]: version };
  const packages = {
    '': { dependencies },
    [`node_modules/${name}`]: { version, integrity },
  };
  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  await writeFile(
    path.join(folder, 'package-lock.json'),
    JSON.stringify({ lockfileVersion: 3, requires: true, packages }),
  );
}

/**
 * Whether npm has installed this very tarball there: it notes the SHA-512 of what it unpacked.
 * @param {string} folder @param {NodePackage} wanted
 */
async function isWanted(folder, { name, integrity }) {
  const note = await readFile(path.join(folder, 'node_modules', '.package-lock.json'), 'utf8').catch(() => '{}');
  return JSON.parse(note).packages?.[`node_modules/${name}`]?.integrity === integrity;
}

/** Whether the binary runs here: one for another C library (musl) installs well but does not. @param {string} node @param {string} version */
function answers(node, version) {
  const result = spawnSync(node, ['--version'], { encoding: 'utf8', windowsHide: true });
  return result.stdout?.trim() === `v${version}`;
}

/** What a killed launcher left; nobody else installs while we hold the lock. @param {string} cache */
async function removeLeftovers(cache) {
  for (const name of await readdir(cache)) {
    if (/^node-.*\.tmp-\d+$/.test(name)) await rm(path.join(cache, name), { recursive: true, force: true });
  }
}
