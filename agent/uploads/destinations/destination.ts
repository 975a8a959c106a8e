/**
 * The port to destinations: what the queue knows of one, whatever it is. A new destination implements `DestinationDriver` and
 * is built in `agent/delivery.ts`; `destination-contract-fixture.ts` has the tests that each must pass.
 */
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
import type { FileContent } from '../../files/recording-file.ts';

/** A finished file that is to be sent. */
export interface SendJob {
  readonly upload: Upload;
  readonly path: string;
  readonly fileName: string;
  readonly container: Container | null;
  /** Counts the contents sent under this upload, from 1. */
  readonly generation: number;
  /** What the file is, as measured before the attempt; anything else is `file_changing`. */
  readonly content: FileContent;
  /** Makes a link under which the server can fetch the file instead: a secret. null: there is none, the file is sent. */
  readonly source: (() => Promise<string>) | null;
  /** `follow` has sent parts of it in this attempt: the rest goes before older files. */
  readonly followed: boolean;
  /** The connection broke in the last attempt; an answer may have been lost in the break. */
  readonly brokenBefore: boolean;
  /** Aborted on pause, cancel and shutdown: `send` then rejects with the signal's reason, its sockets closed. */
  readonly signal: AbortSignal;
  /**
   * Called with the bytes of the file that the destination has acknowledged or the socket has taken; all of them only once
   * their arrival is proven. What is sent again after a break may be told as fewer: the queue never shows less than before.
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
  /** Gives the queue a function that says how far it is; it is called now and then until `follow` has ended. */
  watch(now: () => FollowedNow): void;
}

/** What of an upload is at the destination already, as its journal knows. */
export interface StoredState {
  /** Bytes acknowledged. */
  readonly bytes: number;
  readonly parts: UploadParts;
  /** Once proven. */
  readonly object: StoredObject | null;
  /** What proves the object; null: none yet, or not known. */
  readonly provenBy: Upload['provenBy'];
}

/** The task that the server has begun for a file. */
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

  /** Asked by REST, by every dock's snapshot, and after each change of the settings: what is set up, and what was seen of it. */
  status(): DestinationStatus;

  /** Asked before every attempt, and when a recording is queued: whether it is set up. Where not, its uploads wait. */
  configured(): boolean;

  /**
   * Called by the queue for each attempt at an upload whose file is final; of each driver one runs at a time, and beside it one
   * for each recording that `follow` was called for. Sends the file and proves that it arrived; goes on where an earlier
   * attempt ended, as far as the destination can.
   * @throws StreamAIError, a DestinationError where the server asked for patience; `isRetryable` says whether it is tried again.
   *   The signal's reason once that is aborted
   */
  send(job: SendJob): Promise<SendResult>;

  /**
   * Called by the queue for each attempt at an upload whose file OBS still writes; `send` comes after it in the same attempt, or in
   * a later one. Sends what can no longer change. Resolves once `ended` is aborted and nothing is on its way. Absent: files
   * are sent when they are final.
   * @throws as `send`
   */
  follow?(job: FollowJob): Promise<void>;

  /**
   * Called by the queue at its start and once a minute while uploads are open, by REST's test, after a change of the settings, and by
   * the driver itself after a failure: asks whether the destination is there, and notes the answer in `status()`. Never
   * rejects.
   */
  checkHealth(): Promise<void>;

  /**
   * Asked by the queue while an upload could be fetched from where another one has stored it: whether it fetches a file from a
   * link, `SendJob.source`; null: not known yet. Absent: it never does.
   */
  acceptsSource?(): boolean | null;

  /**
   * Asked whenever an upload is shown: what of it is there. Only of a destination that can go on where it was; null when nothing is
   * there.
   */
  stored?(uploadId: string): StoredState | null;

  /**
   * Called by the queue within the transaction that cancels an upload, also while its attempt is still ending: what is there of it
   * is to go away. Writes that down, and leaves what acts on it to `afterCommit`.
   */
  cancelled?(uploadId: string): void;

  /** Called by the queue once, before the first attempt: takes up what the last run of the agent left besides uploads. */
  start?(): void;

  /** Called by the queue when the agent ends and no attempt is left; may be called again. Resolves when no socket is left. */
  close(): Promise<void>;
}
