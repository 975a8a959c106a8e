/**
 * The system's file operations as everything in this folder calls them. In one place, so that tests can put a disk under it that does
 * what Windows' disks do now and then (misbehaving-disk-fixture.ts).
 */
import { realpath as linkByLink } from 'node:fs';
import { link, lstat, open, readdir, realpath, rename, stat, statfs, unlink } from 'node:fs/promises';
import { promisify } from 'node:util';

type RealPath = (folder: string) => Promise<string>;

/**
 * Where a folder really lies. Of some drives Windows cannot say so (RAM disks, encrypted ones: GetFinalPathNameByHandle answers
 * EISDIR, EINVAL or UNKNOWN): there its links are followed one by one.
 * @throws the system's error
 */
export async function realFolder(
  folder: string,
  platform: NodeJS.Platform = process.platform,
  system: RealPath = realpath,
  step: RealPath = promisify(linkByLink),
): Promise<string> {
  try {
    return await system(folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (platform !== 'win32' || !unsaid.includes(code)) throw error;
    return await step(folder);
  }
}

const unsaid: readonly string[] = ['EISDIR', 'EINVAL', 'ENOSYS', 'UNKNOWN'];

export const disk = {
  link,
  lstat,
  open,
  readdir,
  realpath: (folder: string) => realFolder(folder),
  rename,
  stat,
  statfs,
  unlink,
};
