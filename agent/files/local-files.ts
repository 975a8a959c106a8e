/** Local files as retention sees them: what they are, where, and gone. */
import { lstat, statfs, unlink } from 'node:fs/promises';

/** What tells one content of a file from another without reading it. */
export interface FileMark {
  readonly bytes: number;
  readonly modifiedAt: number;
}

export interface LocalFiles {
  /** null: it is not there, or is no plain file (a link would be deleted instead of what it leads to). */
  mark(file: string): Promise<FileMark | null>;
  delete(file: string): Promise<void>;
  /** Room on the disk that a folder lies on, bytes; null: not known. */
  freeBytes(folder: string): Promise<number | null>;
}

export const localFiles: LocalFiles = {
  async mark(file) {
    const found = await lstat(file).catch(() => null);
    return found?.isFile() ? { bytes: found.size, modifiedAt: found.mtimeMs } : null;
  },
  delete: unlink,
  async freeBytes(folder) {
    const disk = await statfs(folder).catch(() => null);
    return disk === null ? null : disk.bavail * disk.bsize;
  },
};
