/** A session as clients see it, made of what is stored and of its uploads. Pure. */
import path from 'node:path';
import type { Mark, Recording, Session, Upload } from '../../shared/domain.ts';
import { plainText } from '../plain-text.ts';
import { pausesOf, type RunFile } from './session-state.ts';
import type { StoredSession } from './session-store.ts';

/** Uploads by recording id; a recording without any may be absent. */
export type UploadsByRecording = ReadonlyMap<string, Upload[]>;

/**
 * @param durationMs recorded time by now
 * @param revision only of a session that a client is shown
 */
export function viewSession(
  session: StoredSession,
  uploads: UploadsByRecording,
  durationMs: number,
  revision = 0,
): Session {
  const { run, fileIds, metadata, marks, notices, ...chosen } = session;
  // OBS writes chapters when it closes a file: one that it never closed has none.
  const closed = run.files.every((file) => file.finalised !== false);
  return {
    ...chosen,
    revision,
    marks: marks.map((mark): Mark => ({ ...mark, inFile: mark.inFile && closed })),
    state: run.state,
    startedAt: new Date(run.startedAt).toISOString(),
    stoppedAt: instant(run.stoppedAt),
    durationMs,
    metadata: { ...metadata, ...pausesOf(run) },
    notices: [...notices],
    recordings: run.files.map((file, index) => {
      const id = fileIds[index] ?? '';
      return viewRecording(session.id, id, file, uploads.get(id) ?? []);
    }),
  };
}

function viewRecording(sessionId: string, id: string, file: RunFile, uploads: Upload[]): Recording {
  const { startedAt, endedAt, durationMs: _, modifiedAt: _modifiedAt, inode: _inode, ...facts } = file;
  return {
    ...facts,
    id,
    sessionId,
    fileName: plainText(path.basename(file.path)),
    startedAt: new Date(startedAt).toISOString(),
    endedAt: instant(endedAt),
    uploads,
  };
}

const instant = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
