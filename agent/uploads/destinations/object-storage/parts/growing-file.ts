/** A file that OBS still writes: how long it is, how long it has been that long, and parts of it as soon as they are whole. */
import { setTimeout as delay } from 'node:timers/promises';
import { type OpenFile, openRecording } from '../../../../files/open-recording.ts';
import { fileFailure } from '../../../../files/recording-file.ts';
import type { HashedPart, PartSource } from '../hashing/hashed-parts.ts';
import type { Hasher } from '../hashing/hasher.ts';
import type { KnownPart } from '../s3/known-part.ts';
import { growing, partRange } from '../s3/part-plan.ts';
import type { ResumePlan } from './resume-plan.ts';

/** How often it is looked at (ms): far below the second that a part takes on any line. */
const lookEveryMs = 250;
/** Parts up to this size are kept in memory from the hashing to the last byte sent: the disk is read once. */
const mostKeptBytes = 8 * 1024 * 1024;
/** For how long others may hold a new file: a virus scanner on Windows, or OBS itself in the moment in which it makes it (ms). */
const heldMs = 30_000;
/** What the system says then (ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION, ERROR_ACCESS_DENIED, in libuv's words). */
const heldErrors: readonly string[] = ['EBUSY', 'EPERM', 'EACCES'];

export class GrowingFile {
  readonly handle: OpenFile;
  readonly #ended: AbortSignal;
  readonly #now: () => number;
  /** When it was first seen to have so many bytes, oldest first. */
  readonly #seen: { at: number; bytes: number }[] = [];
  #lookedAt = Number.NEGATIVE_INFINITY;

  private constructor(handle: OpenFile, ended: AbortSignal, now: () => number) {
    this.handle = handle;
    this.#ended = ended;
    this.#now = now;
  }

  /**
   * Waits until there is a file: OBS may tell its name before it creates it, and whoever looks at new files may hold it then.
   * @param ended aborted once it is not written any more
   * @returns null when it ended before
   * @throws StreamAIError file_unreadable | file_refused | file_away; the signal's reason
   */
  static async open(
    path: string,
    ended: AbortSignal,
    signal: AbortSignal,
    now: () => number = () => performance.now(),
  ): Promise<GrowingFile | null> {
    let heldSince: number | null = null;
    while (!ended.aborted) {
      signal.throwIfAborted();
      try {
        return new GrowingFile(await openRecording(path), ended, now);
      } catch (error) {
        const code = error instanceof Error && 'syscall' in error && 'code' in error ? String(error.code) : '';
        if (heldErrors.includes(code)) heldSince ??= now();
        const isHeld = heldErrors.includes(code) && now() - (heldSince ?? 0) < heldMs;
        if (code !== 'ENOENT' && !isHeld) throw fileFailure(error, path);
      }
      await pauseOr([ended, signal]);
    }
    return null;
  }

  /** Bytes that it has, as last seen. */
  get bytes(): number {
    return this.#seen.at(-1)?.bytes ?? 0;
  }

  /** For how long it has been longer than `bytes`, ms; 0: it is not. */
  ageOf(bytes: number): number {
    const first = this.#seen.find((seen) => seen.bytes > bytes);
    return first === undefined ? 0 : this.#now() - first.at;
  }

  /** Nobody asks any more about lengths below this. */
  forget(bytes: number): void {
    while ((this.#seen[1]?.bytes ?? Number.POSITIVE_INFINITY) <= bytes) this.#seen.shift();
  }

  /** Looks at its length, unless that has just been done. */
  refresh(): void {
    if (this.#now() - this.#lookedAt >= 4 * lookEveryMs) this.look().catch(() => {});
  }

  /** @returns its length now, in bytes */
  async look(): Promise<number> {
    this.#lookedAt = this.#now();
    const size = Number((await this.handle.stat({ bigint: true })).size);
    if (size !== this.bytes) this.#seen.push({ at: this.#now(), bytes: size });
    return size;
  }

  /** Resolves once it has so many bytes. @returns false: it ended before */
  async has(bytes: number, signal: AbortSignal): Promise<boolean> {
    while (!this.#ended.aborted) {
      signal.throwIfAborted();
      if ((await this.look()) >= bytes) return true;
      await pauseOr([this.#ended, signal]);
    }
    return false;
  }
}

async function pauseOr(signals: AbortSignal[]): Promise<void> {
  await delay(lookEveryMs, undefined, { signal: AbortSignal.any(signals) }).catch(() => {});
}

/** The parts of a growing file from the second one on: the first holds the header, which OBS rewrites at the end. */
export class GrowingParts implements PartSource {
  readonly #file: GrowingFile;
  readonly #hasher: Pick<Hasher, 'md5' | 'release'>;
  readonly #done: ReadonlySet<number>;
  readonly #unproven: ResumePlan['unproven'];
  readonly #onProven: (part: KnownPart) => void;
  readonly #signal: AbortSignal;
  /** Of those who ask, one at a time waits for the file. */
  #turn: Promise<unknown> = Promise.resolve();
  #next = 2;

  /**
   * @param there what the store has already
   * @param onProven called with parts of it that are equal to the file's
   */
  constructor(
    file: GrowingFile,
    hasher: Pick<Hasher, 'md5' | 'release'>,
    there: Pick<ResumePlan, 'done' | 'unproven'>,
    onProven: (part: KnownPart) => void,
    signal: AbortSignal,
  ) {
    this.#file = file;
    this.#hasher = hasher;
    this.#done = new Set(there.done.map(({ number }) => number));
    this.#unproven = there.unproven;
    this.#onProven = onProven;
    this.#signal = signal;
  }

  /** @returns null once the file is not written any more: the rest is sent with the finished file */
  next(): Promise<HashedPart | null> {
    const part = this.#turn.then(() => this.#ready());
    this.#turn = part.catch(() => {});
    return part;
  }

  done({ content }: HashedPart): void {
    if (content !== undefined) this.#hasher.release(content);
  }

  async #ready(): Promise<HashedPart | null> {
    for (;;) {
      while (this.#done.has(this.#next)) this.#next += 1;
      const number = this.#next;
      const range = partRange(number, Number.MAX_SAFE_INTEGER, growing);
      if (!(await this.#file.has(range.start + range.bytes, this.#signal))) return null;
      const part = { ...range, ...(await this.#hasher.md5(range, range.bytes <= mostKeptBytes)) };
      this.#next += 1;
      const known = this.#unproven.get(number);
      if (known?.md5 !== part.md5) return part;
      this.done(part);
      this.#onProven(known);
    }
  }
}
