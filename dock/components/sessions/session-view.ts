/** What a session's card shows and offers: pure functions of the session. */
import type { Recording, Session, SessionState, Upload, UploadState } from '../../../shared/domain.ts';
import type { ErrorInfo } from '../../../shared/errors.ts';
import type { UploadAction } from '../../agent/client.ts';

const actionsOf: Record<UploadState, readonly UploadAction[]> = {
  queued: ['pause', 'cancel'],
  uploading: ['pause', 'cancel'],
  waiting: ['retry', 'pause', 'cancel'],
  paused: ['resume', 'cancel'],
  failed: ['retry'],
  completed: [],
  cancelled: ['retry'],
};

const taskFailed = ({ task }: Pick<Upload, 'task'>): boolean => task?.status === 'error' || task?.status === 'unknown';

/** The buttons of an upload. A completed one can be sent again where the server failed its task or no longer knows it. */
export function uploadActions({ state, task }: Pick<Upload, 'state' | 'task'>): readonly UploadAction[] {
  return state === 'completed' && taskFailed({ task }) ? ['retry'] : actionsOf[state];
}

const overStates: ReadonlySet<SessionState> = new Set(['recorded', 'interrupted']);
/** Whether a session is over: then its files can be uploaded by hand, and it can be forgotten. */
export const isOver = ({ state }: Pick<Session, 'state'>): boolean => overStates.has(state);

/** Whether a person may upload the session's files: it is over, and a file is there, or missing and perhaps back. */
export const canUpload = (session: Session): boolean =>
  isOver(session) && session.recordings.some(({ state }) => state === 'ready' || state === 'missing');

/** Whether the card itself offers the upload: a file that is there was never queued. */
export const wantsUpload = (session: Session): boolean =>
  isOver(session) && session.recordings.some(({ state, uploads }) => state === 'ready' && uploads.length === 0);

/** A notice of a session, and the file that a person is asked about below it. */
export interface ShownNotice {
  readonly info: ErrorInfo;
  /** Its path; null: nothing is asked here. */
  readonly ask: string | null;
  /** Whether it is a recording of the session that is not sent by itself; else it may be one. */
  readonly held: boolean;
}

/** Both kinds of slashes: the agent may run on Windows. */
export const baseName = (path: string): string =>
  path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);

const isLeft = ({ params }: ErrorInfo): boolean => params?.left === 1;

/** What the card says of a session: what speaks against one file is asked about once, below the last of it. */
export function shownNotices({ notices }: Pick<Session, 'notices'>): readonly ShownNotice[] {
  const fileOf = ({ code, params }: ErrorInfo): string | null =>
    /^file_(?:uncertain|held_)/.test(code) ? String(params?.file) : null;
  const shown = notices.filter((info) => !isLeft(info));
  return shown.map((info, place) => {
    const file = fileOf(info);
    const goesOn = shown.slice(place + 1).some((later) => fileOf(later) === file);
    return { info, ask: goesOn ? null : file, held: info.code !== 'file_uncertain' };
  });
}

/** The names of the files that a person has left alone. */
export const leftFiles = ({ notices }: Pick<Session, 'notices'>): readonly string[] => [
  ...new Set(notices.filter(isLeft).map(({ params }) => baseName(String(params?.file)))),
];

/** The sizes of a session's files together, in bytes. */
export const sessionBytes = (session: Session): number => session.recordings.reduce((sum, { bytes }) => sum + bytes, 0);

/** An upload with the recording that it belongs to. */
export interface UploadOf {
  readonly recording: Recording;
  readonly upload: Upload;
}

/** All uploads of a session, file by file. */
export const uploadsOf = ({ recordings }: Session): readonly UploadOf[] =>
  recordings.flatMap((recording) => recording.uploads.map((upload) => ({ recording, upload })));

/** Whether an upload has reached all that it will: it is completed, its task too, or a person cancelled it. */
export function isDone(upload: Upload): boolean {
  if (upload.state === 'cancelled') return true;
  const { status } = upload.task ?? { status: 'completed' };
  return upload.state === 'completed' && (status === 'completed' || status === 'completed_simple');
}

/** The most uploads that a card shows. */
const maxRows = 2;

/**
 * The uploads that a card shows. Of more than `maxRows` it shows those that are not done, and says how many of all are
 * (`doneCount`; null where it shows all).
 */
export function cardUploads(session: Session): {
  readonly rows: readonly UploadOf[];
  readonly doneCount: number | null;
} {
  const all = uploadsOf(session);
  if (all.length <= maxRows) return { rows: all, doneCount: null };
  const open = all.filter(({ upload }) => !isDone(upload));
  // Those that are only queued come last.
  const rows = [...open].sort((a, b) => Number(a.upload.state === 'queued') - Number(b.upload.state === 'queued'));
  return { rows: rows.slice(0, maxRows), doneCount: all.length - open.length };
}

/** How much of an upload's bytes is sent, 0..1. */
export const uploadRatio = ({ bytesSent, bytesTotal }: Upload): number =>
  bytesTotal === 0 ? 0 : Math.min(1, bytesSent / bytesTotal);

/** How long an upload still takes at its present speed, in ms; null where that cannot be said. */
export function uploadRemainingMs({ bytesSent, bytesTotal, bytesPerSecond, phase }: Upload): number | null {
  if (bytesPerSecond === null || bytesPerSecond < 1 || phase === 'following') return null;
  return ((bytesTotal - bytesSent) / bytesPerSecond) * 1000;
}

/** Whether an upload has a progress bar. Not while it follows the recording, whose final size is not known. */
export const hasProgress = ({ state, phase }: Upload): boolean =>
  (state === 'uploading' && phase !== 'following') || state === 'paused';

/**
 * Whether its arrival was proven by what the destination acknowledged of its parts, their MD5 and the size of the whole, because the
 * object's ETag is no MD5. An agent that does not say how it was proven means the usual way.
 */
export const isProvenByParts = (upload: Upload): boolean =>
  upload.provenBy === 'parts';

/** The results of an upload's task. Only links to the web: the server's answer is not trusted. */
export function resultLinks({ task }: Upload): readonly (readonly [name: string, url: string])[] {
  return Object.entries(task?.results ?? {}).filter(([, url]) => /^https?:\/\//i.test(url));
}
