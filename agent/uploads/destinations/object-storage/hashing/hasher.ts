/** MD5 off the main thread: at 600 MB/s a part would hold up OBS's events and every client for 25 ms. */
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { StreamAIError } from '../../../../../shared/errors.ts';
import type { OpenFile } from '../../../../files/open-recording.ts';
import { readBuffer } from '../../../../files/read-buffer.ts';
import { productFiles } from '../../../../product-files.ts';

export interface HashRequest {
  readonly fd: number;
  readonly start: number;
  readonly bytes: number;
  /** Where to read it to, if what was read is wanted too: then nobody has to read it again to send it. */
  readonly into?: Uint8Array<ArrayBuffer>;
}
export interface Hashed {
  /** hex */
  readonly md5: string;
  /** The bytes that it is of, where they were asked for. */
  readonly content?: Uint8Array<ArrayBuffer>;
}
export type HashAnswer =
  | Hashed
  /** The file ends before the range does. */
  | { readonly shorter: true }
  | { readonly code: string; readonly syscall: string; readonly message: string };

/** The thread may be silent for so long (ms), and for as long as the slowest disk takes for what it was asked: then its drive is gone. */
const silentMs = 30_000;
const slowestBytesPerMs = 1000;
/** A thread that does not end by then is stuck in a read, and is left behind (ms). */
const endMs = 1000;

export class Hasher {
  readonly #worker: Worker;
  readonly #handle: Pick<OpenFile, 'fd'>;
  readonly #silentMs: number;
  readonly #fileName: string;
  /** In the order of the requests, as the thread answers them. */
  readonly #waiting: PromiseWithResolvers<Hashed>[] = [];
  /** What was asked for in this turn of the event loop: the thread gets it in one message. */
  #asked: HashRequest[] = [];
  /** Memory for ranges whose bytes are wanted. */
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
  #failure: unknown = null;
  /** Of what waits. */
  #bytes = 0;
  #silence: NodeJS.Timeout | undefined;

  /** The file stays open until `close` has resolved. */
  constructor(handle: Pick<OpenFile, 'fd'>, fileName: string, limits = { silentMs }) {
    this.#handle = handle;
    this.#silentMs = limits.silentMs;
    this.#fileName = fileName;
    this.#worker = new Worker(productFiles.hashWorker, { name: 'hasher' });
    this.#worker.on('message', (answer: HashAnswer) => this.#answered(answer));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('the hashing thread has ended')));
  }

  /**
   * MD5 of a range of the file. Four that are asked for in one turn cost a third less.
   * @param keep hands over the range's bytes as well: then they are all in memory
   * @throws StreamAIError file_changing when the file is shorter, file_away when its drive does not answer; the system's error when it
   *   cannot be read
   */
  md5({ start, bytes }: { readonly start: number; readonly bytes: number }, keep = false): Promise<Hashed> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const waiting = Promise.withResolvers<Hashed>();
    this.#waiting.push(waiting);
    this.#bytes += bytes;
    const request = { fd: this.#handle.fd, start, bytes };
    if (this.#asked.length === 0) queueMicrotask(() => this.#ask());
    this.#asked.push(keep ? { ...request, into: this.#room(bytes) } : request);
    return waiting.promise;
  }

  #ask(): void {
    const requests = this.#asked;
    this.#asked = [];
    this.#listen();
    this.#worker.postMessage(
      requests,
      requests.flatMap(({ into }) => into?.buffer ?? []),
    );
  }

  /** Bytes that it handed over are not needed any more: their memory is used again. */
  release(content: Uint8Array<ArrayBuffer>): void {
    this.#spare.push(content);
  }

  /** Resolves when it reads no more, or nobody can make it stop. */
  async close(): Promise<void> {
    clearTimeout(this.#silence);
    const late = new AbortController();
    await Promise.race([this.#worker.terminate(), delay(endMs, undefined, { signal: late.signal }).catch(() => {})]);
    late.abort();
  }

  #listen(): void {
    clearTimeout(this.#silence);
    if (this.#waiting.length === 0) {
      this.#bytes = 0;
      return;
    }
    this.#silence = setTimeout(
      () => this.#fail(new StreamAIError('file_away', { file: this.#fileName })),
      this.#silentMs + this.#bytes / slowestBytesPerMs,
    );
  }

  #room(bytes: number): Uint8Array<ArrayBuffer> {
    const spare = this.#spare.pop();
    return spare?.length === bytes ? spare : readBuffer(bytes);
  }

  #answered(answer: HashAnswer): void {
    const waiting = this.#waiting.shift();
    this.#listen();
    if ('md5' in answer) waiting?.resolve(answer);
    else if ('shorter' in answer) waiting?.reject(new StreamAIError('file_changing', { file: this.#fileName }));
    else waiting?.reject(Object.assign(new Error(answer.message), { code: answer.code, syscall: answer.syscall }));
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    clearTimeout(this.#silence);
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
