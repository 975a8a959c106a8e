/** What deleting local recordings needs of the file system, as a port. */
import { lstat, statfs, unlink } from 'node:fs/promises';
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
   * there, or is no plain file (of a link, the link itself would be deleted).
   * @param inode what it was when it was seen last; null: not known
   */
  facts(file: string, inode?: string | null): Promise<FileFacts | 'away' | null>;
  /** @throws the file system's error */
  delete(file: string): Promise<void>;
  /** Room on the disk that a folder lies on, bytes; null: not known. */
  freeBytes(folder: string): Promise<number | null>;
}

export const localFiles: LocalFiles = {
  async facts(file, inode = null) {
    try {
      const found = await lstat(file, { bigint: true });
      if (!found.isFile()) return null;
      return { bytes: Number(found.size), modifiedAt: found.mtimeNs, inode: inodeOf(found) };
    } catch (error) {
      if (!isGone(error)) return 'away';
      return (await isAway(file, { inode })) ? 'away' : null;
    }
  },
  delete: unlink,
  async freeBytes(folder) {
    const disk = await statfs(folder).catch(() => null);
    return disk === null ? null : disk.bavail * disk.bsize;
  },
};

/** Whether the system says that there is no such file. Anything else is said of a disk that does not answer, or of its rights. */
const isGone = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
