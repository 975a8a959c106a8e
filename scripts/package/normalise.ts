/** A folder whose files other programs pack: rights and times as our own archives have them. */
import { chmod, lutimes } from 'node:fs/promises';
import { entriesOf } from './archive/tree.ts';

/** @param epoch seconds since 1970 */
export async function normalise(folder: string, epoch: number): Promise<void> {
  for (const { file, mode, isLink } of (await entriesOf(folder)).reverse()) {
    if (!isLink) await chmod(file, mode);
    // After what is in it, for that would change a folder's time.
    await lutimes(file, epoch, epoch);
  }
  await chmod(folder, 0o755);
  await lutimes(folder, epoch, epoch);
}
