/** What the queue knows of a destination. A second destination implements this and is handed to `createUploads`. */
import type { Container, Destination, DestinationStatus, TaskStatus, Upload } from '../../../shared/domain.ts';
import type { FileContent } from '../upload-state.ts';

export interface SendJob {
  readonly upload: Upload;
  readonly path: string;
  readonly fileName: string;
  readonly container: Container | null;
  /** Counts the contents sent under this upload, from 1. */
  readonly generation: number;
  /** What the journal says the file is; anything else is `file_changed`. */
  readonly content: FileContent;
  /** The connection broke in the last attempt; an answer may have been lost in the break. */
  readonly brokenBefore: boolean;
  /** Aborted on pause, cancel and shutdown: `send` then rejects with the signal's reason, its sockets closed. */
  readonly signal: AbortSignal;
  /** Bytes of the file that the socket has taken in this attempt; never fewer than before. */
  onProgress(bytesSent: number): void;
}

export interface SentTask {
  readonly id: string;
  /** Who can be asked about it, as the task tracker's `resolveServer` understands it. */
  readonly server: string;
  readonly status: TaskStatus;
  readonly message: string | null;
  /** 0..100 */
  readonly progress: number | null;
}

export interface SendResult {
  /** SHA-256 of the file as sent, hex. */
  readonly sha256: string;
  readonly bytes: number;
  /** null: the destination only stores. */
  readonly task: SentTask | null;
}

export interface DestinationDriver {
  readonly id: Destination;
  status(): DestinationStatus;
  configured(): boolean;
  /**
   * Sends one file and proves that it arrived.
   * @throws StreamAIError (DestinationError where the server asked for patience); `isRetryable` says what follows
   */
  send(job: SendJob): Promise<SendResult>;
  /** Asks whether the destination is there and notes the answer in `status()`; never rejects. */
  checkHealth(): Promise<void>;
  /** Ends what is left of connections. */
  close(): Promise<void>;
}
