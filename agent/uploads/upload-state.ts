/** The life of an upload as a pure function: `(fields, event) → fields`. */
import type { UploadState } from '../../shared/domain.ts';
import type { ErrorCode, ErrorInfo } from '../../shared/errors.ts';
import { backoffDelay } from '../backoff.ts';
import type { FileContent } from '../files/recording-file.ts';
import { isRetryable, needsNewKey } from './destinations/failures.ts';

/** What changes in an upload. Instants are ms since 1970. */
export interface UploadFields {
  readonly state: UploadState;
  readonly attempts: number;
  /** Counts the contents sent under this upload; each has its own idempotency key. */
  readonly generation: number;
  readonly nextAttemptAt: number | null;
  readonly error: ErrorInfo | null;
  readonly bytesTotal: number;
  /** The file's modification time as of this generation's first attempt; null before it. */
  readonly fileModifiedAt: number | null;
  readonly sha256: string | null;
  readonly completedAt: number | null;
}

export type UploadEvent =
  | { readonly type: 'start' }
  | { readonly type: 'measure'; readonly content: FileContent }
  /** The attempt is gone without a result: the agent ended, or could not write the result down. */
  | { readonly type: 'interrupt' }
  | {
      readonly type: 'fail';
      readonly code: ErrorCode;
      readonly error: ErrorInfo;
      readonly retryAfterMs: number | null;
      readonly at: number;
      /** 0..1, for the jitter of the next attempt's time. */
      readonly random: number;
    }
  | { readonly type: 'complete'; readonly sha256: string | null; readonly bytes: number; readonly at: number }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  /** `taskFailed`: the file has arrived, but the server's task failed, or the server no longer knows it. */
  | { readonly type: 'retry'; readonly taskFailed: boolean }
  | { readonly type: 'cancel' };

/** A server whose answers never fit what was sent is not sent it again for ever. */
const mostGenerations = 5;

/** Whether an upload has not settled: it is queued, on its way, waits, or is paused. */
export const isOpen = (state: UploadState): boolean =>
  state === 'queued' || state === 'uploading' || state === 'waiting' || state === 'paused';

/** Whether an upload has settled: it is completed, failed or cancelled. The latter two can be tried again. */
export const isSettled = (state: UploadState): boolean => !isOpen(state);

const queuedNow = { state: 'queued', nextAttemptAt: null, error: null } as const;

/** @returns the fields after the event, or null where the event means nothing in this state */
export function nextUpload(fields: UploadFields, event: UploadEvent): UploadFields | null {
  const { state } = fields;
  switch (event.type) {
    case 'start':
      if (state !== 'queued' && state !== 'waiting') return null;
      return { ...fields, state: 'uploading', attempts: fields.attempts + 1, nextAttemptAt: null, error: null };

    case 'measure': {
      if (state !== 'uploading') return null;
      const { bytes, modifiedAt } = event.content;
      const changed =
        fields.fileModifiedAt !== null && (fields.fileModifiedAt !== modifiedAt || fields.bytesTotal !== bytes);
      const generation = fields.generation + (changed ? 1 : 0);
      return { ...fields, bytesTotal: bytes, fileModifiedAt: modifiedAt, generation };
    }

    case 'interrupt':
      return state === 'uploading' ? { ...fields, ...queuedNow } : null;

    case 'fail': {
      if (state !== 'uploading') return null;
      const { code, error, at, random, retryAfterMs } = event;
      const renew = needsNewKey(code);
      if (!isRetryable(code) || (renew && fields.generation >= mostGenerations)) {
        return { ...fields, state: 'failed', error, nextAttemptAt: null };
      }
      const nextAttemptAt = at + backoffDelay(fields.attempts, random, retryAfterMs);
      const waiting = { ...fields, state: 'waiting', error, nextAttemptAt } as const;
      // The new generation has no content yet: the next measurement gives it one.
      return renew ? { ...waiting, generation: fields.generation + 1, fileModifiedAt: null } : waiting;
    }

    case 'complete':
      // Also when it was paused while the server's answer was on its way: what arrived has arrived.
      if (!isOpen(state)) return null;
      return {
        ...fields,
        state: 'completed',
        error: null,
        nextAttemptAt: null,
        bytesTotal: event.bytes,
        sha256: event.sha256,
        completedAt: event.at,
      };

    case 'pause':
      return state === 'queued' || state === 'uploading' || state === 'waiting'
        ? { ...fields, state: 'paused', nextAttemptAt: null }
        : null;

    case 'resume':
      return state === 'paused' ? { ...fields, ...queuedNow } : null;

    case 'retry':
      if (state === 'completed' && event.taskFailed) {
        // The same key would be answered with the failed task.
        const generation = fields.generation + 1;
        const cleared = { attempts: 0, fileModifiedAt: null, sha256: null, completedAt: null };
        return { ...fields, ...queuedNow, ...cleared, generation };
      }
      if (state !== 'failed' && state !== 'cancelled' && state !== 'waiting') return null;
      return { ...fields, ...queuedNow, attempts: 0 };

    case 'cancel':
      return state === 'completed' || state === 'cancelled'
        ? null
        : { ...fields, state: 'cancelled', nextAttemptAt: null };
  }
}
