/** Sends parts over as many connections as make it faster, each part until it is acknowledged. */
import { StreamAIError } from '../../../../../shared/errors.ts';
import type { OpenFile } from '../../../../files/open-recording.ts';
import type { Log } from '../../../../log.ts';
import { isRequestRetryable } from '../../failures.ts';
import type { Pacer } from '../../pacer.ts';
import type { HashedPart, PartSource } from '../hashing/hashed-parts.ts';
import type { S3Client } from '../s3/client.ts';
import type { Line } from '../s3/connection.ts';
import { isLost } from '../s3/failure.ts';
import type { KnownPart } from '../s3/known-part.ts';
import { type MultipartRef, uploadPart } from '../s3/operations.ts';
import { pause } from '../s3/repeat.ts';
import { LaneCount } from './lane-count.ts';
import { newReadBuffers, partBody, type ReadBuffers } from './part-body.ts';
import { checkPart } from './part-check.ts';
import type { PartProgress } from './transfer-progress.ts';

export interface PartsJob {
  readonly client: S3Client;
  readonly ref: MultipartRef;
  readonly parts: PartSource;
  readonly handle: OpenFile;
  readonly fileName: string;
  readonly pacer: Pacer;
  readonly progress: PartProgress;
  readonly log: Pick<Log, 'debug' | 'warn'>;
  readonly signal: AbortSignal;
  /** Writes the journal. */
  onStored(part: KnownPart): void;
}

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
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => {});
  const stop = (): void => aborted.reject(signal.reason);
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  const running = new Set<Promise<void>>();
  let finished = false;

  /** Sends one part after the other, until there is none, or there are more lanes than there should be. */
  const lane = async (): Promise<void> => {
    while (running.size <= sender.lanes && !signal.aborted) {
      // A file that grows may have no next part for long.
      const part = await Promise.race([job.parts.next(), aborted.promise]);
      if (part === null) {
        finished = true;
        return;
      }
      await sender.send(part);
      fill();
    }
  };
  /** Opens as many lanes as there should be. */
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
  // A signal that somebody listens to is kept for ever, and with it all that is reached from here.
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
}

class PartSender {
  readonly #job: PartsJob;
  readonly #signal: AbortSignal;
  readonly #lanes = new LaneCount(performance.now());
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
    const { progress, log, ref, parts } = this.#job;
    const { number, bytes, md5 } = part;
    const details = { key: ref.key, part: number };
    let etag: string | undefined;
    try {
      etag = await this.#untilSent(part);
    } finally {
      parts.done?.(part);
    }
    log.debug(details, `multipart: part ${number} acknowledged`);
    this.#job.onStored({ number, md5, bytes, ...(etag !== undefined && { etag }) });
    log.debug(details, `multipart: part ${number} stored`);
    progress.acknowledged(number, bytes);
  }

  /** @returns as `uploadPart` */
  async #untilSent(part: HashedPart): Promise<string | undefined> {
    const { client, ref, log, progress, handle, fileName } = this.#job;
    const { number, bytes } = part;
    for (let tries = 1; ; tries += 1) {
      this.#signal.throwIfAborted();
      const patience = client.patience.forSlice();
      log.debug({ key: ref.key, part: number, bytes, tries }, `multipart: part ${number} sending`);
      try {
        const etag = await this.#once(part);
        this.#strikes = 0;
        this.#lanes.arrived(bytes, performance.now());
        return etag;
      } catch (error) {
        this.#signal.throwIfAborted();
        progress.lost(number);
        if (!(error instanceof StreamAIError) || !isRequestRetryable(error.code) || isLost(error)) throw error;
        if (error.code === 'storage_damaged') await checkPart(handle, part, fileName);
        this.#strikes += 1;
        if (this.#strikes >= mostStrikes) throw error;
        log.warn({ key: ref.key, part: number, tries, code: error.code, ...error.params }, 'a part is sent again');
        const busy = error.code === 'storage_busy' || error.code === 'storage_failed';
        const silent = error.code === 'storage_timeout' || error.code === 'proxy_timeout';
        if (silent) client.patience.stalled(patience);
        if (silent || busy) this.#lanes.troubled(performance.now());
        const longest = busy ? longestPauseMs.store : longestPauseMs.network;
        await pause(Math.min(250 * 2 ** tries, longest) * (0.75 + 0.5 * Math.random()), this.#signal);
      }
    }
  }

  async #once(part: HashedPart): Promise<string | undefined> {
    const { client, ref, progress } = this.#job;
    const { number, bytes, md5 } = part;
    const buffers = this.#buffers.pop() ?? newReadBuffers();
    const onTaken = (taken: number): void => progress.taken(number, taken);
    const { patience } = client;
    let chunks: AsyncGenerator<Buffer> | undefined;
    let held = 0;
    const onHeld = (ms: number): void => {
      held = ms;
    };
    const body = (line: Line): AsyncGenerator<Buffer> => {
      chunks = partBody(part, line, { ...this.#job, buffers, patience, onTaken, onHeld });
      return chunks;
    };
    const startedAt = performance.now();
    try {
      const etag = await uploadPart(client, { ...ref, number, bytes, md5, body }, this.#signal);
      patience.arrived(bytes, performance.now() - startedAt - held);
      return etag;
    } finally {
      // However it ended: nothing reads into the buffers any more, nor from a file that is about to be closed.
      await chunks?.return(undefined).catch(() => {});
      this.#buffers.push(buffers);
    }
  }
}
