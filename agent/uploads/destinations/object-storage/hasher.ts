/** MD5 off the main thread: at 600 MB/s a part would hold up OBS's events and every client for 25 ms. */
import type { FileHandle } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { StreamAIError } from '../../../../shared/errors.ts';

export interface HashRequest {
  readonly fd: number;
  readonly start: number;
  readonly bytes: number;
}
export type HashAnswer =
  | { readonly md5: string }
  /** The file ends before the range does. */
  | { readonly shorter: true }
  | { readonly code: string; readonly syscall: string; readonly message: string };

export class Hasher {
  readonly #worker: Worker;
  readonly #handle: FileHandle;
  readonly #fileName: string;
  /** In the order of the requests, as the thread answers them. */
  readonly #waiting: PromiseWithResolvers<string>[] = [];
  #failure: unknown = null;

  /** The file stays open until `close` has resolved. */
  constructor(handle: FileHandle, fileName: string) {
    this.#handle = handle;
    this.#fileName = fileName;
    this.#worker = new Worker(new URL('./hash-worker.ts', import.meta.url), { name: 'hasher' });
    this.#worker.on('message', (answer: HashAnswer) => this.#answered(answer));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('the hashing thread has ended')));
  }

  /**
   * MD5 of a range of the file, hex.
   * @throws StreamAIError file_changed when the file is shorter; the system's error when it cannot be read
   */
  md5({ start, bytes }: { readonly start: number; readonly bytes: number }): Promise<string> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const waiting = Promise.withResolvers<string>();
    this.#waiting.push(waiting);
    this.#worker.postMessage({ fd: this.#handle.fd, start, bytes } satisfies HashRequest);
    return waiting.promise;
  }

  /** Resolves when it reads no more. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #answered(answer: HashAnswer): void {
    const waiting = this.#waiting.shift();
    if ('md5' in answer) waiting?.resolve(answer.md5);
    else if ('shorter' in answer) waiting?.reject(new StreamAIError('file_changed', { file: this.#fileName }));
    else waiting?.reject(Object.assign(new Error(answer.message), { code: answer.code, syscall: answer.syscall }));
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
