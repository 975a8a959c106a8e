/** A drive that is pulled out while it is read, and put back: a mount of its own that goes and comes. Needs the peer `mount`. */
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../rig/processes.ts';

export interface RemovableDrive {
  readonly folder: string;
  /** Where what is on it lies for good, as for the machine that it is shared from. */
  readonly kept: string;
  /** Its mount point is there from now on, and empty. Who has a file of it open can read that on, as from a cache. */
  pull(): Promise<void>;
  putBack(): Promise<void>;
  dispose(): Promise<void>;
}

export async function mountRemovableDrive(): Promise<RemovableDrive> {
  const root = await realpath(await mkdtemp(path.join(tmpdir(), 'streamai-drive-')));
  // What is on it stays there while it is nowhere to be seen.
  const [kept, folder] = [path.join(root, 'kept'), path.join(root, 'drive')] as const;
  await Promise.all([mkdir(kept), mkdir(folder)]);
  let isThere = false;
  const drive: RemovableDrive = {
    folder,
    kept,
    async pull() {
      await run('umount', ['-l', folder]);
      isThere = false;
    },
    async putBack() {
      await run('mount', ['--bind', kept, folder]);
      isThere = true;
    },
    async dispose() {
      if (isThere) await drive.pull();
      await run('umount', ['-l', kept]);
      await rm(root, { recursive: true, force: true });
    },
  };
  await run('mount', ['-t', 'tmpfs', '-o', 'size=128m,mode=0700', 'tmpfs', kept]);
  await drive.putBack();
  return drive;
}
