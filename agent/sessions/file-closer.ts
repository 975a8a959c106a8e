/** Waits for every file of an ended recording to be closed by OBS, writes down what it is, and hands it on. */
import { basename, extname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ErrorInfo, StreamAIError } from '../../shared/errors.ts';
import { FairTurns } from '../fair-turns.ts';
import {
  type Finalised,
  type FinalisePorts,
  finalise,
  finalisedNow,
  lookAt,
  quietMs,
  quietOnShareMs,
  realPorts,
} from '../files/finalise.ts';
import { statRecording } from '../files/open-recording.ts';
import { playTimeMs } from '../files/play-time.ts';
import { fileFailure, isAway } from '../files/recording-file.ts';
import type { Log } from '../log.ts';
import { begunAt, type Doubt, type FileJudge } from './file-judge.ts';
import { isOlder } from './seen-files.ts';
import type { SessionBook } from './session-book.ts';
import type { Run, RunEvent, RunFile } from './session-state.ts';
import type { StoredSession } from './session-store.ts';
import type { SessionUploads } from './session-uploads.ts';

/**
 * After so long it is looked again (ms): where what was found cannot be written down, most likely because the disk is full, and where
 * the drive of a file is away.
 */
export const retryMs = 60_000;

type Found = Extract<Finalised, { readonly found: true }>;

export interface FileCloserPorts {
  readonly book: SessionBook;
  readonly uploads: Pick<SessionUploads, 'fileReady' | 'fileClosed'>;
  readonly judge: Pick<FileJudge, 'doubts'>;
  readonly log: Log;
  /** Whether OBS runs on another machine, as far as its address tells; left out: it does not. */
  readonly isObsRemote?: () => boolean;
  /** Whether OBS on another machine writes this file into a folder that is mapped; left out: it does not. */
  readonly isOnShare?: (path: string) => boolean;
  readonly finalise?: typeof finalise;
  /** Until another look after one that could not be written down, ms; default: a minute. */
  readonly retryMs?: number;
}

export class FileCloser {
  readonly #ports: FileCloserPorts;
  /** Running jobs by `sessionId/number`. */
  readonly #jobs = new Map<string, AbortController>();
  readonly #turns = new FairTurns();

  constructor(ports: FileCloserPorts) {
    this.#ports = ports;
  }

  /** Waits for each file of the session that is to be closed; safe to call again. */
  closeFiles(session: StoredSession): void {
    for (const file of session.run.files) if (file.state === 'finalising') void this.#job(session.id, file);
  }

  /** OBS goes on writing this session's last file after all. */
  abandon(session: StoredSession): void {
    const key = `${session.id}/${session.run.files.at(-1)?.number}`;
    this.#jobs.get(key)?.abort();
    this.#jobs.delete(key);
  }

  /**
   * A person wants the session's files as they are now. Files that were not there when the session ended (a disk may have been
   * away) and are there by now are ready from now on; so are those that were changed since, such as a film that was cut. A file
   * that a later session recorded under the same path is that one's. Nothing is queued.
   * @throws StreamAIError session_not_found; file_missing | file_unreadable | file_changed when there is no file to go on with
   */
  async lookAgain(sessionId: string): Promise<void> {
    const { book, log } = this.#ports;
    const { run } = book.store.get(sessionId);
    if (run.state !== 'recorded' && run.state !== 'interrupted') return;
    let failure: unknown = null;
    let usable = 0;
    for (const file of run.files) {
      if (file.state !== 'missing' && file.state !== 'ready') continue;
      try {
        const found = await this.#asItIsNow(sessionId, file, endedWell(run, file.number));
        usable += 1;
        // Of a film that was cut since, how long it had been recorded stays what is known.
        const durationMs = file.state === 'missing' ? await playTimeMs(file.path) : file.durationMs;
        const doubts = found === null ? [] : await this.#doubts(sessionId, file.path);
        // Another request may have been faster, or OBS writes it again.
        if (found === null || book.store.get(sessionId).run.files[file.number - 1]?.state !== file.state) continue;
        // Sent it is, since a person asks; deleted it is not, before somebody said that it may be.
        for (const doubt of doubts) book.notice(sessionId, doubt, { file: file.path });
        book.apply(sessionId, readyEvent(file.number, found, durationMs));
        book.dropNotices(sessionId, ({ code, params }) => code === 'path_not_reachable' && params?.path === file.path);
        log.info({ sessionId, number: file.number, bytes: found.bytes }, 'a recording’s file is taken as it is now');
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== null && usable === 0) throw failure;
  }

  /** @returns null: it is what is written down */
  async #asItIsNow(sessionId: string, { path, state, ...closed }: RunFile, clean: boolean): Promise<Found | null> {
    const found = await finalisedNow(path, clean).catch((error: unknown) => {
      throw fileFailure(error, path);
    });
    if (!found.found) {
      // The attempt says so; the others of the session may be there.
      if (state === 'ready') return null;
      throw new StreamAIError('file_missing', { file: basename(path) });
    }
    if (state === 'ready' && found.bytes === closed.bytes && found.modifiedAt === closed.modifiedAt) return null;
    if (this.#isOf(sessionId, path)) return found;
    throw new StreamAIError(state === 'ready' ? 'file_changed' : 'file_missing', { file: basename(path) });
  }

  /** Whether what lies under a path is this session's: no later one recorded over it. */
  #isOf(sessionId: string, path: string): boolean {
    return this.#ports.book.store.byPath(path)?.id === sessionId;
  }

