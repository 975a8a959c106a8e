/** The thread that hashes: reads ranges of an open file for itself, so that no part is ever whole in memory. */
import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { HashAnswer, HashRequest } from './hasher.ts';

const buffer = Buffer.allocUnsafeSlow(512 * 1024);

parentPort?.on('message', (request: HashRequest) => parentPort?.postMessage(answer(request)));

function answer({ fd, start, bytes }: HashRequest): HashAnswer {
  const hash = createHash('md5');
  try {
    for (let done = 0; done < bytes; ) {
      const read = readSync(fd, buffer, 0, Math.min(buffer.length, bytes - done), start + done);
      if (read === 0) return { shorter: true };
      hash.update(buffer.subarray(0, read));
      done += read;
    }
    return { md5: hash.digest('hex') };
  } catch (error) {
    // Only an error's message survives the way between threads.
    const { code = 'EIO', syscall = 'read', message } = error as NodeJS.ErrnoException;
    return { code, syscall, message };
  }
}
