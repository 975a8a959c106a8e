/** A small disk of its own for a test; needs the peer `mount`. */
import { mkdir } from 'node:fs/promises';
import { onTestFinished } from 'vitest';
import { run } from '../rig/processes.ts';

/** Mounts one at this folder, which is made if need be, until the test is over. @param size as mount takes it, such as 4m */
export async function mountSmallDisk(folder: string, size: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', folder]);
  onTestFinished(async () => void (await run('umount', ['-l', folder])));
}