  /** Takes up the files that the last run of the agent waited for. */
  start(): void {
    for (const session of this.#ports.book.store.unfinished()) this.closeFiles(session);
  }

  /** Ends all waiting; the next run of the agent takes it up again. */
  close(): void {
    for (const job of this.#jobs.values()) job.abort();
    this.#jobs.clear();
  }

  async #job(sessionId: string, { number, path }: RunFile): Promise<void> {
    const { log } = this.#ports;
    const key = `${sessionId}/${number}`;
    if (this.#jobs.has(key)) return;
    const job = new AbortController();
    this.#jobs.set(key, job);
    while (!job.signal.aborted) {
      try {
        if (await this.#look(sessionId, number, path, job.signal)) break;
      } catch (error) {
        if (job.signal.aborted) break;
        log.error({ err: error, path }, 'waiting for the end of a recording failed');
      }
      const again = { signal: job.signal, ref: false };
      await delay(this.#ports.retryMs ?? retryMs, undefined, again).catch(() => {});
    }
    if (this.#jobs.get(key) === job) this.#jobs.delete(key);
  }

  /** @returns false: its drive is away, which says nothing about the file */
  async #look(sessionId: string, number: number, path: string, signal: AbortSignal): Promise<boolean> {
    const { book, log } = this.#ports;
    const isOnShare = this.#ports.isOnShare?.(path) ?? false;
    const isSeen = typeof book.store.find(sessionId)?.run.files[number - 1]?.inode === 'string';
    const clean = (): boolean => {
      const end = book.store.endOf(sessionId);
      return end !== undefined && endedWell(end, number);
    };
    const result = await (this.#ports.finalise ?? finalise)(path, clean, signal, {
      ...realPorts,
      // One that was seen is not late to appear: where it is gone, its drive is.
      ...(isOnShare && { quiet: isSeen ? { ...quietOnShareMs, missing: quietMs.missing } : quietOnShareMs }),
      look: this.#tellingAway(sessionId),
    });
    const refused = !result.found && result.refused === true;
    const known = book.store.find(sessionId)?.run.files[number - 1] ?? null;
    const away = !result.found && !refused && (await isAway(path, known, isOnShare));
    // It has come back in between.
    const wasGone = !result.found && !refused && result.unreadable !== true;
    if (wasGone && !away && (await isThere(path))) return this.#look(sessionId, number, path, signal);
    const durationMs = result.found ? await playTimeMs(path) : null;
    const doubts = result.found ? await this.#doubts(sessionId, path) : [];
    // The files of a session that had many come to their end at the same time.
    await this.#turns.next();
    const session = signal.aborted ? undefined : book.store.find(sessionId);
    if (session === undefined) return true;
    const file = basename(path);
    // What was never seen here, and what was there before OBS began, is not what OBS has written: that is on another machine.
    const isStrange = result.found && this.#isRemote && isOlder(result.modifiedAt, session.run.startedAt);
    const isUnseen = !result.found && !refused && session.run.files.every(({ inode }) => inode === null);
    if (isStrange || (isUnseen && !(isOnShare && away))) {
      log.warn({ sessionId, path }, 'what OBS recorded is not reachable from here');
      book.notice(sessionId, 'path_not_reachable', { path });
    } else if (away) {
      log.warn({ sessionId, path }, 'the drive of a recording’s file is away');
      book.notice(sessionId, 'file_away', { file });
      return false;
    }
    if (refused) {
      log.warn({ sessionId, path }, 'what OBS names as its recording can be none');
      book.notice(sessionId, 'file_refused', { file: path });
    }
    book.dropNotices(sessionId, ({ code, params }) => code === 'file_away' && params?.file === file);
    // OBS may have begun the next recording over it before anybody could look.
    const found = this.#isOf(sessionId, path) && !isStrange ? result : ({ found: false } as const);
    this.#write(sessionId, { number, path, durationMs }, found, doubts);
    const recordingId = session.fileIds[number - 1];
    if (recordingId !== undefined) this.#ports.uploads.fileClosed(recordingId);
    return true;
  }

  get #isRemote(): boolean {
    return this.#ports.isObsRemote?.() ?? false;
  }

  /** A look at a file. While its drive does not answer, the session's card says what is waited for. */
  #tellingAway(sessionId: string): FinalisePorts['look'] {
    const { book } = this.#ports;
    /** null: an earlier run of the agent may have said it. */
    let told: boolean | null = null;
    return async (path) => {
      try {
        const found = await lookAt(path);
        const isAbout = ({ code, params }: ErrorInfo): boolean =>
          code === 'file_away' && params?.file === basename(path);
        if (told !== false) book.dropNotices(sessionId, isAbout);
        told = false;
        return found;
      } catch (error) {
        const isAway = error instanceof StreamAIError && error.code === 'file_away';
        if (isAway && told !== true) book.notice(sessionId, 'file_away', { file: basename(path) });
        if (isAway) told = true;
        throw error;
      }
    };
  }

  /** What speaks against sending the file by itself. */
  async #doubts(sessionId: string, path: string): Promise<readonly Doubt[]> {
    const session = this.#ports.book.store.find(sessionId);
    return session === undefined ? [] : this.#ports.judge.doubts(path, begunAt(session.run));
  }

