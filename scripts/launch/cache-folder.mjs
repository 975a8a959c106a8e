import { homedir } from 'node:os';
import path from 'node:path';

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
