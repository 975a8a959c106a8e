/** What a session's card shows and offers, worked out from the session alone. */
import type { Recording, Session, SessionState, Upload, UploadState } from '../../../shared/domain.ts';
import type { UploadAction } from '../../agent/client.ts';

const offers: Record<UploadState, readonly UploadAction[]> = {
  queued: ['pause', 'cancel'],
  uploading: ['pause', 'cancel'],
  waiting: ['retry', 'pause', 'cancel'],
  paused: ['resume', 'cancel'],
  failed: ['retry'],
  completed: [],
  cancelled: ['retry'],
};

const taskFailed = ({ task }: Pick<Upload, 'task'>): boolean => task?.status === 'error' || task?.status === 'unknown';

/** The buttons of an upload. What arrived can be sent again once the server lost or failed its task. */
export function uploadActions({ state, task }: Pick<Upload, 'state' | 'task'>): readonly UploadAction[] {
  return state === 'completed' && taskFailed({ task }) ? ['retry'] : offers[state];
}

const ended: ReadonlySet<SessionState> = new Set(['recorded', 'interrupted']);
/** Whether a session is over, so that its files can be sent and it can be forgotten. */
export const isOver = ({ state }: Pick<Session, 'state'>): boolean => ended.has(state);

/** Whether a person may queue the session's files: it has ended, and one of its files is there, or may be there again. */
export const canUpload = (session: Session): boolean =>
  isOver(session) && session.recordings.some(({ state }) => state === 'ready' || state === 'missing');

/** Whether sending is what one would want: a file that is there was never queued. */
export const wantsUpload = (session: Session): boolean =>
  isOver(session) && session.recordings.some(({ state, uploads }) => state === 'ready' && uploads.length === 0);

/** The sizes of a session's files together, in bytes. */
export const sessionBytes = (session: Session): number => session.recordings.reduce((sum, { bytes }) => sum + bytes, 0);

export interface UploadOf {
  readonly recording: Recording;
  readonly upload: Upload;
}

/** All uploads of a session, file by file. */
export const uploadsOf = ({ recordings }: Session): readonly UploadOf[] =>
  recordings.flatMap((recording) => recording.uploads.map((upload) => ({ recording, upload })));

/** Nothing more is owed to this upload, or nobody waits for it. */
export function isSettled(upload: Upload): boolean {
  if (upload.state === 'cancelled') return true;
  const { status } = upload.task ?? { status: 'completed' };
  return upload.state === 'completed' && (status === 'completed' || status === 'completed_simple');
}

/** As many rows are calm; beyond, what is settled is only counted. */
const calmRows = 2;

/** The uploads that a card shows, and how many of all are settled where it does not show all. */
export function cardUploads(session: Session): { readonly rows: readonly UploadOf[]; readonly settled: number | null } {
  const all = uploadsOf(session);
  if (all.length <= calmRows) return { rows: all, settled: null };
  const open = all.filter(({ upload }) => !isSettled(upload));
  // What goes on or went wrong comes before what merely waits.
  const rows = [...open].sort((a, b) => Number(a.upload.state === 'queued') - Number(b.upload.state === 'queued'));
  return { rows: rows.slice(0, calmRows), settled: all.length - open.length };
}

/** 0..1 of an upload's bytes. */
export const uploadRatio = ({ bytesSent, bytesTotal }: Upload): number =>
  bytesTotal === 0 ? 0 : Math.min(1, bytesSent / bytesTotal);

/** How long an upload still takes at its present speed, in ms; null where that is anybody's guess. */
export function uploadRemainingMs({ bytesSent, bytesTotal, bytesPerSecond, phase }: Upload): number | null {
  if (bytesPerSecond === null || bytesPerSecond < 1 || phase === 'following') return null;
  return ((bytesTotal - bytesSent) / bytesPerSecond) * 1000;
}

/** Whether an upload's bar has something to say: while it follows the recording, there is no end to measure by. */
export const hasProgress = ({ state, phase }: Upload): boolean =>
  (state === 'uploading' && phase !== 'following') || state === 'paused';

/** A result's address, where it is one that a page may lead to: the server's answers are not to be trusted. */
export function resultLinks({ task }: Upload): readonly (readonly [name: string, url: string])[] {
  return Object.entries(task?.results ?? {}).filter(([, url]) => /^https?:\/\//i.test(url));
}
