/**
 * A recording's file as it is read to be sent: measured, opened, and checked against that measure. A path does not stand for a recording:
 * another file can lie under it by now, so what is there is held against what OBS closed.
 */
import type { BigIntStats } from 'node:fs';
import { basename, dirname } from 'node:path';
import { StreamAIError } from '../../shared/errors.ts';
import { disk } from './disk.ts';
import { fileWork } from './file-work.ts';
import { checkPath, type OpenFile, openRecording, statRecording } from './open-recording.ts';

/** What tells one content of a file from another without reading it. Each generation of an upload has one. */
export interface FileContent {
  readonly bytes: number;
  /** Modification time, whole ms since 1970. */
  readonly modifiedAt: number;
}

/** What a recording's file was when OBS had closed it. */
export interface ClosedFile {
  readonly bytes: number;
  /** As `FileContent.modifiedAt`; null: written down by a version that did not keep it. */
  readonly modifiedAt: number | null;
  /** `inodeOf` the file; null as above. */
  readonly inode: string | null;
}

/** What tells one file on a machine's disks from another, whatever it is called. */
export const inodeOf = ({ dev, ino }: Pick<BigIntStats, 'dev' | 'ino'>): string => `${dev}:${ino}`;

/**
 * When a file was last written, whole ms since 1970. As Node's plain `mtimeMs` has it, whose last digits are rounded: older
 * versions wrote that down.
 */
export function modifiedAtOf({ mtimeNs }: Pick<BigIntStats, 'mtimeNs'>): number {
  const second = 1_000_000_000n;
  return Math.trunc(Number(mtimeNs / second) * 1000 + Number(mtimeNs % second) / 1e6);
}

/**
 * Measures a file before it is sent.
 * @param closed what it has to be; null: not known
 * @throws StreamAIError file_missing | file_away | file_unreadable | file_refused | file_empty; file_changed when it is another one;
 *   file_changing while it is written over
 */
export async function measureFile(path: string, closed: ClosedFile | null = null): Promise<FileContent> {
  try {
    const stats = await statRecording(path);
    // Before its size is looked at: another recording over it begins empty.
    if (closed !== null && stats.isFile() && !isClosedFile(stats, closed)) {
      const beingWritten = inodeOf(stats) === closed.inode && isFresh(modifiedAtOf(stats));
      throw new StreamAIError(beingWritten ? 'file_changing' : 'file_changed', { file: basename(path) });
    }
    return contentOf(stats, path);
  } catch (error) {
    throw fileFailure(error, path);
  }
}

/** Who writes over a file may not be done yet, and have it whole in a moment, so long after the last writing (ms). */
const freshMs = 2000;
const isFresh = (modifiedAt: number): boolean => Math.abs(Date.now() - modifiedAt) < freshMs;

/**
 * Whether what is there is the file that OBS closed: of its size, and of its time or (touched, or its time was still to be
 * written) in its very place on the disk. A copy that was moved away and back keeps size and time.
 */
export function isClosedFile(stats: BigIntStats, { bytes, modifiedAt, inode }: ClosedFile): boolean {
  if (stats.size !== BigInt(bytes)) return false;
  return modifiedAt === null || modifiedAt === modifiedAtOf(stats) || inode === inodeOf(stats);
}

/**
 * Opens a file that was measured before.
 * @throws StreamAIError file_missing | file_away | file_unreadable | file_refused | file_empty | file_changing
 */
export async function openFile(path: string, expected: FileContent): Promise<OpenFile> {
  let handle: OpenFile | undefined;
  try {
    handle = await openRecording(path);
    await checkUnchanged(handle, path, expected);
    return handle;
  } catch (error) {
    await handle?.close();
    throw fileFailure(error, path);
  }
}

/**
 * Looks again at an open file. One that was moved away is still the same.
 * @throws StreamAIError file_changing when size or modification time are not what they were, or another file lies under the path by
 *   now; file_empty | file_unreadable
 */
export async function checkUnchanged(handle: OpenFile, path: string, expected: FileContent): Promise<void> {
  if (!(await isUnchanged(handle, path, expected))) throw new StreamAIError('file_changing', { file: basename(path) });
}

/**
 * Whether size and modification time are what they were. A file that was only touched has the same bytes, which the caller can
 * compare.
 * @throws StreamAIError file_changing when another file lies under the path by now
 */
export async function isUnchanged(handle: OpenFile, path: string, expected: FileContent): Promise<boolean> {
  const stats = await handle.stat({ bigint: true });
  const { bytes, modifiedAt } = contentOf(stats, path);
  const there = await statRecording(path).catch(() => null);
  if (there !== null && inodeOf(there) !== inodeOf(stats)) {
    throw new StreamAIError('file_changing', { file: basename(path) });
  }
  return bytes === expected.bytes && modifiedAt === expected.modifiedAt;
}

function contentOf(stats: BigIntStats, path: string): FileContent {
  if (!stats.isFile()) throw new StreamAIError('file_unreadable', { file: basename(path) });
  if (stats.size === 0n) throw new StreamAIError('file_empty', { file: basename(path) });
  return { bytes: Number(stats.size), modifiedAt: modifiedAtOf(stats) };
}

/**
 * What the system says when the disk or the share under a file has gone, or does not answer, rather than the file itself
 * (https://man7.org/linux/man-pages/man3/errno.3.html; Windows' errors have the same names in libuv's `uv-errno`).
 */
const deviceErrors: ReadonlySet<unknown> = new Set([
  ...['EIO', 'ESTALE', 'ENODEV', 'ENXIO', 'ENOMEDIUM', 'EHOSTDOWN', 'EHOSTUNREACH', 'ENETDOWN', 'ENETUNREACH'],
  ...['ENOTCONN', 'ECONNRESET', 'ETIMEDOUT', 'EREMOTEIO', 'ESHUTDOWN', 'UNKNOWN'],
]);

/** A file system's error as a StreamAIError file_missing | file_away | file_unreadable; other errors unchanged. */
export function fileFailure(error: unknown, path: string): unknown {
  if (error instanceof StreamAIError || !(error instanceof Error) || !('syscall' in error)) return error;
  const code = 'code' in error ? error.code : undefined;
  const gone = code === 'ENOENT' || code === 'ENOTDIR';
  const unreadable = deviceErrors.has(code) ? 'file_away' : 'file_unreadable';
  return new StreamAIError(gone ? 'file_missing' : unreadable, { file: basename(path) }, { cause: error });
}

/**
 * Whether a file that is missing may come back by itself: its drive or share is not there. Then its folder is missing too; or the
 * folder is the empty one that the drive is mounted on, which lies on another disk than the file did.
 * @param closed what the file was; null: not known
 * @param onShare it was written onto a share, of which this machine may have seen nothing yet: an empty folder is the one it is mounted on
 */
export async function isAway(
  path: string,
  closed: Pick<ClosedFile, 'inode'> | null,
  onShare = false,
): Promise<boolean> {
  const folder = dirname(path);
  try {
    checkPath(path);
    const { dev } = await fileWork.do(path, () => disk.stat(folder, { bigint: true }));
    const inode = closed?.inode ?? null;
    if (inode === null ? !onShare : inode.startsWith(`${dev}:`)) return false;
    return (await fileWork.do(path, () => disk.readdir(folder))).length === 0;
  } catch {
    return true;
  }
}
