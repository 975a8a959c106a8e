/** The processing server as a destination: one multipart/form-data POST per recording, proven by size and checksum. */
import type { DestinationStatus } from '../../../../shared/domain.ts';
import { type ErrorInfo, errorInfo, StreamAIError } from '../../../../shared/errors.ts';
import type { Settings } from '../../../../shared/settings.ts';
import type { OpenFile } from '../../../files/open-recording.ts';
import { fileFailure, isUnchanged, openFile } from '../../../files/recording-file.ts';
import type { LiveEvents } from '../../../live-events.ts';
import type { ProxyFinder } from '../connect.ts';
import type { DestinationDriver, SendJob, SendResult } from '../destination.ts';
import { isReset, isRetryable } from '../failures.ts';
import { type Pacer, unpaced } from '../pacer.ts';
import { Reachability, type Seen } from '../reachability.ts';
import { FileBody, hashFile } from './file-body.ts';
import { multipartForm } from './form.ts';
import { parseAccepts } from './health-answer.ts';
import { authorization, getBounded } from './http/get.ts';
import { answerInvalid, type HttpAnswer } from './http/http-answer.ts';
import { answerFailure, networkFailure, portalFailure } from './http/http-failure.ts';
import {
  isCurrentServer,
  type PresentServer,
  type ProcessingServer,
  plainAddress,
  presentServer,
  rememberServer,
  resolveServer,
  routeUrl,
  statusUrl,
} from './http/server.ts';
import { type Connection, type PostLimits, postFile } from './post-file.ts';
import { type Post, type PostedBody, sendSource } from './send-source.ts';
import { parseUploadAnswer, type UploadAnswer } from './upload-answer.ts';
import { verifyTask } from './verify-task.ts';

export interface ProcessingOptions {
  readonly live: LiveEvents;
  /** Read at each attempt, so that changes apply at once. */
  settings(): Pick<Settings, 'uploadEndpoint' | 'statusEndpoint'>;
  /** The configured server or the embedded receiver; null while there is neither. */
  processingServer(): ProcessingServer | null;
  /** Which proxy the way to a server leads through; default: none. */
  readonly proxyFor?: ProxyFinder;
  readonly limits?: Partial<PostLimits>;
  /** Default: nothing is held back. */
  readonly pacer?: Pacer;
}

const defaultLimits: PostLimits = {
  connectMs: 10_000,
  stallMs: 60_000,
  answerMs: 30 * 60_000,
  answerBytes: 512 * 1024,
};
/** Something else answers in the server's place. */
const elsewhere: readonly string[] = ['destination_redirected', 'destination_portal'];
const healthMs = 5000;
const healthBytes = 256 * 1024;

export class ProcessingDestination implements DestinationDriver {
  readonly id = 'processing';
  readonly #options: ProcessingOptions;
  readonly #limits: PostLimits;
  readonly #reachability: Reachability;
  /** Something else answered in the server's place, whatever it was asked for, when it was asked last. */
  #portal = false;
  /** Something else answered the last upload: the next one listens for that before it sends the file. */
  #misled = false;
  /** The form fields in which a server takes a file, as its health said last. */
  #accepts: { readonly address: string; readonly fields: readonly string[] } | null = null;

