/** Whether a part is still what was hashed. */
import { createHash } from 'node:crypto';
import { StreamAIError } from '../../../../../shared/errors.ts';
import type { OpenFile } from '../../../../files/open-recording.ts';
import { readBuffer } from '../../../../files/read-buffer.ts';
import { fileFailure } from '../../../../files/recording-file.ts';
import type { HashedPart } from '../hashing/hashed-parts.ts';

const readBytes = 1024 * 1024;

/**
 * Hashes a part again that the store refused as damaged. Without this, a file that changed under the upload would look like a damaged
 * line, and the part would be sent in vain again and again.
 * @throws StreamAIError file_changing | file_unreadable
 */
export async function checkPart(handle: OpenFile, part: HashedPart, fileName: string): Promise<void> {
  const { start, bytes, md5, content } = part;
  // What is in memory does not change.
  if (content !== undefined) return;
  const hash = createHash('md5');
  const buffer = readBuffer(Math.min(readBytes, bytes));
  for (let done = 0; done < bytes; ) {
    const wanted = Math.min(buffer.length, bytes - done);
    const { bytesRead } = await handle.read(buffer, 0, wanted, start + done).catch((error: unknown) => {
      throw fileFailure(error, fileName);
    });
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    done += bytesRead;
  }
  if (hash.digest('hex') !== md5) throw new StreamAIError('file_changing', { file: fileName });
}