  #write(
    sessionId: string,
    { number, path, durationMs }: Pick<RunFile, 'number' | 'path' | 'durationMs'>,
    result: Finalised,
    doubts: readonly Doubt[],
  ): void {
    const { book, uploads, log } = this.#ports;
    if (!result.found) {
      book.apply(sessionId, { type: 'file_missing', number });
      log.warn({ sessionId, number }, 'a recording’s file is not there');
      return;
    }
    const { bytes, container, finalised } = result;
    // Before it is ready: a kill between the two must not let it go without being asked about.
    if (doubts.length > 0) log.warn({ sessionId, path, doubts }, 'a file is not sent by itself');
    for (const doubt of doubts) book.notice(sessionId, doubt, { file: path });
    book.apply(sessionId, readyEvent(number, result, durationMs), (session) => uploads.fileReady(session, number));
    log.info({ sessionId, number, bytes, container, finalised }, 'recording is closed');
    if (container === 'playlist') book.notice(sessionId, 'format_not_uploaded', { format: extname(path).slice(1) });
  }
}

/** A split's file is closed properly whatever happens to the rest; only a last file can be left open by a crash. */
function endedWell(run: Pick<Run, 'ending'> & { files: { length: number } }, number: number): boolean {
  return run.ending === 'stopped' || number < run.files.length;
}

function readyEvent(number: number, found: Found, durationMs: number | null): RunEvent {
  const { bytes, container, finalised, modifiedAt, inode } = found;
  return { type: 'file_ready', number, bytes, container, finalised, inode, modifiedAt, durationMs };
}

async function isThere(path: string): Promise<boolean> {
  return statRecording(path).then(
    () => true,
    () => false,
  );
}
