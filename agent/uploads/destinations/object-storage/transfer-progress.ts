/** How far a multipart upload is, honestly: acknowledged parts, and of the parts on their way what the socket took. */
import type { UploadPhase } from '../../../../shared/domain.ts';
import type { SendJob } from '../destination.ts';

export class TransferProgress {
  readonly #job: Pick<SendJob, 'onProgress' | 'content'>;
  readonly #total: number;
  /** Bytes that the socket took, by part. */
  readonly #taken = new Map<number, number>();
  #bytes: number;
  #parts: number;
  #phase: UploadPhase = 'sending';

  /** @param total parts */
  constructor(job: Pick<SendJob, 'onProgress' | 'content'>, total: number, done: { bytes: number; parts: number }) {
    this.#job = job;
    this.#total = total;
    this.#bytes = done.bytes;
    this.#parts = done.parts;
    this.#tell();
  }

  taken(part: number, bytes: number): void {
    this.#taken.set(part, bytes);
    this.#tell();
  }

  /** The part's bytes did not arrive. */
  lost(part: number): void {
    this.#taken.delete(part);
  }

  acknowledged(part: number, bytes: number): void {
    this.#taken.delete(part);
    this.#bytes += bytes;
    this.#parts += 1;
    this.#tell();
  }

  phase(phase: UploadPhase): void {
    this.#phase = phase;
    this.#tell();
  }

  /** It is all there, and proven. */
  proven(): void {
    const parts = { done: this.#total, total: this.#total };
    this.#job.onProgress(this.#job.content.bytes, { parts, phase: 'verifying' });
  }

  #tell(): void {
    let bytes = this.#bytes;
    for (const taken of this.#taken.values()) bytes += taken;
    const parts = { done: this.#parts, total: this.#total };
    this.#job.onProgress(Math.min(bytes, this.#job.content.bytes - 1), { parts, phase: this.#phase });
  }
}
