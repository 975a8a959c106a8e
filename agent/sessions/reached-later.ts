/** Recordings whose files could not be reached, because nobody had said what OBS's folder is called here. */
import type { Log } from '../log.ts';
import type { FileCloser } from './file-closer.ts';
import type { SessionBook } from './session-book.ts';
import { isActive } from './session-state.ts';

export interface ReachedLaterPorts {
  readonly book: Pick<SessionBook, 'apply' | 'dropNotices' | 'store'>;
  readonly closer: Pick<FileCloser, 'closeFiles'>;
  /** OBS's path as this machine knows it; null: it does not. */
  readonly pathHere: (told: string) => string | null;
  readonly log: Pick<Log, 'info'>;
}

/**
 * Takes in what was named by a path that means something here by now: it is treated as any recording of its session. What is recorded at
 * this moment is taken up by itself.
 */
export function takeReachedLater({ book, closer, pathHere, log }: ReachedLaterPorts): void {
  for (const { id, run, notices } of book.store.withNotice('path_not_reachable')) {
    // A file that is known was named by a path of this system, under which there was nothing.
    if (isActive(run.state) || run.files.length > 0) continue;
    const told = notices.flatMap(({ code, params }) => (code === 'path_not_reachable' ? String(params?.path) : []));
    const files = told.map(pathHere).filter((file) => file !== null);
    if (files.length === 0) continue;
    book.dropNotices(
      id,
      ({ code, params }) => code === 'path_not_reachable' && pathHere(String(params?.path)) !== null,
    );
    for (const file of files) {
      log.info({ sessionId: id, path: file }, 'what OBS recorded is reachable from here by now');
      closer.closeFiles(book.apply(id, { type: 'file_added', at: run.startedAt, path: file }));
    }
  }
}
