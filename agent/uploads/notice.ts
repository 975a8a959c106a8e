/** Why an upload that has not failed does not go on, or not at full speed: a pure function. */
import { type ErrorInfo, errorInfo } from '../../shared/errors.ts';
import type { UploadFields } from './upload-state.ts';

export interface NoticeFacts {
  /** What holds all uploads back now, in words; null: nothing. */
  readonly policy: ErrorInfo | null;
  /** The upload waits for that of the same recording to Object Storage. */
  readonly waitsForOther: boolean;
}

/** Failures of this machine's own network rather than of a server (https://man7.org/linux/man-pages/man3/errno.3.html). */
const offlineReasons: ReadonlySet<unknown> = new Set([
  'ENETUNREACH',
  'ENETDOWN',
  'EHOSTUNREACH',
  'EADDRNOTAVAIL',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

export function uploadNotice(
  { state, error }: Pick<UploadFields, 'state' | 'error'>,
  { policy, waitsForOther }: NoticeFacts,
): ErrorInfo | null {
  if (state === 'uploading') return policy;
  if (state !== 'queued' && state !== 'waiting') return null;
  if (policy?.code === 'held_on_air') return policy;
  if (waitsForOther) return errorInfo('waits_for_object_storage');
  if (state === 'waiting' && offlineReasons.has(error?.params?.reason)) return errorInfo('offline');
  return null;
}
