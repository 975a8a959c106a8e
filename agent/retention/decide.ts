/** Which local recording may go next, as a pure function. Whether its copy is really there is proven afterwards, each time. */
import type { Session, Upload } from '../../shared/domain.ts';
import type { Settings } from '../../shared/settings.ts';
import { isOpen } from '../uploads/upload-state.ts';

export type RetentionSettings = Pick<Settings, 'deleteLocal' | 'keepLast' | 'keepFreeBytes'>;

/** What the decision needs of a session. */
export interface SessionFiles extends Pick<Session, 'id' | 'state'> {
  readonly recordings: readonly (Pick<Session['recordings'][number], 'id' | 'number' | 'state' | 'path' | 'bytes'> & {
    readonly uploads: readonly Pick<Upload, 'id' | 'destination' | 'state'>[];
  })[];
}

export interface Deletion {
  readonly sessionId: string;
  readonly recordingId: string;
  /** 1-based place within its session. */
  readonly number: number;
  readonly path: string;
  /** Completed uploads whose copy may be proven, by id; the surest first. */
  readonly witnesses: readonly string[];
}

/**
 * Decides which recording goes next.
 * @param sessions that have local files, newest first
 * @param freeBytes of the disk that a file lies on; null: not known
 * @param refused recordings that could not be deleted lately
 * @returns the oldest recording that may go; null: none
 */
export function nextDeletion(
  sessions: readonly SessionFiles[],
  { deleteLocal, keepLast, keepFreeBytes }: RetentionSettings,
  freeBytes: (path: string) => number | null,
  refused: ReadonlySet<string>,
): Deletion | null {
  if (deleteLocal === 'never') return null;
  for (const session of sessions.slice(keepLast ?? 0).reverse()) {
    if (session.state !== 'recorded' && session.state !== 'interrupted') continue;
    for (const { id: recordingId, number, state, path, uploads } of session.recordings) {
      const witnesses = state === 'ready' && !refused.has(recordingId) ? witnessesOf(uploads) : [];
      if (witnesses.length === 0) continue;
      const free = keepFreeBytes === null ? null : freeBytes(path);
      if (keepFreeBytes !== null && (free === null || free >= keepFreeBytes)) continue;
      return { sessionId: session.id, recordingId, number, path, witnesses };
    }
  }
  return null;
}

/**
 * The uploads that can bear witness for a recording. An open upload still needs the file, and so may one that failed, unless
 * the same destination got the file later.
 * @param uploads oldest first
 * @returns ids, Object Storage first: it always has a checksum to compare; none where the file is still needed
 */
function witnessesOf(uploads: readonly Pick<Upload, 'id' | 'destination' | 'state'>[]): string[] {
  const last = new Map(
    uploads.filter(({ state }) => state !== 'cancelled').map((upload) => [upload.destination, upload]),
  );
  const open = uploads.some(({ state }) => isOpen(state));
  if (open || [...last.values()].some(({ state }) => state !== 'completed')) return [];
  return (['object-storage', 'processing'] as const).flatMap((destination) => last.get(destination)?.id ?? []);
}
