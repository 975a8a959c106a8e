/** A recording's file as it is read to be sent: measured, opened, and checked against that measure. */
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { StreamAIError } from '../../shared/errors.ts';

/** What tells one content of a file from another without reading it. Each generation of an upload has one. */
export interface FileContent {
  readonly bytes: number;
  /** Modification time, whole ms since 1970. */
  readonly modifiedAt: number;
}

/**
 * Measures a file before it is sent.
 * @throws StreamAIError file_missing | file_unreadable | file_empty
 */
export async function measureFile(path: string): Promise<FileContent> {
  try {
    return contentOf(await stat(path), path);
  } catch (error) {
    throw fileFailure(error, path);
  }
}

/**
 * Opens a file that was measured before.
 * @throws StreamAIError file_missing | file_unreadable | file_empty | file_changed
 */
export async function openFile(path: string, expected: FileContent): Promise<FileHandle> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    await checkUnchanged(handle, path, expected);
    return handle;
  } catch (error) {
    await handle?.close();
    throw fileFailure(error, path);
  }
}

/**
 * Looks again at an open file.
 * @throws StreamAIError file_changed when size or modification time are not what they were; file_empty | file_unreadable
 */
export async function checkUnchanged(handle: FileHandle, path: string, expected: FileContent): Promise<void> {
  const found = contentOf(await handle.stat(), path);
  if (found.bytes !== expected.bytes || found.modifiedAt !== expected.modifiedAt) {
    throw new StreamAIError('file_changed', { file: basename(path) });
  }
}

function contentOf(stats: { isFile(): boolean; size: number; mtimeMs: number }, path: string): FileContent {
  if (!stats.isFile()) throw new StreamAIError('file_unreadable', { file: basename(path) });
  if (stats.size === 0) throw new StreamAIError('file_empty', { file: basename(path) });
  return { bytes: stats.size, modifiedAt: Math.trunc(stats.mtimeMs) };
}

/** A file system's error as a StreamAIError file_missing | file_unreadable; other errors unchanged. */
export function fileFailure(error: unknown, path: string): unknown {
  if (error instanceof StreamAIError || !(error instanceof Error) || !('syscall' in error)) return error;
  const gone = 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
  return new StreamAIError(gone ? 'file_missing' : 'file_unreadable', { file: basename(path) }, { cause: error });
}
