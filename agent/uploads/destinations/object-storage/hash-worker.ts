/** The thread that hashes: reads ranges of an open file for itself, and hands on what it read only where that is asked for. */
import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { readBuffer } from '../../read-buffer.ts';
import type { HashAnswer, HashRequest } from './hasher.ts';

const buffer = readBuffer(512 * 1024);

parentPort?.on('message', (request: HashRequest) => {
  const found = answer(request);
  parentPort?.postMessage(found, 'content' in found ? [found.content.buffer] : []);
});

function answer({ fd, start, bytes, into: whole }: HashRequest): HashAnswer {
  const hash = createHash('md5');
  try {
    for (let done = 0; done < bytes; ) {
      const into = whole?.subarray(done, done + buffer.length) ?? buffer.subarray(0, bytes - done);
      const read = readSync(fd, into, 0, into.length, start + done);
      if (read === 0) return { shorter: true };
      hash.update(into.subarray(0, read));
      done += read;
    }
    const md5 = hash.digest('hex');
    return whole === undefined ? { md5 } : { md5, content: whole };
  } catch (error) {
    // Only an error's message survives the way between threads.
    const { code = 'EIO', syscall = 'read', message } = error as NodeJS.ErrnoException;
    return { code, syscall, message };
  }
}
