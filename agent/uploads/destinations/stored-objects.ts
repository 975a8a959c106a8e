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
  /** Begun within the last day: another station may still be sending it. */
  readonly young: boolean;
  /** Another station that has claimed the key, by its id; null: none has, or it is not known. */
  readonly station: string | null;
}

/** What a small real round trip found: what is wrong, and what there is to say although nothing is; null: nothing. */
export interface StoreTest {
  readonly problem: ErrorInfo | null;
  readonly notice: ErrorInfo | null;
}

export interface StoredObjects {
  test(signal: AbortSignal): Promise<StoreTest>;
  /**
   * Proves afresh that a completed upload's object is what the local file is now: size by HEAD, ETag recomputed.
   * @returns what is wrong; null: proven
   */
  verify(uploadId: string, signal: AbortSignal): Promise<ErrorInfo | null>;
  /**
   * @param forPerson whoever gets it should hear here, and not from the store, that the keys may not read
   * @throws StreamAIError upload_state when the upload's object is not complete; storage_denied
   */
  presign(uploadId: string, expiresInSeconds: number, forPerson?: boolean): Promise<PresignedLink>;
  orphans(signal: AbortSignal): Promise<OrphanUpload[]>;
  /**
   * @param sure also a young one, or a known station's, which may still be sending it
   * @throws StreamAIError storage_orphan_young | storage_orphan_station
   */
  abortOrphan(orphan: Pick<OrphanUpload, 'key' | 'uploadId'>, sure: boolean, signal: AbortSignal): Promise<void>;
}
