import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { Problem, systemCode } from '../http/problem.ts';

export type Written = { size: number; sha256: string };

/**
 * Streams to a new file, hashing on the way, and returns once the bytes are on the disk (fsync). Holds one chunk at a
 * time, whatever the size. Throws a 413 beyond `maxBytes` and a 507 when the disk is full; the caller removes what was
 * written.
 */
export async function writeStream(source: Readable, path: string, maxBytes: number): Promise<Written> {
  const hash = createHash('sha256');
  let size = 0;
  const file = await open(path, 'wx');
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw new Problem(413, `The file is larger than the ${maxBytes} bytes accepted here`);
      hash.update(chunk);
      await writeAll(file, chunk);
    }
    await file.sync();
  } catch (error) {
    throw systemCode(error) === 'ENOSPC'
      ? new Problem(507, 'The disk of the receiver is full', { cause: error })
      : error;
  } finally {
    await file.close();
  }
  return { size, sha256: hash.digest('hex') };
}

/** Writes a small file that is on the disk when this returns. */
export async function writeSmallFile(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Writes a small file in place of the one that may be there: afterwards, and after a kill, it is the old one or the new one, whole.
 * One caller at a time for one file.
 */
export async function replaceSmallFile(path: string, text: string): Promise<void> {
  const fresh = `${path}.new`;
  await rm(fresh, { force: true });
  await writeSmallFile(fresh, text);
  await renameFolder(fresh, path);
  await syncFolder(dirname(path));
}

/** Moves a file that another program wrote, in place of one that may be there; its bytes and its name are on the disk when this returns. */
export async function moveFile(from: string, to: string): Promise<void> {
  const file = await open(from, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await renameFolder(from, to);
  await syncFolder(dirname(to));
}

/** Makes a folder's entries durable. Windows cannot open folders and its NTFS journal does this by itself. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Renames a folder or a file. On Windows a virus scanner or indexer may hold a fresh file for a moment, so it is tried for 2 s. */
export async function renameFolder(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      const held = ['EPERM', 'EACCES', 'EBUSY'].includes(systemCode(error) ?? '');
      if (process.platform !== 'win32' || !held || attempt === 20) throw error;
      await delay(100);
    }
  }
}

async function writeAll(file: Awaited<ReturnType<typeof open>>, chunk: Buffer): Promise<void> {
  // write() may take only a part of the buffer.
  for (let done = 0; done < chunk.length; ) done += (await file.write(chunk, done)).bytesWritten;
}
