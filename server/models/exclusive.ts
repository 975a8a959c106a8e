import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';

/** SQLITE_BUSY in sqlite.org/rescode.html. */
const sqliteBusy = 5;

/**
 * Runs `work` while no other process of this machine does with the same file, and no other call of this one. The lock is one of SQLite's,
 * which the system takes back from a process that dies, so it cannot be left behind.
 * @param lockFile made if missing, and left there
 */
export async function exclusively<T>(lockFile: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const lock = new DatabaseSync(lockFile, { timeout: 0 });
  try {
    while (!taken(lock)) await delay(200, undefined, { signal });
    return await work();
  } finally {
    lock.close();
  }
}

function taken(lock: DatabaseSync): boolean {
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy) return false;
    throw error;
  }
}
