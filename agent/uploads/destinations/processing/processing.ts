/** The processing server as a destination: one multipart/form-data POST per recording, proven by size and checksum. */
import type { FileHandle } from 'node:fs/promises';
import type { DestinationStatus } from '../../../../shared/domain.ts';
import { StreamAIError } from '../../../../shared/errors.ts';
import type { Settings } from '../../../../shared/settings.ts';
import type { LiveBus } from '../../../live-bus.ts';
import { checkUnchanged, fileFailure, openFile } from '../../recording-file.ts';
import type { DestinationDriver, SendJob, SendResult } from '../destination.ts';
import { isRetryable } from '../failures.ts';
import { FileBody, hashFile } from './file-body.ts';
import { multipartForm } from './form.ts';
import { authorization, getBounded } from './get.ts';
import { answerInvalid, type HttpAnswer } from './http-answer.ts';
import { answerFailure, networkFailure } from './http-failure.ts';
import { type PostLimits, postFile } from './post-file.ts';
import { type ProcessingServer, plainAddress, rememberServer, routeUrl } from './server.ts';
import { parseUploadAnswer, type UploadAnswer } from './upload-answer.ts';

export interface ProcessingOptions {
  readonly live: LiveBus;
  /** Read at each attempt, so that changes apply at once. */
  settings(): Pick<Settings, 'uploadEndpoint' | 'processingApiKey'>;
  /** The configured server or the embedded receiver; null while there is neither. */
  processingServer(): ProcessingServer | null;
  readonly limits?: Partial<PostLimits>;
}

const defaultLimits: PostLimits = {
  connectMs: 10_000,
  stallMs: 60_000,
  answerMs: 30 * 60_000,
  answerBytes: 1024 * 1024,
};
const healthMs = 5000;
const healthBytes = 256 * 1024;

export class ProcessingDestination implements DestinationDriver {
  readonly id = 'processing';
  readonly #options: ProcessingOptions;
  readonly #limits: PostLimits;
  readonly #closing = new AbortController();
  #found: Found = { address: null, reachable: null, problem: null };
  #checking: Promise<void> | null = null;

  constructor(options: ProcessingOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
  }

  configured(): boolean {
    return this.#options.processingServer() !== null;
  }

  status(): DestinationStatus {
    const server = this.#options.processingServer();
    const address = server === null ? null : plainAddress(server.url);
    // What was found out about one address says nothing about another.
    const { reachable, problem } = this.#found.address === address ? this.#found : { reachable: null, problem: null };
    return {
      id: this.id,
      configured: server !== null,
      reachable,
      address,
      embedded: server?.embedded ?? false,
      problem,
    };
  }

  async send(job: SendJob): Promise<SendResult> {
    const server = this.#options.processingServer();
    if (server === null) throw new StreamAIError('destination_not_configured', { destination: this.id });
    try {
      const result = await this.#send(job, server);
      this.#note({ address: plainAddress(server.url), reachable: true, problem: null });
      return result;
    } catch (error) {
      const failure = fileFailure(error, job.path);
      if (!job.signal.aborted && failure instanceof StreamAIError && isRetryable(failure.code)) void this.checkHealth();
      throw failure;
    }
  }

  /** GET /health. Anything that answers is there, whatever it thinks of that route; 5xx is a server in trouble. */
  checkHealth(): Promise<void> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = null;
    });
    return this.#checking;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#checking;
  }

  async #send(job: SendJob, server: ProcessingServer): Promise<SendResult> {
    const handle = await openFile(job.path, job.content);
    try {
      const { uploadEndpoint, processingApiKey: apiKey } = this.#options.settings();
      const { upload, content, fileName } = job;
      const fields = { subtitle_model: upload.subtitleModel, priority: String(upload.priority) };
      const form = multipartForm(fields, job);
      const body = new FileBody({
        handle,
        fileName,
        bytes: content.bytes,
        form,
        waitForRefusal: job.brokenBefore,
        // Below the total until the server's answer says that it is all there.
        onTaken: (taken) => job.onProgress(Math.min(taken, content.bytes - 1)),
      });
      const answer = await this.#post(job, routeUrl(server.url, uploadEndpoint), body, form.contentType, apiKey);
      const failure = answerFailure(answer, Date.now(), apiKey);
      if (failure !== null) throw failure;
      if (answer.bodyProblem !== null) throw networkFailure(answer.bodyProblem);
      const accepted = parseUploadAnswer(answer);
      const sha256 = await prove(accepted, body, handle, job);
      const { task_id: id, status, message, progress } = accepted;
      return { sha256, bytes: content.bytes, task: { id, server: rememberServer(server), status, message, progress } };
    } finally {
      await handle.close();
    }
  }

  async #post(job: SendJob, url: URL, body: FileBody, contentType: string, apiKey: string | null): Promise<HttpAnswer> {
    const { upload, generation, signal } = job;
    const headers = {
      accept: 'application/json',
      'content-type': contentType,
      'content-length': String(body.contentLength),
      'idempotency-key': generation === 1 ? upload.id : `${upload.id}-${generation}`,
      ...authorization(apiKey),
    };
    let chunks: AsyncGenerator<Buffer> | undefined;
    try {
      return await postFile({
        url,
        headers,
        signal,
        limits: this.#limits,
        body: (connection) => {
          chunks = body.chunks(connection);
          return chunks;
        },
      });
    } finally {
      // Whatever made the request end: no read is left when the file is closed.
      await chunks?.return(undefined).catch(() => {});
    }
  }

  async #check(): Promise<void> {
    const server = this.#options.processingServer();
    if (server === null) return;
    const address = plainAddress(server.url);
    const { processingApiKey: apiKey } = this.#options.settings();
    const { signal } = this.#closing;
    try {
      const url = routeUrl(server.url, '/health');
      const answer = await getBounded(url, { apiKey, timeoutMs: healthMs, maxBytes: healthBytes, signal });
      const failure = answerFailure(answer, Date.now(), apiKey);
      const matters = failure !== null && failure.code !== 'destination_rejected';
      this.#note({ address, reachable: true, problem: matters ? failure.info() : null });
    } catch (error) {
      if (signal.aborted) return;
      this.#note({ address, reachable: false, problem: networkFailure(error).info() });
    }
  }

  #note(found: Found): void {
    const before = JSON.stringify(this.status());
    this.#found = found;
    const after = this.status();
    if (JSON.stringify(after) !== before) this.#options.live.publish('destination_updated', after);
  }
}

type Found = Pick<DestinationStatus, 'address' | 'reachable' | 'problem'>;

/**
 * Compares what the server says it has with the file, and the file with what it was.
 * @returns the file's SHA-256, hex
 */
async function prove(accepted: UploadAnswer, body: FileBody, handle: FileHandle, job: SendJob): Promise<string> {
  const { bytes } = job.content;
  const { size, sha256: received } = accepted;
  if (body.sha256 === null && size === null && received === null) {
    throw answerInvalid('it came before the file and does not say what arrived');
  }
  if (size !== null && size !== bytes) {
    throw new StreamAIError('destination_size_mismatch', { received: size, sent: bytes });
  }
  // Answered early: the server had this file already, under the same key.
  const sha256 = body.sha256 ?? (await hashFile(handle, job.signal));
  await checkUnchanged(handle, job.path, job.content);
  if (received !== null && received !== sha256) throw new StreamAIError('destination_checksum_mismatch');
  return sha256;
}
