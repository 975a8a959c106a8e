/** The thread that hashes: reads ranges of an open file for itself, and hands on what it read only where that is asked for. */
// Tests: hasher.test.ts
import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { readBuffer } from '../../../../files/read-buffer.ts';
import type { HashAnswer, HashRequest } from './hasher.ts';
import { Md5x4, mostStreams } from './md5x4.ts';

/** Fewer than three at once cost more than one after the other. */
const fewestAtOnce = 3;
const buffer = readBuffer(512 * 1024);
/** Undefined: not tried yet; null: this processor has no 128-bit vectors. */
let several: Md5x4 | null | undefined;

/** The file ends before the range does. */
class Shorter extends Error {}

parentPort?.on('message', (requests: HashRequest[]) => {
  for (let from = 0; from < requests.length; ) {
    const group = requests.slice(from, from + mostStreams);
    const atOnce = group.length >= fewestAtOnce && group.every(({ into }) => into === undefined);
    const answers = (atOnce ? answersAtOnce(group) : null) ?? group.map(answer);
    for (const found of answers) parentPort?.postMessage(found, 'content' in found ? [found.content.buffer] : []);
    from += group.length;
  }
});

/** @returns null where it cannot be done */
function answersAtOnce(group: readonly HashRequest[]): HashAnswer[] | null {
  try {
    if (several === undefined) several = new Md5x4();
  } catch {
    several = null;
  }
  if (several === null) return null;
  const streams = group.map(({ fd, start, bytes }) => ({
    bytes,
    read: (room: Uint8Array<ArrayBuffer>, position: number) => fill(fd, room, start + position),
  }));
  return several.digests(streams).map((digest) => ('md5' in digest ? digest : failed(digest.error)));
}

function answer({ fd, start, bytes, into: whole }: HashRequest): HashAnswer {
  const hash = createHash('md5');
  try {
    for (let done = 0; done < bytes; done += buffer.length) {
      const length = Math.min(buffer.length, bytes - done);
      const into = whole?.subarray(done, done + length) ?? buffer.subarray(0, length);
      fill(fd, into, start + done);
      hash.update(into);
    }
    const md5 = hash.digest('hex');
    return whole === undefined ? { md5 } : { md5, content: whole };
  } catch (error) {
    return failed(error);
  }
}

function fill(fd: number, into: Uint8Array, position: number): void {
  for (let done = 0; done < into.length; ) {
    const read = readSync(fd, into, done, into.length - done, position + done);
    if (read === 0) throw new Shorter();
    done += read;
  }
}

function failed(error: unknown): HashAnswer {
  if (error instanceof Shorter) return { shorter: true };
  // Only an error's message survives the way between threads.
  const { code = 'EIO', syscall = 'read', message } = error as NodeJS.ErrnoException;
  return { code, syscall, message };
}
