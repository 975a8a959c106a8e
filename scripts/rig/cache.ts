import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { cacheFolder } from '../launch/cache-folder.mjs';

/** SQLITE_BUSY in sqlite.org/rescode.html. */
const sqliteBusy = 5;

/**
 * Gives a folder of the cache, built at the first call. The folder's name appears only when `build` has finished, so a
 * kill half-way is repaired by the next call; of several processes that ask at once, one builds and the others wait.
 * @param name the folder's name, with a version when what it holds has one
 * @param build fills the empty folder that it gets; must not rely on that folder's path, which changes afterwards
 */
export async function cached(
  name: string,
  build: (folder: string) => Promise<void>,
  root: string = cacheFolder(),
): Promise<string> {
  const folder = path.join(root, name);
  if (existsSync(folder)) return folder;
  return await withLock(
    name,
    async () => {
      if (existsSync(folder)) return folder;
      const building = `${folder}.building`;
      await rm(building, { recursive: true, force: true });
      await mkdir(building, { recursive: true });
      await build(building);
      await rename(building, folder);
      return folder;
    },
    root,
  );
}

/**
 * Runs `work` while no other process on this machine does under the same name. The lock is one of SQLite's, which the
 * system takes back from a process that dies, so a lock cannot be left behind.
 */
export async function withLock<T>(name: string, work: () => Promise<T>, root: string = cacheFolder()): Promise<T> {
  await mkdir(root, { recursive: true });
  const lock = new DatabaseSync(path.join(root, `${name}.lock`), { timeout: 0 });
  try {
    while (!tryLock(lock)) await delay(200);
    return await work();
  } finally {
    lock.close();
  }
}

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy) return false;
    throw error;
  }
}
