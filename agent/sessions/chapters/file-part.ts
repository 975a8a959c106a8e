/** The part of a session that one of its files holds, as if it were a session of its own. */
import path from 'node:path';
import type { Session } from '../../../shared/domain.ts';
import { StreamAIError } from '../../../shared/errors.ts';

/** What of a session its chapters are made of. */
export interface ChapterSource extends Pick<Session, 'name' | 'durationMs' | 'marks'> {
  /** Every mark of the session: a chapter without a name goes by its number among all. */
  readonly allMarks: Session['marks'];
}

/**
 * @param recordingId null: the whole session
 * @returns marks of other files left out, the others counted from the file's beginning; named after the file, as players look for it
 * @throws StreamAIError recording_not_found | recording_place_unknown
 */
export function filePart(session: Session, recordingId: string | null): ChapterSource {
  const { name, durationMs, marks, recordings } = session;
  if (recordingId === null) return { name, durationMs, marks, allMarks: marks };
  const index = recordings.findIndex(({ id }) => id === recordingId);
  const file = recordings[index];
  if (file === undefined) throw new StreamAIError('recording_not_found');
  const next = recordings[index + 1];
  const { startMs } = file;
  const endMs = next === undefined ? durationMs : next.startMs;
  if (startMs === null || endMs === null) throw new StreamAIError('recording_place_unknown');
  // What stands at the very end of the session is in its last file.
  const isIn = (atMs: number): boolean => atMs >= startMs && (next === undefined || atMs < endMs);
  return {
    name: path.parse(file.fileName).name,
    durationMs: Math.max(0, endMs - startMs),
    marks: marks.filter(({ atMs }) => isIn(atMs)).map((mark) => ({ ...mark, atMs: mark.atMs - startMs })),
    allMarks: marks,
  };
}
