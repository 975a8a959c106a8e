/** Why an upload that has not failed does not go on, or not at full speed. Pure. */
import { type ErrorInfo, errorInfo } from '../../shared/errors.ts';
import type { UploadFields } from './upload-state.ts';

export interface NoticeFacts {
  /** What holds all uploads back now; null: nothing. */
  readonly policy: ErrorInfo | null;
  /** It waits until the same recording has arrived in Object Storage. */
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

/** @returns null: it goes on, it is paused, or it has settled */
export function uploadNotice(
  { state, error }: Pick<UploadFields, 'state' | 'error'>,
  { policy, waitsForOther }: NoticeFacts,
): ErrorInfo | null {
  if (state === 'uploading') return policy;
  if (state !== 'queued' && state !== 'waiting') return null;
  if (policy?.code === 'held_on_air') return policy;
  if (waitsForOther) return errorInfo('waits_for_object_storage');
  if (state === 'waiting' && error?.code === 'file_away') return errorInfo('file_away', error.params);
  if (state === 'waiting' && offlineReasons.has(error?.params?.reason)) return errorInfo('offline');
  return null;
}
