/** What deleting local recordings needs of the file system, as a port. */
import { statfs, unlink } from 'node:fs/promises';
import { StreamAIError } from '../../shared/errors.ts';
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
  /** @throws StreamAIError file_away; the file system's error */
  delete(file: string): Promise<void>;
  /** Room on the disk that a folder lies on, bytes; null: not known. */
  freeBytes(folder: string): Promise<number | null>;
}

export const localFiles: LocalFiles = {
  async facts(file, inode = null) {
    try {
      const found = await statRecording(file);
      return { bytes: Number(found.size), modifiedAt: found.mtimeNs, inode: inodeOf(found) };
    } catch (error) {
      if (error instanceof StreamAIError) return error.code === 'file_away' ? 'away' : null;
      if (!isGone(error)) return 'away';
      return (await isAway(file, { inode })) ? 'away' : null;
    }
  },
  async delete(file) {
    checkPath(file);
    await fileWork.do(file, () => unlink(file));
  },
  async freeBytes(folder) {
    try {
      checkPath(folder);
      const disk = await fileWork.doIn(folder, () => statfs(folder));
      return disk.bavail * disk.bsize;
    } catch {
      return null;
    }
  },
};

/** Whether the system says that there is no such file. Anything else is said of a disk that does not answer, or of its rights. */
const isGone = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

/** Bytes of a recording as it lies on disk; 0: there is none, or nobody can say. */
export async function sizeOf(file: string): Promise<number> {
  const found = await statRecording(file).catch(() => null);
  return Number(found?.size ?? 0);
}
