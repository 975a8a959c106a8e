/** The JSON beside an object: what the recording is, without secrets and without anything of this machine. */
// Tests: metadata-writer.test.ts
import type { Mark, Recording, Session, StoredObject } from '../../../../shared/domain.ts';

export interface MetadataFacts {
  readonly session: Session;
  readonly recordingId: string;
  readonly object: StoredObject;
  readonly bytes: number;
}

export const metadataKey = (key: string): string => `${key}.json`;

/**
 * The document for one recording. Its fields are picked one by one, so that what a session may get later does not leave the machine
 * by itself. None changes with the clock, such as the length of a session that is still being recorded: it is written again
 * whenever it changes, and the first file of a split may be complete while the second one is recorded.
 */
export function metadataJson({ session, recordingId, object, bytes }: MetadataFacts): Buffer {
  const { id, name, startedAt, stoppedAt, notes, marks, metadata } = session;
  const durationMs = stoppedAt === null ? null : session.durationMs;
  const recording = session.recordings.find((candidate) => candidate.id === recordingId);
  const document = {
    session: { id, name, startedAt, stoppedAt, durationMs, notes, marks: marks.map(ofMark), metadata },
    recording: recording === undefined ? null : ofRecording(recording),
    object: { key: object.key, etag: object.etag, bytes },
  };
  return Buffer.from(`${JSON.stringify(document, null, 2)}\n`);
}

/** `atMs`: recorded time without pauses, over all recordings of the session; a recording begins at its `startMs`. */
function ofMark({ kind, atMs, text, inFile, createdAt }: Mark) {
  return { kind, atMs, text, inFile, createdAt };
}

function ofRecording({ number, fileName, container, finalised, startMs, startedAt, endedAt }: Recording) {
  return { number, fileName, container, finalised, startMs, startedAt, endedAt };
}
