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
  cancelled: ['retry'],
};

/** The buttons of an upload. What arrived can be sent again once the server lost or failed its task. */
export function uploadActions({ state, task }: Pick<Upload, 'state' | 'task'>): readonly UploadAction[] {
  const taskFailed = task?.status === 'error' || task?.status === 'unknown';
  return state === 'completed' && taskFailed ? ['retry'] : offers[state];
}

const ended: ReadonlySet<SessionState> = new Set(['recorded', 'interrupted']);
/** Whether a person may queue the session's files: it has ended, and one of its files was never queued. */
export function canUploadNow({ state, recordings }: Session): boolean {
  const files = recordings.filter((recording) => recording.state === 'ready');
  return ended.has(state) && files.some(({ uploads }) => uploads.length === 0);
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
