import { rename } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** What Windows says of a file that a virus scanner or an indexer holds: they look at whatever is new. */
const held = ['EPERM', 'EACCES', 'EBUSY'];
const everyMs = 100;
/** For a folder of a hundred megabytes a scanner takes seconds. */
const longestMs = 10_000;

/**
 * Renames what was written just now. On Windows somebody may hold it for a moment, so it is tried for ten seconds; elsewhere such an
 * answer stays as it is.
 * @param {string} from
 * @param {string} to
 * @param {{ platform: string, rename: (from: string, to: string) => Promise<void>, wait: (ms: number) => Promise<unknown> }} system
 * @throws the system's error
 */
export async function renameHeld(from, to, system = { platform: process.platform, rename, wait: (ms) => delay(ms) }) {
  for (let waited = 0; ; waited += everyMs) {
    try {
      await system.rename(from, to);
      return;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (system.platform !== 'win32' || !held.includes(code) || waited >= longestMs) throw error;
      await system.wait(everyMs);
    }
  }
}
