import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { withInstallLock } from './install-lock.mjs';
import { drawInstall } from './install-progress.mjs';
import { message } from './messages.mjs';
import { runNpm } from './npm.mjs';
import { renameHeld } from './rename-held.mjs';

/** Inside node_modules, so that it goes when they go. */
const markerName = '.streamai-lock';

/**
 * What the installed dependencies depend on: the lock file's content and the platform, for which some packages bring
 * their own binaries (one checkout can be opened from Windows and from WSL).
 * @param {string | Buffer} lockFile
 * @param {string} platform
 * @param {string} arch
 */
export function fingerprint(lockFile, platform = process.platform, arch = process.arch) {
  return `${createHash('sha256').update(lockFile).digest('hex')} ${platform}-${arch}`;
}

/**
 * @param {string} root the project's folder
 * @returns {Promise<{ current: boolean, wanted: string }>} whether node_modules is what package-lock.json asks for
 */
export async function dependencyState(root) {
  const wanted = fingerprint(await readFile(path.join(root, 'package-lock.json')));
  const remembered = await readFile(path.join(root, 'node_modules', markerName), 'utf8').catch(() => '');
  return { current: remembered.trim() === wanted, wanted };
}

/**
 * Installs the dependencies when they are missing or not those of package-lock.json.
 * @param {string} root
 * @param {string} cache
 * @param {(line: string) => void} say
 * @param {(args: string[], cwd: string, interrupted: AbortSignal) => Promise<void>} npm
 */
export async function ensureDependencies(root, cache, say, npm = runNpm) {
  if ((await dependencyState(root)).current) return;
  await withInstallLock(cache, say, async (interrupted) => {
    const { current, wanted } = await dependencyState(root);
    if (current) return;
    say(message('gettingDependencies'));
    const marker = path.join(root, 'node_modules', markerName);
    await rm(marker, { force: true });
    const endDrawing = await drawInstall(root);
    try {
      // A production setting of the user must not leave out what builds the dock.
      await npm(['ci', '--include=dev', '--include=optional'], root, interrupted);
    } finally {
      endDrawing();
    }
    await writeFile(`${marker}.tmp`, `${wanted}\n`);
    await renameHeld(`${marker}.tmp`, marker);
  });
}
