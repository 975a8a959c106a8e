/** What a session's card shows and offers, worked out from the session alone. */
import type { Session, SessionState, Upload, UploadState } from '../../shared/domain.ts';
import type { UploadAction } from './client.ts';

const offers: Record<UploadState, readonly UploadAction[]> = {
  queued: ['pause', 'cancel'],
  uploading: ['pause', 'cancel'],
  waiting: ['retry', 'pause', 'cancel'],
  paused: ['resume', 'cancel'],
  failed: ['retry'],
  completed: [],
  cancelled: [],
};

/** The buttons of an upload. */
export const uploadActions = (state: UploadState): readonly UploadAction[] => offers[state];

const ended: ReadonlySet<SessionState> = new Set(['recorded', 'interrupted']);
const settled: ReadonlySet<UploadState> = new Set(['completed', 'cancelled']);

/**
 * Whether a person may queue the session's files, and how to call it: `first` where nothing arrived yet, `again` where the
 * server lost or failed what it got. Null: not now, or not needed.
 */
export function manualUpload(session: Session): 'first' | 'again' | null {
  const files = session.recordings.filter(({ state }) => state === 'ready');
  if (!ended.has(session.state) || files.length === 0) return null;
  const uploads = files.flatMap((file) => file.uploads);
  if (uploads.some(({ state }) => !settled.has(state))) return null;
  if (files.some((file) => !file.uploads.some(({ state }) => state === 'completed'))) return 'first';
  const last = files.map((file) => file.uploads.at(-1)?.task?.status);
  return last.some((status) => status === 'error' || status === 'unknown') ? 'again' : null;
}

/** The sizes of a session's files together, in bytes. */
export const sessionBytes = (session: Session): number => session.recordings.reduce((sum, { bytes }) => sum + bytes, 0);

/** 0..1 of an upload's bytes. */
export const uploadRatio = ({ bytesSent, bytesTotal }: Upload): number =>
  bytesTotal === 0 ? 0 : Math.min(1, bytesSent / bytesTotal);

/** How long an upload still takes at its present speed, in ms; null where that is anybody's guess. */
export function uploadRemainingMs({ bytesSent, bytesTotal, bytesPerSecond }: Upload): number | null {
  if (bytesPerSecond === null || bytesPerSecond < 1) return null;
  return ((bytesTotal - bytesSent) / bytesPerSecond) * 1000;
}

/** Whether an upload's bar has something to say. */
export const hasProgress = ({ state }: Upload): boolean => state === 'uploading' || state === 'paused';
