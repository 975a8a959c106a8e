/**
 * Whether what OBS writes is to be seen here. OBS may run on another machine, or have mounted things differently: then nothing is there
 * under its path, or another file is, although the folder exists.
 */
import { statRecording } from '../files/open-recording.ts';
import { inodeOf, modifiedAtOf } from '../files/recording-file.ts';
import type { Log } from '../log.ts';
import type { SessionBook } from './session-book.ts';
import type { StoredSession } from './session-store.ts';

/** Clocks of two machines differ (ms). */
const clocksMs = 2 * 60_000;

/** Whether a file was last written before a session began, so that it is none of its recordings. Both ms since 1970. */
export const isOlder = (modifiedAt: number, startedAt: number): boolean => modifiedAt < startedAt - clocksMs;

/** Writes down of each file that it was seen while OBS wrote it, and where it lies. */
export class SeenFiles {
  readonly #book: Pick<SessionBook, 'apply' | 'store'>;
  readonly #log: Pick<Log, 'warn'>;
  #looking = false;

  constructor(book: Pick<SessionBook, 'apply' | 'store'>, log: Pick<Log, 'warn'>) {
    this.#book = book;
    this.#log = log;
  }

  /** Looks at those of a session that have not been seen yet; one look at a time, since a share that is away takes its time. */
  async look({ id, run }: StoredSession): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      for (const { number, path, inode } of run.files) {
        const there = inode === null ? await statRecording(path).catch(() => null) : null;
        if (there === null || isOlder(modifiedAtOf(there), run.startedAt) || !this.#book.store.find(id)) continue;
        this.#book.apply(id, { type: 'file_seen', number, inode: inodeOf(there) });
      }
    } catch (error) {
      this.#log.warn({ err: error }, 'that a file is there could not be written down');
    } finally {
      this.#looking = false;
    }
  }
}
