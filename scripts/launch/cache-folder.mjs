import { chmod, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { LaunchError } from './messages.mjs';

/**
 * The folder that keeps what is downloaded or compiled once for all checkouts of one user.
 * @param {NodeJS.Platform} platform
 * @param {Record<string, string | undefined>} env
 * @param {string} home
 * @returns {string} an absolute path; the folder may not exist yet
 */
export function cacheFolder(platform = process.platform, env = process.env, home = homedir()) {
  if (platform === 'win32') {
    // Beside the data, which has ...\\StreamAI for itself: names there do not differ by case.
    return path.win32.join(env.LOCALAPPDATA || path.win32.join(home, 'AppData', 'Local'), 'StreamAI', 'Cache');
  }
  if (platform === 'darwin') return path.posix.join(home, 'Library', 'Caches', 'streamai');
  // The XDG specification has relative values ignored.
  const xdg = env.XDG_CACHE_HOME;
  return path.posix.join(xdg && path.posix.isAbsolute(xdg) ? xdg : path.posix.join(home, '.cache'), 'streamai');
}

/**
 * Programs and compiled code in the cache are run: nobody but the user may put any there.
 * @param {string} folder it may be missing yet
 * @param {number | undefined} uid ours; undefined on Windows
 * @throws {LaunchError} cacheNotOurs
 */
export async function keepCachePrivate(folder, uid = process.getuid?.()) {
  const stats = await stat(folder).catch(() => undefined);
  if (stats === undefined || uid === undefined) return;
  if (stats.uid !== uid) throw new LaunchError('cacheNotOurs', { folder });
  if ((stats.mode & 0o022) !== 0) await chmod(folder, stats.mode & 0o755);
}
