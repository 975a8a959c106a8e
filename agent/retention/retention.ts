/**
 * Deletes local recordings, where the settings ask for it, once their copy is proven afresh. A recording is written down as
 * deleted before its file goes. After a kill in between, the next start finds the file, and writes down that it is there.
 */
import path from 'node:path';
import * as z from 'zod';
import { type ErrorInfo, StreamAIError } from '../../shared/errors.ts';
import { type Clock, systemClock } from '../clock.ts';
import { isSameFile, type LocalFiles, localFiles, newAside } from '../files/local-files.ts';
import type { Log } from '../log.ts';
import type { StateStore } from '../storage/state-store.ts';
import { type Deletion, nextDeletion, type RetentionSettings, type SessionFiles } from './decide.ts';

/** How often it looks by itself: disks fill up, servers come back (ms). */
const lookEveryMs = 10 * 60_000;
/** A recording that could not be deleted, or whose copy could not be proven, is left alone for so long (ms). */
const refusedMs = 60 * 60_000;

/** Names the files that are being deleted, in the database: one, and those whose drive went away before it was sure. */
const pendingName = 'retention.deleting';
const pendingSchema = z.object({
  sessionId: z.string(),
  number: z.int().positive(),
  path: z.string(),
  /** `inodeOf` the file; null: an older version did not keep it. */
  inode: z.string().nullable().default(null),
  /** Where the file lies while it is looked at for the last time; null: an older version left it where it was. */
  aside: z.string().nullable().default(null),
});
type Pending = z.infer<typeof pendingSchema>;
const pendingsSchema = z.union([z.array(pendingSchema), pendingSchema.transform((one) => [one])]);

export interface RetentionPorts {
  /** Asked before each deletion. */
  settings(): RetentionSettings;
  /** Sessions with local files, newest first. Asked before each deletion, and again when its copy is proven. */
  sessions(): readonly SessionFiles[];
  /** Called for the witnesses of a recording in turn: proves an upload's copy afresh. @returns what is wrong; null: proven */
  prove(uploadId: string, signal: AbortSignal): Promise<ErrorInfo | null>;
  /**
   * Called before a recording's file is deleted, and where it is there after all: writes that down, and does `also` in the same
   * transaction.
   */
  setDeleted(sessionId: string, number: number, deleted: boolean, also: () => void): void;
  /** Asked before each deletion: while OBS streams or records nothing is read for a proof, unless room is short. */
  onAir(): boolean;
  readonly state: StateStore;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  readonly files?: LocalFiles;
  readonly clock?: Clock;
}

export class Retention {
  readonly #ports: RetentionPorts;
  readonly #files: LocalFiles;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  /** Recordings that could not be deleted, and until when they are left alone. */
  readonly #refused = new Map<string, number>();
  #timer: unknown;
  #running: Promise<void> | null = null;
  /** Something changed since the round that runs began: another one comes after it. */
  #again = false;

  constructor(ports: RetentionPorts) {
    this.#ports = ports;
    this.#files = ports.files ?? localFiles;
    this.#clock = ports.clock ?? systemClock;
  }

  /** Takes up what the last run of the agent left, then looks from time to time. */
  start(): void {
    this.look();
  }

