/** What uploads ask of recordings: the session store answers. */
import type { Container } from '../../shared/domain.ts';
import type { ClosedFile } from '../files/recording-file.ts';

export interface RecordingFile {
  readonly path: string;
  readonly fileName: string;
  /** null: not known yet. */
  readonly container: Container | null;
  /** What OBS closed; null: it still writes, or nobody knows. */
  readonly closed: ClosedFile | null;
}

export interface Recordings {
  /** Where a recording's file is now; null when the recording is not known. Asked before each attempt, and for each proof. */
  recordingFile(recordingId: string): RecordingFile | null;
  /** Recordings that OBS writes, or has not closed yet. Asked at each look of the queue. */
  unclosed(): readonly string[];
}
