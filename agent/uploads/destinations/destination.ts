/** What the queue knows of a destination. A second destination implements this and is handed to `createUploads`. */
import type {
  Container,
  Destination,
  DestinationStatus,
  SentAs,
  StoredObject,
  TaskStatus,
  Upload,
  UploadParts,
  UploadPhase,
} from '../../../shared/domain.ts';
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
  /** Makes a link under which the server can fetch the file instead: a secret. null: it cannot. */
  readonly source: (() => Promise<string>) | null;
  /** It was followed while OBS wrote it: the rest goes before older files. */
  readonly followed: boolean;
  /** The connection broke in the last attempt; an answer may have been lost in the break. */
  readonly brokenBefore: boolean;
  /** Aborted on pause, cancel and shutdown: `send` then rejects with the signal's reason, its sockets closed. */
  readonly signal: AbortSignal;
  /**
   * Bytes of the file that the destination has acknowledged or the socket has taken in this attempt; never fewer than
   * before, and all of them only once their arrival is proven.
   */
  onProgress(bytesSent: number, detail?: ProgressDetail): void;
}

/** What a destination that takes files in parts tells besides bytes. */
export interface ProgressDetail {
  readonly parts: UploadParts;
  readonly phase: UploadPhase;
  /** Of a file that is still being written: how long it is by now, and as `Upload.behindMs`. */
  readonly bytesTotal?: number;
  readonly behindMs?: number;
}

/** How far the upload of a file is that is still being written. */
export interface FollowedNow {
  readonly bytesSent: number;
  readonly detail: ProgressDetail;
}

/** A file that OBS still writes. */
export interface FollowJob {
  readonly upload: Upload;
  readonly path: string;
  readonly fileName: string;
  /** Aborted once OBS does not write it any more. */
  readonly ended: AbortSignal;
  /** As `SendJob.signal`. */
  readonly signal: AbortSignal;
  /** Gives the queue something to ask now and then. */
  watch(now: () => FollowedNow): void;
}

/** What of an upload is at the destination already, as its journal knows. */
export interface StoredState {
  /** Bytes acknowledged. */
  readonly bytes: number;
  readonly parts: UploadParts;
  /** Once proven. */
  readonly object: StoredObject | null;
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
  /** SHA-256 of the file as sent, hex; null where its arrival was proven in another way. */
  readonly sha256: string | null;
  readonly bytes: number;
  /** Absent: `file`. */
  readonly sentAs?: SentAs;
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
  /**
   * Sends what it can of a file that OBS still writes; `send` then finds it there. Resolves once `ended` is aborted and
   * nothing is on its way. Absent: files are sent when they are final.
   * @throws as `send`
   */
  follow?(job: FollowJob): Promise<void>;
  /** Asks whether the destination is there and notes the answer in `status()`; never rejects. */
  checkHealth(): Promise<void>;
  /** Whether it fetches a file from a link, `SendJob.source`; null: not known yet. Absent: it never does. */
  acceptsSource?(): boolean | null;
  /** Of a destination that can go on where it was; null when nothing is there. */
  stored?(uploadId: string): StoredState | null;
  /**
   * The upload was cancelled: what is there of it is to go away, now or as soon as it can. Called in the transaction that
   * cancels it: writes the journal and does nothing else.
   */
  cancelled?(uploadId: string): void;
  /** Takes up what the last run of the agent left besides uploads. */
  start?(): void;
  /** Ends what is left of connections. */
  close(): Promise<void>;
}
