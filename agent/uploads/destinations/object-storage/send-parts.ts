/** Sends parts over as many connections as make it faster, each part until it is acknowledged. */
import type { FileHandle } from 'node:fs/promises';
import { type ErrorCode, StreamAIError } from '../../../../shared/errors.ts';
import type { Pacer } from '../../pacer.ts';
import type { HashedPart, HashedParts } from './hashed-parts.ts';
import { LaneCount } from './lane-count.ts';
import type { StorageLog } from './log.ts';
import { newReadBuffers, partBody, type ReadBuffers } from './part-body.ts';
import { Patience } from './patience.ts';
import type { KnownPart } from './resume-plan.ts';
import { pause, type S3Client } from './s3/client.ts';
import type { Line } from './s3/connection.ts';
import { isLost } from './s3/failure.ts';
import { type MultipartRef, uploadPart } from './s3/operations.ts';
import type { TransferProgress } from './transfer-progress.ts';

export interface PartsJob {
  readonly client: S3Client;
  readonly ref: MultipartRef;
  readonly parts: HashedParts;
  readonly handle: FileHandle;
  readonly fileName: string;
  /** Parts that the store has already, if their MD5 is the file's. */
  readonly unproven: ReadonlyMap<number, KnownPart>;
  readonly pacer: Pacer;
  readonly progress: TransferProgress;
  readonly log: StorageLog;
  readonly signal: AbortSignal;
  /** Writes the journal. */
  onStored(part: KnownPart): void;
}

/** Failures of one part that another try may mend. */
const canPass: ReadonlySet<ErrorCode> = new Set([
  'storage_unreachable',
  'storage_host_unknown',
  'storage_tls',
  'storage_timeout',
  'storage_busy',
  'storage_failed',
  'storage_damaged',
  // The client has learnt the store's time from its refusal.
  'storage_clock',
]);
/** Failures without a part arriving in between: then the attempt ends, says why, and the queue tries again. */
const mostStrikes = 10;
/** Before a part is sent again: short where the network may be back any moment, longer where the store asks for a break. ms */
const longestPauseMs = { network: 3000, store: 8000 };

/**
 * Resolves when every part is acknowledged and journalled. However it ends, no socket is left in the middle of a part.
 * @throws the first failure that does not pass, or the signal's reason
 */
export async function sendParts(job: PartsJob): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([job.signal, failed.signal]);
  const sender = new PartSender(job, signal);
  const running = new Set<Promise<void>>();
  let finished = false;

  const lane = async (): Promise<void> => {
    while (running.size <= sender.lanes && !signal.aborted) {
      const part = await job.parts.next();
      if (part === null) {
        finished = true;
        return;
      }
      await sender.send(part);
      fill();
    }
  };
  const fill = (): void => {
    while (!finished && !signal.aborted && running.size < sender.lanes) {
      const ended: Promise<void> = lane()
        .catch((error: unknown) => failed.abort(error))
        .then(() => {
          running.delete(ended);
        });
      running.add(ended);
    }
  };
  fill();
  while (running.size > 0) {
    await Promise.race(running);
    fill();
  }
  signal.throwIfAborted();
}

class PartSender {
  readonly #job: PartsJob;
  readonly #signal: AbortSignal;
  readonly #lanes = new LaneCount(performance.now());
  readonly #patience = new Patience();
  /** Free ones. */
  readonly #buffers: ReadBuffers[] = [];
  #strikes = 0;

  constructor(job: PartsJob, signal: AbortSignal) {
    this.#job = job;
    this.#signal = signal;
  }

  get lanes(): number {
    return this.#lanes.lanes;
  }

  async send(part: HashedPart): Promise<void> {
    const { progress, log, ref, unproven } = this.#job;
    const { number, bytes, md5 } = part;
    const details = { key: ref.key, part: number };
    if (unproven.get(number)?.md5 !== md5) await this.#untilSent(part);
    log.debug(details, `multipart: part ${number} acknowledged`);
    this.#job.onStored({ number, md5, bytes });
    log.debug(details, `multipart: part ${number} stored`);
    progress.acknowledged(number, bytes);
  }

  async #untilSent(part: HashedPart): Promise<void> {
    const { ref, log, progress } = this.#job;
    const { number, bytes } = part;
    for (let tries = 1; ; tries += 1) {
      this.#signal.throwIfAborted();
      const { level } = this.#patience;
      const startedAt = performance.now();
      log.debug({ key: ref.key, part: number, bytes, tries }, `multipart: part ${number} sending`);
      try {
        await this.#once(part);
        this.#strikes = 0;
        this.#patience.arrived(performance.now() - startedAt);
        this.#lanes.arrived(bytes, performance.now());
        return;
      } catch (error) {
        this.#signal.throwIfAborted();
        progress.lost(number);
        if (!(error instanceof StreamAIError) || !canPass.has(error.code) || isLost(error)) throw error;
        this.#strikes += 1;
        if (this.#strikes >= mostStrikes) throw error;
        log.warn({ key: ref.key, part: number, tries, code: error.code, ...error.params }, 'a part is sent again');
        const busy = error.code === 'storage_busy' || error.code === 'storage_failed';
        if (error.code === 'storage_timeout') this.#patience.stalled(level);
        if (error.code === 'storage_timeout' || busy) this.#lanes.troubled(performance.now());
        const longest = busy ? longestPauseMs.store : longestPauseMs.network;
        await pause(Math.min(250 * 2 ** tries, longest) * (0.75 + 0.5 * Math.random()), this.#signal);
      }
    }
  }

  async #once(part: HashedPart): Promise<void> {
    const { client, ref, progress } = this.#job;
    const { number, bytes, md5 } = part;
    const buffers = this.#buffers.pop() ?? newReadBuffers();
    const onTaken = (taken: number): void => progress.taken(number, taken);
    let chunks: AsyncGenerator<Buffer> | undefined;
    const body = (line: Line): AsyncGenerator<Buffer> => {
      chunks = partBody(part, line, { ...this.#job, buffers, patience: this.#patience, onTaken });
      return chunks;
    };
    try {
      await uploadPart(client, { ...ref, number, bytes, md5, body }, this.#signal);
    } finally {
      // However it ended: nothing reads into the buffers any more, nor from a file that is about to be closed.
      await chunks?.return(undefined).catch(() => {});
      this.#buffers.push(buffers);
    }
  }
}
