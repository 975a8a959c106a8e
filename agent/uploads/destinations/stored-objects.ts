/** What a destination that stores objects can do beside sending them: what REST, send-once and retention ask of it. */
import type { ErrorInfo } from '../../../shared/errors.ts';

/** A link that anybody who has it can read the object with, for a while: a secret. */
export interface PresignedLink {
  readonly url: string;
  /** ms since 1970 */
  readonly expiresAt: number;
}

/** A multipart upload that was begun and neither completed nor aborted, and belongs to none of our open uploads. */
export interface OrphanUpload {
  readonly key: string;
  /** The store's id of the multipart upload, not ours. */
  readonly uploadId: string;
  /** ms since 1970; null where the store does not say. */
  readonly initiatedAt: number | null;
  /** Of its parts. */
  readonly bytes: number;
}

export interface StoredObjects {
  /** A small real round trip. @returns what is wrong, in words with their fix; null: nothing */
  test(signal: AbortSignal): Promise<ErrorInfo | null>;
  /**
   * Proves afresh that a completed upload's object is what the local file is now: size by HEAD, ETag recomputed.
   * @returns what is wrong; null: proven
   */
  verify(uploadId: string, signal: AbortSignal): Promise<ErrorInfo | null>;
  /** @throws StreamAIError upload_state when the upload's object is not complete */
  presign(uploadId: string, expiresInSeconds: number): Promise<PresignedLink>;
  orphans(signal: AbortSignal): Promise<OrphanUpload[]>;
  abortOrphan(orphan: Pick<OrphanUpload, 'key' | 'uploadId'>, signal: AbortSignal): Promise<void>;
}
