/** How far a multipart upload is: the acknowledged parts, and of the parts on their way what the socket took. */
// Tests: ../multipart-upload.test.ts
import type { SendJob } from '../../destination.ts';

/** What `sendParts` tells while it sends. */
export interface PartProgress {
  /** Bytes of the part that the socket took. */
  taken(part: number, bytes: number): void;
  /** The connection that it went over is gone: it is sent again from its start. */
  lost(part: number): void;
  /** The destination has it. */
  acknowledged(part: number, bytes: number): void;
}

export class TransferProgress implements PartProgress {
  readonly #job: Pick<SendJob, 'onProgress' | 'content'>;
  readonly #total: number;
  /** Bytes that the socket took, by part. */
  readonly #taken = new Map<number, number>();
  /** Bytes that the destination has, by part. */
  readonly #there = new Map<number, number>();
  #thereBytes = 0;

  /**
   * @param total parts
   * @param there parts that the destination has already, proven or not
   */
  constructor(
    job: Pick<SendJob, 'onProgress' | 'content'>,
    total: number,
    there: Iterable<{ readonly number: number; readonly bytes: number }>,
  ) {
    this.#job = job;
    this.#total = total;
    for (const { number, bytes } of there) this.#note(number, bytes);
    this.#tell();
  }

  taken(part: number, bytes: number): void {
    // Where the store had it already, that was not the file's.
    this.#note(part, 0);
    this.#taken.set(part, bytes);
    this.#tell();
  }

  lost(part: number): void {
    this.#taken.delete(part);
  }

  acknowledged(part: number, bytes: number): void {
    this.#taken.delete(part);
    this.#note(part, bytes);
    this.#tell();
  }

  #note(part: number, bytes: number): void {
    this.#thereBytes += bytes - (this.#there.get(part) ?? 0);
    if (bytes === 0) this.#there.delete(part);
    else this.#there.set(part, bytes);
  }

  #tell(): void {
    let bytes = this.#thereBytes;
    for (const taken of this.#taken.values()) bytes += taken;
    const parts = { done: this.#there.size, total: this.#total };
    this.#job.onProgress(Math.min(bytes, this.#job.content.bytes - 1), { parts, phase: 'sending' });
  }
}