  /** Looks now. Called when an upload has settled, and after a change of the settings. */
  look(): void {
    if (this.#closing.signal.aborted) return;
    this.#again = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
  }

  /** Resolves once nothing is under way any more. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  /** Breaks off what is under way; resolves once that has ended. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#clock.clearTimeout(this.#timer);
    await this.idle();
  }

  async #run(): Promise<void> {
    const { log } = this.#ports;
    try {
      await this.#recover();
      while (this.#again && !this.#closing.signal.aborted) {
        this.#again = false;
        await this.#deleteAll();
      }
    } catch (error) {
      if (!this.#closing.signal.aborted) log.error({ err: error }, 'deleting local recordings failed');
    }
    this.#clock.clearTimeout(this.#timer);
    if (!this.#closing.signal.aborted) this.#timer = this.#clock.setTimeout(() => this.look(), lookEveryMs);
  }

  async #deleteAll(): Promise<void> {
    for (;;) {
      const { settings, sessions, onAir } = this.#ports;
      const wanted = settings();
      if (wanted.deleteLocal === 'never' || (onAir() && wanted.keepFreeBytes === null)) return;
      const found = sessions();
      const free = wanted.keepFreeBytes === null ? () => null : await this.#room(found);
      const next = nextDeletion(found, wanted, free, this.#refusedNow());
      if (next === null || this.#closing.signal.aborted) return;
      if (!(await this.#delete(next))) this.#refused.set(next.recordingId, this.#clock.monotonic() + refusedMs);
    }
  }

  /** @returns whether the recording's file is gone */
  async #delete({ sessionId, number, path: file, witnesses }: Deletion): Promise<boolean> {
    const { log } = this.#ports;
    const before = await this.#files.facts(file);
    if (before === null || before === 'away' || !(await this.#proven(witnesses))) return false;
    const { signal } = this.#closing;
    const after = await this.#files.facts(file);
    if (signal.aborted || after === null || after === 'away' || !isSameFile(before, after)) return false;
    // While its copy was proven, somebody may have asked for another upload, or changed the settings.
    if (!this.#stillWanted(file)) return false;
    const aside = newAside(file);
    const pending: Pending = { sessionId, number, path: file, inode: before.inode, aside };
    this.#ports.setDeleted(sessionId, number, true, () => {
      this.#ports.state.set(pendingName, [...this.#pending(), pending]);
    });
    try {
      await this.#files.delete(file, after, aside);
    } catch (error) {
      log.warn({ err: error, path: file }, 'a recording could not be deleted');
      // A drive that did not answer may carry it out yet, once it does: what is true then is found by a later round.
      if (error instanceof StreamAIError && error.code === 'file_away') return false;
      // On a drive that has gone away meanwhile the file counts as there, until a later round looks.
      if (!(await this.#settle(pending))) this.#ports.setDeleted(sessionId, number, false, () => {});
      return false;
    }
    this.#forget(pending);
    log.info({ sessionId, number, path: file }, 'a local recording was deleted: its copy is proven');
    return true;
  }

  /** Whether the file is still to be deleted. How much room there is was asked before, and is left out. */
  #stillWanted(file: string): boolean {
    const { settings, sessions } = this.#ports;
    const wanted = settings();
    const alone = sessions().map((session) => ({
      ...session,
      recordings: session.recordings.filter((recording) => recording.path === file),
    }));
    return nextDeletion(alone, { ...wanted, keepFreeBytes: null }, () => null, new Set()) !== null;
  }

  async #proven(witnesses: readonly string[]): Promise<boolean> {
    const { prove, log } = this.#ports;
    for (const uploadId of witnesses) {
      try {
        const problem = await prove(uploadId, this.#closing.signal);
        if (problem === null) return true;
        log.info({ uploadId, code: problem.code }, 'a copy is not proven; the local recording stays');
      } catch (error) {
        log.info({ uploadId, err: error }, 'a copy cannot be proven now; the local recording stays');
      }
    }
    return false;
  }

  /** What the last run was deleting, and what is not known yet of this one's. */
  async #recover(): Promise<void> {
    for (const pending of this.#pending()) await this.#settle(pending);
  }

  /**
   * Writes down what became of a file that was being deleted: it is gone, or it is there after all.
   * @returns false: its drive is away, and nothing is known yet
   */
  async #settle(pending: Pending): Promise<boolean> {
    const { path: file, inode, aside } = pending;
    const { log } = this.#ports;
    if (aside !== null) {
      const back = await this.#files.putBack(file, aside).catch((error: unknown) => {
        log.warn({ err: error, path: file }, 'a recording that was not deleted cannot be put back yet');
        return null;
      });
      if (back === null) return false;
      if (!back) log.warn({ path: aside }, 'a file stays under this name: another one has its own');
    }
    const facts = await this.#files.facts(file, inode);
    if (facts === 'away') return false;
    this.#setDeleted(pending, facts === null);
    return true;
  }

  #setDeleted(pending: Pending, deleted: boolean): void {
    const { setDeleted } = this.#ports;
    setDeleted(pending.sessionId, pending.number, deleted, () => this.#forget(pending));
  }

  #pending(): readonly Pending[] {
    return this.#ports.state.get(pendingName, pendingsSchema) ?? [];
  }

  #forget({ path: file, aside }: Pending): void {
    const { state } = this.#ports;
    const left = this.#pending().filter((other) => other.path !== file || other.aside !== aside);
    if (left.length > 0) state.set(pendingName, left);
    else state.delete(pendingName);
  }

  /** Asks each disk once. @returns free bytes of the disk that a file lies on; null: not known */
  async #room(sessions: readonly SessionFiles[]): Promise<(file: string) => number | null> {
    const rooms = new Map<string, number | null>();
    for (const { recordings } of sessions) for (const file of recordings) rooms.set(path.dirname(file.path), null);
    for (const folder of rooms.keys()) rooms.set(folder, await this.#files.freeBytes(folder));
    return (file) => rooms.get(path.dirname(file)) ?? null;
  }

  #refusedNow(): ReadonlySet<string> {
    const now = this.#clock.monotonic();
    for (const [id, until] of this.#refused) if (until <= now) this.#refused.delete(id);
    return new Set(this.#refused.keys());
  }
}
