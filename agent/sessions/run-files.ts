/** The files of a run: what is known of each, and where in the recording it begins. Pure. */
import type { Container, RecordingState } from '../../shared/domain.ts';

export interface RunFile {
  /** 1-based. */
  readonly number: number;
  readonly path: string;
  readonly state: RecordingState;
  readonly bytes: number;
  readonly container: Container | null;
  /** Whether its container was closed properly; null as long as that is not known, and where the container does not tell. */
  readonly finalised: boolean | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** Recorded time at which it begins, ms; null: nobody saw the split, and the file before does not tell. */
  readonly startMs: number | null;
  /** How long it plays, as it says itself; null: it is not closed, or does not say. */
  readonly durationMs: number | null;
  /** When it was last written before OBS closed it; null until it is ready. */
  readonly modifiedAt: number | null;
  /** Where it lies (`inodeOf`); null until it was seen here. */
  readonly inode: string | null;
}

/** One that OBS begins to write. @param startedAt ms since 1970 */
export function newFile(number: number, path: string, startedAt: number, startMs: number | null): RunFile {
  const unknown = { container: null, finalised: null, endedAt: null, durationMs: null, modifiedAt: null, inode: null };
  return { number, path, state: 'writing', bytes: 0, startedAt, startMs, ...unknown };
}

/** OBS writes it no longer. @param at ms since 1970 */
export function endFile(file: RunFile, at: number): RunFile {
  return file.state === 'writing' ? { ...file, state: 'finalising', endedAt: at } : file;
}

/** A file whose split nobody saw begins where the one before it ends. */
export function placed(files: readonly RunFile[]): RunFile[] {
  let endMs: number | null = 0;
  return files.map((file) => {
    const startMs: number | null = file.startMs ?? endMs;
    endMs = startMs === null || file.durationMs === null ? null : startMs + file.durationMs;
    return startMs === file.startMs ? file : { ...file, startMs };
  });
}