  constructor(options: ProcessingOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#reachability = new Reachability({
      live: options.live,
      setUp: () => {
        const server = options.processingServer();
        const url = server?.url ?? null;
        const address = url === null ? null : plainAddress(url);
        const proxy = url === null ? null : (options.proxyFor?.(new URL(url))?.name ?? null);
        return { id: this.id, configured: server !== null, address, proxy, embedded: server?.embedded ?? false };
      },
      ask: (signal) => this.#ask(signal),
    });
  }

  configured(): boolean {
    return this.#options.processingServer() !== null;
  }

  status(): DestinationStatus {
    return this.#reachability.status();
  }

  async send(job: SendJob): Promise<SendResult> {
    const server = presentServer(this.#options.processingServer());
    try {
      // A file is not sent to a network's sign-in page again and again.
      if (this.#portal) await this.#notPortal(server, job.signal);
      const result = await this.#send(job, server);
      this.#misled = false;
      this.#reachability.note({ address: plainAddress(server.url), reachable: true, problem: null });
      return result;
    } catch (error) {
      const failure = await this.#orPortal(fileFailure(error, job.path), server, job.signal);
      this.#misled = failure instanceof StreamAIError && elsewhere.includes(failure.code);
      if (!job.signal.aborted && failure instanceof StreamAIError && isRetryable(failure.code)) void this.checkHealth();
      throw failure;
    }
  }

  acceptsSource(): boolean | null {
    const server = this.#options.processingServer();
    if (!server?.url || this.#accepts?.address !== plainAddress(server.url)) return null;
    return this.#accepts.fields.includes('source_url');
  }

  /**
   * Proves afresh that the server has what the local file is now. A copy on this machine is none.
   * @param task as it was given: its id, and who can be asked about it
   * @returns what is wrong; null: proven
   */
  async verify(
    task: { readonly id: string; readonly server: string },
    path: string,
    signal: AbortSignal,
  ): Promise<ErrorInfo | null> {
    const current = this.#options.processingServer();
    const base = resolveServer(task.server, current);
    if (base === null || (current?.embedded === true && isCurrentServer(task.server, current))) {
      return errorInfo('copy_local');
    }
    const { statusEndpoint } = this.#options.settings();
    const apiKey = current !== null && isCurrentServer(task.server, current) ? current.apiKey : null;
    return verifyTask(statusUrl(base, statusEndpoint, task.id), apiKey, path, signal, this.#options.proxyFor);
  }

  checkHealth(): Promise<void> {
    return this.#reachability.check();
  }

  close(): Promise<void> {
    return this.#reachability.close();
  }

  async #send(job: SendJob, server: PresentServer): Promise<SendResult> {
    const handle = await openFile(job.path, job.content);
    try {
      const { uploadEndpoint } = this.#options.settings();
      const { apiKey } = server;
      const url = routeUrl(server.url, uploadEndpoint);
      const post: Post = (body) => this.#postAgain(job, url, body, apiKey);
      const checked: Checked = (answer) => {
        const failure = answerFailure(answer, Date.now(), apiKey);
        if (failure !== null) throw failure;
        if (answer.bodyProblem !== null) throw networkFailure(answer.bodyProblem);
        return parseUploadAnswer(answer, apiKey);
      };
      const fetched = await this.#letFetch(job, handle, post, checked);
      const { accepted, sha256: sent } = fetched ?? (await this.#sendFile(job, handle, post, checked));
      const sha256 = await prove(accepted, sent, handle, job, server.embedded);
      const { taskId: id, status, message, progress } = accepted;
      const task = { id, server: rememberServer(server), status, message, progress };
      return { sha256, bytes: job.content.bytes, sentAs: fetched === null ? 'file' : 'source_url', task };
    } finally {
      await handle.close();
    }
  }

  async #sendFile(job: SendJob, handle: OpenFile, post: Post, checked: Checked): Promise<Sent> {
    const { upload, content, fileName } = job;
    const form = multipartForm({ subtitle_model: upload.subtitleModel, priority: String(upload.priority) }, job);
    const body = new FileBody({
      handle,
      fileName,
      bytes: content.bytes,
      form,
      waitForRefusal: job.brokenBefore || this.#misled,
      pacer: this.#options.pacer ?? unpaced,
      // Below the total until the server's answer says that it is all there.
      onTaken: (taken) => job.onProgress(Math.min(taken, content.bytes - 1)),
    });
    const chunks = (connection: Connection): AsyncGenerator<Buffer> => body.chunks(connection);
    const { contentType } = form;
    const { contentLength } = body;
    const answer = await post({ contentType, contentLength, limits: {}, chunks, barelyBegun: () => body.barelyBegun });
    return { accepted: checked(answer), sha256: body.sha256 };
  }

  /** What the upload met, or a portal where that answers whatever is asked. */
  async #orPortal(failure: unknown, server: PresentServer, signal: AbortSignal): Promise<unknown> {
    if (!(failure instanceof StreamAIError) || signal.aborted) return failure;
    if (!elsewhere.includes(failure.code) && failure.code !== 'destination_answer_invalid') return failure;
    return this.#notPortal(server, signal).then(
      () => failure,
      (portal: unknown) => (portal instanceof StreamAIError ? portal : failure),
    );
  }

  /** @throws StreamAIError destination_portal; what kept the server from being asked; the signal's reason */
  async #notPortal(server: PresentServer, signal: AbortSignal): Promise<void> {
    const portal = portalFailure(await this.#health(server, signal));
    this.#portal = portal !== null;
    if (portal !== null) throw portal;
  }

  #health({ url, apiKey }: PresentServer, signal: AbortSignal): Promise<HttpAnswer> {
    const { proxyFor } = this.#options;
    const limits = { timeoutMs: healthMs, maxBytes: healthBytes };
    return getBounded(routeUrl(url, '/health'), { apiKey, ...limits, signal, proxyFor });
  }

  /** @returns null where there is no link, or the server will not fetch this one: then it gets the file */
  async #letFetch(job: SendJob, handle: OpenFile, post: Post, checked: Checked): Promise<Sent | null> {
    const link = await job.source?.();
    if (link === undefined) return null;
    const { answer, sha256 } = await sendSource(job, link, handle, this.#limits.answerMs, post);
    try {
      const accepted = checked(answer);
      if (accepted.size === null && accepted.sha256 === null) throw answerInvalid('it does not say what it fetched');
      return { accepted, sha256 };
    } catch (error) {
      if (error instanceof StreamAIError && error.code === 'destination_rejected') return null;
      throw error;
    }
  }

  /**
   * Posts, and once more at once where the connection was reset: a front that has just lost its server resets one connection and
   * serves the next. Not where the server may have the file and only its answer was lost, unless that has happened before.
   */
  async #postAgain(job: SendJob, url: URL, body: PostedBody, apiKey: string | null): Promise<HttpAnswer> {
    const post = (): Promise<HttpAnswer> => this.#post(job, url, body, apiKey);
    return await post().catch((error: unknown) => {
      if (job.signal.aborted || !isReset(error) || !(body.barelyBegun() || job.brokenBefore)) throw error;
      return post();
    });
  }

  async #post(job: SendJob, url: URL, body: PostedBody, apiKey: string | null): Promise<HttpAnswer> {
    const { upload, generation, signal } = job;
    const headers = {
      accept: 'application/json',
      'content-type': body.contentType,
      'content-length': String(body.contentLength),
      'idempotency-key': generation === 1 ? upload.id : `${upload.id}-${generation}`,
      ...authorization(apiKey),
    };
    let chunks: AsyncGenerator<Buffer> | undefined;
    try {
      return await postFile({
        ...{ url, headers, signal },
        proxy: this.#options.proxyFor?.(url) ?? null,
        limits: { ...this.#limits, ...body.limits },
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

  /** GET /health; where the embedded receiver does not run, nobody is asked. Anything that answers is there, whatever it thinks of that route; 5xx is a server in trouble. */
  async #ask(signal: AbortSignal): Promise<Seen | null> {
    const server = this.#options.processingServer();
    if (server === null) return null;
    if (server.url === null) return { address: null, reachable: false, problem: errorInfo('receiver_ended') };
    const present = presentServer(server);
    const address = plainAddress(present.url);
    const { apiKey } = present;
    try {
      const answer = await this.#health(present, signal);
      const failure = portalFailure(answer) ?? answerFailure(answer, Date.now(), apiKey);
      const matters = failure !== null && failure.code !== 'destination_rejected';
      // A server in trouble does not say what it takes: what it said before still holds.
      if (!matters) this.#accepts = { address, fields: parseAccepts(failure === null ? answer.text : '') };
      return { address, reachable: true, problem: matters ? failure.info() : null };
    } catch (error) {
      return { address, reachable: false, problem: networkFailure(error).info() };
    }
  }
}

/** The server's answer, and the SHA-256 of what we sent or had it fetch; null: it answered before it had the file. */
interface Sent {
  readonly accepted: UploadAnswer;
  readonly sha256: string | null;
}
type Checked = (answer: HttpAnswer) => UploadAnswer;

/**
 * Compares what the server says it has with the file, and the file with what it was.
 * @returns the file's SHA-256, hex
 */
async function prove(
  accepted: UploadAnswer,
  sent: string | null,
  handle: OpenFile,
  job: SendJob,
  embedded: boolean,
): Promise<string> {
  const { bytes } = job.content;
  const { size, sha256: received } = accepted;
  // Ours always says it: what does not is something else on its port.
  if (embedded && (size === null || received === null)) throw answerInvalid('it does not say what arrived');
  if (sent === null && size === null && received === null) {
    throw answerInvalid('it came before the file and does not say what arrived');
  }
  if (size !== null && size !== bytes) {
    throw new StreamAIError('destination_size_mismatch', { received: size, sent: bytes });
  }
  // Answered early: the server had this file already, under the same key.
  const sha256 = sent ?? (await hashFile(handle, job.signal));
  // Touched while it was sent: its bytes decide.
  const unchanged = await isUnchanged(handle, job.path, job.content);
  if (!unchanged && (await hashFile(handle, job.signal)) !== sha256) {
    throw new StreamAIError('file_changing', { file: job.fileName });
  }
  if (received !== null && received !== sha256) throw new StreamAIError('destination_checksum_mismatch');
  return sha256;
}
