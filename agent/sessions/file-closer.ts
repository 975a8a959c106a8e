/** Waits for every file of an ended recording to be closed by OBS, writes down what it is, and hands it on. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { type Finalised, finalise } from './finalise.ts';
import type { SessionBook } from './session-book.ts';
import type { RunFile } from './session-state.ts';
import type { StoredSession } from './session-store.ts';

/** What was found cannot be written down, most likely because the disk is full: after so long it is tried again. ms */
const retryMs = 60_000;

export interface FileCloserPorts {
  readonly book: SessionBook;
  /** Called in the transaction that makes the file ready: queue its uploads. */
  readonly onReady: (session: StoredSession, file: RunFile, recordingId: string) => void;
  /** Called once OBS does not write a file any more, whether it is there or not. */
  readonly onClosed?: (recordingId: string) => void;
  readonly log: Log;
  readonly finalise?: typeof finalise;
  /** Until another look after one that could not be written down, ms; default: a minute. */
  readonly retryMs?: number;
}

export class FileCloser {
  readonly #ports: FileCloserPorts;
  /** Running jobs by `sessionId/number`. */
  readonly #jobs = new Map<string, AbortController>();

  constructor(ports: FileCloserPorts) {
    this.#ports = ports;
  }

  /** Starts a job for each file of the session that waits for one; safe to call again. */
  close(session: StoredSession): void {
    for (const file of session.run.files) if (file.state === 'finalising') void this.#job(session.id, file);
  }

  /** OBS goes on writing this session's last file after all. */
  abandon(session: StoredSession): void {
    const key = `${session.id}/${session.run.files.at(-1)?.number}`;
    this.#jobs.get(key)?.abort();
    this.#jobs.delete(key);
  }

  /** Ends all waiting; the next run of the agent takes it up again. */
  stop(): void {
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
        await this.#look(sessionId, number, path, job.signal);
        break;
      } catch (error) {
        if (job.signal.aborted) break;
        log.error({ err: error, path }, 'waiting for the end of a recording failed');
        const again = { signal: job.signal, ref: false };
        await delay(this.#ports.retryMs ?? retryMs, undefined, again).catch(() => {});
      }
    }
    if (this.#jobs.get(key) === job) this.#jobs.delete(key);
  }

  async #look(sessionId: string, number: number, path: string, signal: AbortSignal): Promise<void> {
    const { book } = this.#ports;
    // A split's file is closed properly whatever happens to the rest; only a last file can be left open by a crash.
    const clean = (): boolean => {
      const run = book.store.find(sessionId)?.run;
      return run?.ending === 'stopped' || (run !== undefined && number < run.files.length);
    };
    const result = await (this.#ports.finalise ?? finalise)(path, clean, signal);
    const session = signal.aborted ? undefined : book.store.find(sessionId);
    if (session === undefined) return;
    this.#settle(sessionId, number, result);
    const recordingId = session.fileIds[number - 1];
    if (recordingId !== undefined) this.#ports.onClosed?.(recordingId);
  }

  #settle(sessionId: string, number: number, result: Finalised): void {
    const { book, onReady, log } = this.#ports;
    if (!result.found) {
      book.apply(sessionId, { type: 'file_missing', number });
      log.warn({ sessionId, number }, 'a recording’s file is not there');
      return;
    }
    const { bytes, container, finalised, modifiedAt } = result;
    book.apply(
      sessionId,
      { type: 'file_ready', number, bytes, container, finalised, at: Math.round(modifiedAt) },
      (session) => {
        const file = session.run.files[number - 1];
        const recordingId = session.fileIds[number - 1];
        if (file && recordingId !== undefined) onReady(session, file, recordingId);
      },
    );
    log.info({ sessionId, number, bytes, container, finalised }, 'recording is closed');
  }
}
