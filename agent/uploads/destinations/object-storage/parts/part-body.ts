/** A part's bytes as small slices straight from the file: constant memory, paced, progress by what the socket took. */
// Tests: send-parts.test.ts
import { StreamAIError } from '../../../../../shared/errors.ts';
import type { OpenFile } from '../../../../files/open-recording.ts';
import { readBuffer } from '../../../../files/read-buffer.ts';
import { fileFailure } from '../../../../files/recording-file.ts';
import type { Pacer } from '../../pacer.ts';
import type { HashedPart } from '../hashing/hashed-parts.ts';
import type { Line } from '../s3/connection.ts';
import type { PartRange } from '../s3/part-plan.ts';
import type { Patience } from '../s3/patience.ts';

/** One read. The hashing thread has just read the same bytes: they come from the system's cache. */
const readBytes = 512 * 1024;

/** Two that take turns: one is read into while the other is sent. */
export type ReadBuffers = readonly [Buffer, Buffer];

export const newReadBuffers = (): ReadBuffers => [readBuffer(readBytes), readBuffer(readBytes)];

export interface PartBodyOptions {
  readonly handle: OpenFile;
  /** Belong to the generator until it has ended. */
  readonly buffers: ReadBuffers;
  readonly fileName: string;
  readonly pacer: Pacer;
  readonly patience: Patience;
  /** Bytes of the part that the socket has taken. */
  onTaken(bytes: number): void;
  /** For how long nothing was sent because the pacer held it back, ms. */
  onHeld(ms: number): void;
}

/** @throws StreamAIError file_changing when the file is shorter than it was; file_unreadable */
export async function* partBody(
  { start, bytes, content }: PartRange & Pick<HashedPart, 'content'>,
  line: Line,
  { handle, buffers, fileName, pacer, patience, onTaken, onHeld }: PartBodyOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const whole = content === undefined ? null : Buffer.from(content.buffer, content.byteOffset, content.length);
  const read = async (buffer: Buffer, from: number): Promise<Buffer> => {
    if (whole !== null) return whole.subarray(from, from + buffer.length);
    const filled = buffer.subarray(0, Math.min(buffer.length, bytes - from));
    for (let length = 0; length < filled.length; ) {
      const wanted = filled.length - length;
      const { bytesRead } = await handle.read(filled, length, wanted, start + from + length).catch((error: unknown) => {
        // Named here: on its way through the connection it would look like the network's.
        throw fileFailure(error, fileName);
      });
      if (bytesRead === 0) throw new StreamAIError('file_changing', { file: fileName });
      length += bytesRead;
    }
    return filled;
  };
  const startedAt = performance.now();
  let held = 0;
  let reading = read(buffers[0], 0);
  try {
    for (let taken = 0, turn = 1; taken < bytes; turn = 1 - turn) {
      const chunk = await reading;
      const next = taken + chunk.length;
      // The other buffer was sent before this one was read: the line says when it is free.
      await line.drained();
      if (next < bytes) {
        reading = read(turn === 1 ? buffers[1] : buffers[0], next);
        reading.catch(() => {});
      }
      for (let from = 0; from < chunk.length; ) {
        const slice = chunk.subarray(from, from + pacer.sliceBytes);
        line.holding();
        const asked = performance.now();
        await pacer.take(slice.length, line.signal);
        const given = performance.now();
        held += given - asked;
        line.allow(patience.forSlice());
        yield slice;
        patience.waited(performance.now() - given);
        from += slice.length;
        onTaken(taken + from);
      }
      taken = next;
    }
    onHeld(held);
    line.allow(patience.forAnswer(bytes, performance.now() - startedAt - held));
  } finally {
    // No read may be under way when the file is closed.
    await reading.catch(() => {});
  }
}
