/** A real drive that can be told to hang, as a dead NFS or SMB mount does: every call on it waits until it answers again. */
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Operation } from './hanging-drive/fuse.ts';

/** Mounting needs Linux, FUSE and root. */
export const canMountDrives = process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/dev/fuse');

export interface HangingDrive {
  /** Where it is mounted: what lies in `folder`, to be read. */
  readonly mountPoint: string;
  /** From now on no call on it returns. */
  hang(): Promise<void>;
  /** The next time that this is asked of it, it hangs. @returns a promise of that moment */
  hangAt(operation: Operation): Promise<{ readonly reached: Promise<void> }>;
  /** It answers again, also what was asked meanwhile. */
  answer(): Promise<void>;
  /** Whatever waits for it fails. */
  end(): Promise<void>;
}

/** @param folder what it shows */
export async function mountHangingDrive(folder: string): Promise<HangingDrive> {
  const mountPoint = await mkdtemp(path.join(tmpdir(), 'streamai-drive-'));
  const server = fork(path.join(import.meta.dirname, 'hanging-drive', 'serve.ts'), [folder, mountPoint], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const exited = once(server, 'exit');
  const told = async (): Promise<void> => {
    const first = await Promise.race([once(server, 'message'), exited.then(() => null)]);
    if (first === null) throw new Error('the drive’s server has ended');
  };
  const say = async (message: 'hang' | 'answer' | Operation): Promise<void> => {
    const heard = told();
    server.send(message);
    await heard;
  };
  await told();
  return {
    mountPoint,
    hang: () => say('hang'),
    async hangAt(operation) {
      await say(operation);
      return { reached: told() };
    },
    answer: () => say('answer'),
    async end() {
      if (server.exitCode === null && server.signalCode === null) server.kill('SIGKILL');
      await exited;
      spawnSync('umount', ['-l', mountPoint]);
      await rm(mountPoint, { recursive: true, force: true });
    },
  };
}
