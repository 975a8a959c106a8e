/** A form with a file in it as a stream of small slices: constant memory, SHA-256 on the way, progress by what the socket took. */
// Tests: processing.test.ts and ../../paced-send.test.ts
import { createHash } from 'node:crypto';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { StreamAIError } from '../../../../shared/errors.ts';
import type { OpenFile } from '../../../files/open-recording.ts';
import { readBuffer } from '../../../files/read-buffer.ts';
import type { Pacer } from '../pacer.ts';
import type { Form } from './form.ts';
import type { Connection } from './post-file.ts';

/** One read. Large reads cost less (a trip to the thread pool each); two buffers take turns. */
const readBytes = 512 * 1024;
/** The system takes so much before it sends it: Linux lets a sender's buffer grow to 4 MiB (net.ipv4.tcp_wmem), others to less. */
const hiddenBytes = 4 * 1024 * 1024;
/** How long a server that broke the connection before may take to refuse by the headers alone. */
const refusalMs = 500;

export interface FileBodyOptions {
  readonly handle: OpenFile;
  readonly fileName: string;
  /** Bytes of the file; exactly these are sent. */
  readonly bytes: number;
  readonly form: Form;
  /** Sends the form's head first and waits a moment for an answer, then goes on with breaks: some 50 MB/s. */
  readonly waitForRefusal: boolean;
  readonly pacer: Pacer;
  /** Bytes of the file that the socket has taken. */
  onTaken(bytes: number): void;
}

export class FileBody {
  readonly #options: FileBodyOptions;
  #hash = createHash('sha256');
  #sha256: string | null = null;
  #taken = 0;
  #begun = 0;

  constructor(options: FileBodyOptions) {
    this.#options = options;
  }

  /** Of the whole body, form included. */
  get contentLength(): number {
    const { form, bytes } = this.#options;
    return form.before.length + bytes + form.after.length;
  }

  /** Hex, once the whole file was read; else null. */
  get sha256(): string | null {
    return this.#sha256;
  }

  /** So little of the file was taken that the system may have had it all, and the server none. */
  get barelyBegun(): boolean {
    return this.#taken < Math.min(hiddenBytes, this.#options.bytes);
  }

  /** Called again, it begins anew. @throws StreamAIError file_changing when the file is shorter than it was */
  async *chunks(connection: Connection): AsyncGenerator<Buffer, void, undefined> {
    const { form, bytes, pacer, onTaken } = this.#options;
    this.#begun += 1;
    this.#hash = createHash('sha256');
    this.#sha256 = null;
    const waitForRefusal = this.#options.waitForRefusal || this.#begun > 1;
    yield form.before;
    connection.alive();
    if (waitForRefusal) await setTimeout(refusalMs, undefined, { signal: connection.signal });
    let current = readBuffer(readBytes);
    let spare = readBuffer(readBytes);
    let taken = 0;
    let filled = this.#read(current, 0);
    try {
      while (taken < bytes) {
        const length = await filled;
        // The next read runs while these bytes are sent. `spare` was handed out before: `drained` said that it is free.
        filled = taken + length < bytes ? this.#read(spare, taken + length) : Promise.resolve(0);
        for (let from = 0; from < length; ) {
          const slice = current.subarray(from, Math.min(from + pacer.sliceBytes, length));
          from += slice.length;
          this.#hash.update(slice);
          connection.holding();
          await pacer.take(slice.length, connection.signal);
          connection.alive();
          // Lets the socket be read first: an answer that came early must be seen before a write meets the reset behind it.
          await (waitForRefusal ? setTimeout(1) : setImmediate());
          yield slice;
          await connection.drained();
          connection.alive();
          taken += slice.length;
          this.#taken = taken;
          onTaken(taken);
        }
        [current, spare] = [spare, current];
      }
    } finally {
      // No read may be under way when the file is closed.
      await filled.catch(() => 0);
    }
    this.#sha256 = this.#hash.digest('hex');
    yield form.after;
    connection.sent();
  }

  /** Fills the buffer from `position`, or to the end of the file. It runs ahead, so nobody may be waiting yet when it fails. */
  #read(buffer: Buffer, position: number): Promise<number> {
    const filled = this.#fill(buffer, position);
    filled.catch(() => {});
    return filled;
  }

  async #fill(buffer: Buffer, position: number): Promise<number> {
    const { handle, bytes, fileName } = this.#options;
    const wanted = Math.min(buffer.length, bytes - position);
    let length = 0;
    while (length < wanted) {
      const { bytesRead } = await handle.read(buffer, length, wanted - length, position + length);
      if (bytesRead === 0) throw new StreamAIError('file_changing', { file: fileName });
      length += bytesRead;
    }
    return length;
  }
}

/** SHA-256 of a whole open file, hex: for a server that answered without reading it. */
export async function hashFile(handle: OpenFile, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const buffer = readBuffer(readBytes);
  for (let position = 0; ; ) {
    signal.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
}
