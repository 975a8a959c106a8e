/**
 * What deleting local recordings needs of the file system, as a port.
 *
 * A path does not stand for a recording: between the last look and the deletion, OBS may have begun another one under it. No system
 * deletes a file by what it is, so it is moved aside first, under a name that only we know, and looked at there: from then on nobody
 * else changes what lies under the name. The very file goes; another one is put back. Whoever deletes writes the name down before,
 * so that a kill in between hides nothing: the next run puts back what lies aside.
 */
import { randomBytes } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import path from 'node:path';
import { StreamAIError } from '../../shared/errors.ts';
import { disk } from './disk.ts';
import { fileWork } from './file-work.ts';
import { checkPath, statRecording } from './open-recording.ts';
import { inodeOf, isAway } from './recording-file.ts';

/** What tells one content of a file from another without reading it. */
export interface FileFacts {
  readonly bytes: number;
  /** ns since 1970. */
  readonly modifiedAt: bigint;
  /** `inodeOf` the file. */
  readonly inode: string;
}

export interface LocalFiles {
  /**
   * `away`: its drive, its share or its folder is not there, or does not answer, which says nothing about the file. null: it is not
   * there, or can be no recording (of a link, the link itself would be deleted).
   * @param inode what it was when it was seen last; null: not known
   */
  facts(file: string, inode?: string | null): Promise<FileFacts | 'away' | null>;
  /**
   * Deletes this very file, and no other one that lies under its path by now.
   * @param expected what `facts` said of it last
   * @param aside a name of `newAside`, which is written down
   * @throws StreamAIError file_changed: another one lies there, and stays; file_away: it may still go, or lie aside, once the drive
   *   answers; the file system's error
   */
  delete(file: string, expected: FileFacts, aside: string): Promise<void>;
  /**
   * Puts back what a killed `delete` left aside.
   * @returns false: another file lies under the path by now, so it stays where it is, in sight
   * @throws as `delete`
   */
  putBack(file: string, aside: string): Promise<boolean>;
  /** Room on the disk that a folder lies on, bytes; null: not known. */
  freeBytes(folder: string): Promise<number | null>;
}

/** Bytes that every file system takes in one name. */
const maxNameBytes = 255;

/** A name for a file that is about to be deleted, beside it: it is in sight, and looks like no recording. */
export function newAside(file: string): string {
  const { dir, base } = path.parse(file);
  const end = `.${randomBytes(6).toString('hex')}.deleting`;
  const fits = Buffer.byteLength(base + end) <= maxNameBytes;
  // A character has four bytes at most.
  const start = fits ? base : Array.from(base).slice(0, 50).join('');
  return path.join(dir, start + end);
}

export const localFiles: LocalFiles = {
  async facts(file, inode = null) {
    try {
      return factsOf(await statRecording(file));
    } catch (error) {
      if (error instanceof StreamAIError) return error.code === 'file_away' ? 'away' : null;
      if (!isGone(error)) return 'away';
      return (await isAway(file, { inode })) ? 'away' : null;
    }
  },
  async delete(file, expected, aside) {
    checkPath(file);
    // In one piece: given up because the drive does not answer, it is still done to its end when it does.
    await fileWork.do(file, () => deleteThis(file, expected, aside));
  },
  async putBack(file, aside) {
    checkPath(aside);
    return await fileWork.do(file, () => putBack(file, aside));
  },
  async freeBytes(folder) {
    try {
      checkPath(folder);
      const found = await fileWork.doIn(folder, () => disk.statfs(folder));
      return found.bavail * found.bsize;
    } catch {
      return null;
    }
  },
};

async function deleteThis(file: string, expected: FileFacts, aside: string): Promise<void> {
  // Open, it keeps its identity: where there are no inodes (FAT), a new name can bring another number.
  const handle = await disk.open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    if (!isSameFile(factsOf(await handle.stat({ bigint: true })), expected)) throw changed(file);
    await disk.rename(file, aside);
    try {
      const [opened, moved] = [await handle.stat({ bigint: true }), await disk.lstat(aside, { bigint: true })];
      const { bytes, modifiedAt } = factsOf(opened);
      const unchanged = bytes === expected.bytes && modifiedAt === expected.modifiedAt;
      // The number alone: not every system tells the disk of an open file that was renamed, and it is the one of its folder.
      if (!unchanged || opened.ino !== moved.ino) throw changed(file);
      await disk.unlink(aside);
    } catch (error) {
      await putBack(file, aside);
      throw error;
    }
  } finally {
    await handle.close();
  }
}

/** Replaces nothing. A file system without links (FAT) cannot promise that: there it is looked before. */
async function putBack(file: string, aside: string): Promise<boolean> {
  try {
    await disk.link(aside, file);
  } catch (error) {
    if (isGone(error)) return true;
    return codeOf(error) === 'EEXIST' ? await dropSecondName(file, aside) : await moveBack(file, aside);
  }
  await disk.unlink(aside);
  return true;
}

/** A kill between `link` and `unlink` leaves one file under both names. @returns false: they are two files */
async function dropSecondName(file: string, aside: string): Promise<boolean> {
  const here = await statOrNull(aside);
  if (here === null) return true;
  const there = await disk.lstat(file, { bigint: true });
  // The count too: where there are no links, numbers say nothing.
  if (here.nlink < 2n || inodeOf(there) !== inodeOf(here)) return false;
  await disk.unlink(aside);
  return true;
}

/** Without links. */
async function moveBack(file: string, aside: string): Promise<boolean> {
  if ((await statOrNull(file)) !== null) return false;
  await disk.rename(aside, file);
  return true;
}

const statOrNull = (file: string): Promise<BigIntStats | null> =>
  disk.lstat(file, { bigint: true }).catch((error: unknown) => {
    if (isGone(error)) return null;
    throw error;
  });

const factsOf = (stats: BigIntStats): FileFacts => ({
  bytes: Number(stats.size),
  modifiedAt: stats.mtimeNs,
  inode: inodeOf(stats),
});

/** Whether both say the same of a file. */
export const isSameFile = (a: FileFacts, b: FileFacts): boolean =>
  a.bytes === b.bytes && a.modifiedAt === b.modifiedAt && a.inode === b.inode;

const changed = (file: string): StreamAIError => new StreamAIError('file_changed', { file: path.basename(file) });

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

/** Whether the system says that there is no such file. Anything else is said of a disk that does not answer, or of its rights. */
const isGone = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(String(codeOf(error)));

/** Bytes of a recording as it lies on disk; 0: there is none, or nobody can say. */
export async function sizeOf(file: string): Promise<number> {
  const found = await statRecording(file).catch(() => null);
  return Number(found?.size ?? 0);
}
