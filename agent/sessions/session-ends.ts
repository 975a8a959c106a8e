/** The end of a session, whoever noticed it: every file that belongs to it, the reason where OBS gave up, and on to the closer. */
import path from 'node:path';
import { localFiles } from '../files/local-files.ts';
import type { Log } from '../log.ts';
import type { FileCloser } from './file-closer.ts';
import type { LostWatch } from './lost-watch.ts';
import type { Observer } from './observer.ts';
import type { Heard, RecordedClock } from './recorded-clock.ts';
import type { FailureCode, SessionBook } from './session-book.ts';
import { type Ending, isActive, type Moment, type RunEvent } from './session-state.ts';
import type { StoredSession } from './session-store.ts';
import type { SplitCatchUp } from './split-catch-up.ts';

export interface SessionEndsPorts {
  readonly book: SessionBook;
  readonly closer: Pick<FileCloser, 'closeFiles'>;
  readonly catchUp: SplitCatchUp;
  readonly observer: Pick<Observer, 'rest'>;
  readonly lostWatch: Pick<LostWatch, 'stop'>;
  readonly recorded: RecordedClock;
  readonly log: Log;
}

export type How = Ending;

export interface EndDetails {
  /** A file of the recording that OBS names. */
  readonly file?: string | null;
  /** What OBS records instead. */
  readonly next?: string | null;
  /** When OBS told it. */
  readonly heard?: Heard;
}

/** OBS does not record with less room than this (obs-studio, OBSBasic.cpp, MBYTES_LEFT_STOP_REC), bytes. */
const fullDiskBytes = 50 * 1024 * 1024;

export class SessionEnds {
  readonly #ports: SessionEndsPorts;

  constructor(ports: SessionEndsPorts) {
    this.#ports = ports;
  }

  /** Ends a session whose end nobody told us. @param next what OBS records instead */
  async lose(id: string, how: How, next: string | null = null): Promise<void> {
    const session = this.#ports.book.store.find(id);
    if (session) await this.end(session, how, { next });
  }

  async end(session: StoredSession, how: How, details: EndDetails = {}): Promise<void> {
    const { book, catchUp, closer, observer, lostWatch, recorded, log } = this.#ports;
    const { file = null, next = null, heard = this.#noticed(how) } = details;
    const at = book.moment(session, heard);
    if (!isActive(session.run.state)) {
      // That it is over was known, but not how it ended.
      if (how === 'stopped') book.apply(session.id, { type: 'stopped', at, paths: [] });
      return;
    }
    // Of an end that OBS did not tell, how long it had recorded by then is not known.
    const recordedMs = how === 'stopped' ? at.recordedMs : null;
    const missed = await catchUp.missed(session, { at: heard.date, next, file, recordedMs });
    const paths = [...(file === null ? [] : [file]), ...missed.map((split) => split.path)];
    const last = paths.at(-1) ?? session.run.files.at(-1)?.path;
    const ended =
      how === 'failed'
        ? book.fail(session.id, { type: 'failed', at, paths }, await whyItFailed(last))
        : book.apply(session.id, endEvent(how, at, paths));
    // Not before: if it cannot be written down, they find out once more that it has ended.
    observer.rest();
    lostWatch.stop();
    recorded.end();
    catchUp.missedSince = null;
    const files = ended.run.files.map((each) => path.basename(each.path));
    log.info({ session: ended.name, how, files }, 'recording ended');
    closer.closeFiles(ended);
  }

  /** What OBS gave up without a word has lasted until it last said that it records. */
  #noticed(how: How): Heard {
    const { recorded } = this.#ports;
    const now = recorded.now();
    return how === 'failed' ? { ...now, monotonicMs: recorded.countedAt ?? now.monotonicMs } : now;
  }
}

function endEvent(how: Exclude<How, 'failed'>, at: Moment, paths: readonly string[]): RunEvent {
  return how === 'stopped' ? { type: 'stopped', at, paths } : { type: 'lost', at, paths, ending: how };
}

async function whyItFailed(file: string | undefined): Promise<FailureCode> {
  return (await isDiskFull(file)) ? 'recording_disk_full' : 'recording_stopped_by_obs';
}

/** Whether the disk that a file lies on has no room for OBS to go on. */
export async function isDiskFull(file: string | undefined): Promise<boolean> {
  const free = file === undefined ? null : await localFiles.freeBytes(path.dirname(file));
  return free !== null && free < fullDiskBytes;
}
