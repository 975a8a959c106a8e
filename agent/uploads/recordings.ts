/** What uploads ask about recordings; the session store answers. */
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
  /** Asked in each attempt, and for each proof: where a recording's file is now; null when the recording is not known. */
  recordingFile(recordingId: string): RecordingFile | null;
  /**
   * Asked again and again before a file is followed, and where nobody knows what OBS closed: whether what lies there may be sent all
   * the same.
   */
  mayFollow(recordingId: string): Promise<boolean>;
  /** Asked whenever the queue looks what it can start: the recordings whose files OBS has not closed yet, by id. */
  unclosed(): readonly string[];
}
