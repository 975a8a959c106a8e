/** What deleting local recordings needs of the file system, as a port. */
import { lstat, statfs, unlink } from 'node:fs/promises';

/** What tells one content of a file from another without reading it. */
export interface FileFacts {
  readonly bytes: number;
  /** ms since 1970, with what the file system has behind the point. */
  readonly modifiedAt: number;
}

export interface LocalFiles {
  /** null: it is not there, or is no plain file (of a link, the link itself would be deleted). */
  facts(file: string): Promise<FileFacts | null>;
  /** @throws the file system's error */
  delete(file: string): Promise<void>;
  /** Room on the disk that a folder lies on, bytes; null: not known. */
  freeBytes(folder: string): Promise<number | null>;
}

export const localFiles: LocalFiles = {
  async facts(file) {
    const found = await lstat(file).catch(() => null);
    return found?.isFile() ? { bytes: found.size, modifiedAt: found.mtimeMs } : null;
  },
  delete: unlink,
  async freeBytes(folder) {
    const disk = await statfs(folder).catch(() => null);
    return disk === null ? null : disk.bavail * disk.bsize;
  },
};
