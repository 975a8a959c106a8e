/** A session's files in their order: those that OBS tells of, and before them those of splits that the agent has missed. */
import type { FoundSplit } from '../files/split-files.ts';
import type { Log } from '../log.ts';
import type { ObsConnection } from '../obs/connection.ts';
import type { FileCloser } from './file-closer.ts';
import type { Heard, RecordedClock } from './recorded-clock.ts';
import type { SessionBook } from './session-book.ts';
import { isActive } from './session-state.ts';
import type { StoredSession } from './session-store.ts';
import type { FoundMissed, SplitWatch } from './split-watch.ts';

export interface SplitCatchUpPorts {
  readonly obs: Pick<ObsConnection, 'readback'>;
  readonly book: SessionBook;
  readonly closer: Pick<FileCloser, 'closeFiles'>;
  readonly splits: SplitWatch;
  readonly recorded: RecordedClock;
  readonly log: Pick<Log, 'warn'>;
}

interface MissedSearch {
  /** When it is looked for them, ms since 1970. */
  readonly at: number;
  /** What OBS records instead. */
  readonly next: string | null;
  /** The session's first file, if it is told only now. */
  readonly file: string | null;
  /** What OBS has counted by then, ms; null: not known. */
  readonly recordedMs: number | null;
  /** OBS records it no longer. */
  readonly isEnd: boolean;
}

export class SplitCatchUp {
  /** Since when (ms since 1970) the agent may have missed a split of the active session; null: it has seen everything. */
  missedSince: number | null = null;
  /** The first file of the recording that OBS started last; that event may still be in line. */
  newest: string | null = null;
  readonly #ports: SplitCatchUpPorts;
  /** Sessions whose files are being looked for after their drive came back. */
  readonly #searching = new Set<string>();

  constructor(ports: SplitCatchUpPorts) {
    this.#ports = ports;
    ports.book.onChange((session) => this.#searchOnceThere(session));
  }

  /** Takes up what an earlier run of the agent could not look for. */
  start(): void {
    const { book, splits } = this.#ports;
    for (const id of splits.awaiting) {
      const session = book.store.find(id);
      if (session !== undefined) this.#searchOnceThere(session);
    }
  }

  /** OBS goes on in another file. */
  async changeFile(session: StoredSession, file: string, heard: Heard): Promise<void> {
    const { recorded } = this.#ports;
    const at = heard.date;
    const countedMs = recorded.countedMs(heard.monotonicMs);
    // In the order in which they were written: those of splits that we missed come before it.
    const missed = await this.#look(session, { at, next: file, file: null, recordedMs: countedMs, isEnd: false });
    // Where one is in doubt, the end tells: then all are closed.
    if (!missed.doubts) this.missedSince = null;
    this.#take(session.id, missed.own, heard);
    this.#take(session.id, [{ path: file, bornAt: at }], heard, countedMs);
  }

  /** Splits that were missed are caught up with while OBS still records: in their order, and before the next one. */
  async catchUp(id: string): Promise<void> {
    const { book, recorded } = this.#ports;
    const heard = recorded.now();
    const recordedMs = recorded.countedMs(heard.monotonicMs);
    const search = { at: heard.date, next: null, file: null, recordedMs, isEnd: false };
    const missed = await this.#look(book.store.get(id), search);
    this.#take(id, missed.own, heard);
    if (this.#tellsSplits && !missed.doubts) this.missedSince = null;
  }

  /** Files of splits that nobody told us of a session that has ended, oldest first. */
  async missed(session: StoredSession, search: Omit<MissedSearch, 'isEnd'>): Promise<readonly FoundSplit[]> {
    return (await this.#look(session, { ...search, isEnd: true })).own;
  }

  async #look(session: StoredSession, { next, ...search }: MissedSearch): Promise<FoundMissed> {
    const { missedSince } = this;
    if (this.#tellsSplits && missedSince === null) return { own: [], doubts: false };
    const others = [next, this.newest].filter((other) => other !== null);
    return this.#ports.splits.find(session, { ...search, missedSince, others });
  }

  /** A file that is closed is there, and its drive with it. */
  #searchOnceThere({ id, run }: StoredSession): void {
    const isThere = !isActive(run.state) && run.files.some(({ state }) => state === 'ready');
    if (isThere && !this.#searching.has(id) && this.#ports.splits.awaiting.includes(id)) void this.#searchAwaited(id);
  }

  async #searchAwaited(id: string): Promise<void> {
    const { book, splits, closer, log } = this.#ports;
    this.#searching.add(id);
    try {
      for (const { path, bornAt } of await splits.findAwaited(book.store.get(id))) {
        // It may have been forgotten, or OBS goes on with it after all.
        const session = book.store.find(id);
        if (session === undefined || isActive(session.run.state)) return;
        closer.closeFiles(book.apply(id, { type: 'file_added', at: bornAt, path }));
      }
    } catch (error) {
      log.warn({ err: error, sessionId: id }, 'files of missed splits could not be looked for');
    } finally {
      this.#searching.delete(id);
    }
  }

  #take(id: string, files: readonly FoundSplit[], heard: Heard, startMs: number | null = null): void {
    const { book, closer } = this.#ports;
    for (const { path, bornAt } of files) {
      const at = book.moment(book.store.get(id), heard);
      closer.closeFiles(book.apply(id, { type: 'file_changed', at, bornAt, path, startMs }));
    }
  }

  /** Whether this OBS has an event for a split. */
  get #tellsSplits(): boolean {
    return this.#ports.obs.readback?.availableRequests.has('SplitRecordFile') ?? false;
  }
}
