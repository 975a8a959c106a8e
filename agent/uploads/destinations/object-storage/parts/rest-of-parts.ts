/**
 * What is left to send of an upload whose store has some parts already: first those that the store does not have. Meanwhile
 * the others are compared with the file, so that the line does not wait for the disk, and those that differ are handed out last.
 */
import type { Log } from '../../../../log.ts';
import { type HashedPart, HashedParts, type PartSource } from '../hashing/hashed-parts.ts';
import type { Hasher } from '../hashing/hasher.ts';
import type { KnownPart } from '../s3/known-part.ts';
import type { PartRange } from '../s3/part-plan.ts';

/** Proven parts are written to the journal so many at a time. */
const journalBatch = 32;

export interface RestOptions {
  readonly hasher: Pick<Hasher, 'md5'>;
  /** All parts that are not done, in order. */
  readonly ranges: readonly PartRange[];
  /** What the store has of them, by number. */
  readonly there: ReadonlyMap<number, KnownPart>;
  readonly log: Pick<Log, 'debug' | 'info'>;
  readonly signal: AbortSignal;
  /** Called with parts that the store has and that are equal to the file's. */
  onProven(parts: readonly KnownPart[]): void;
}

export class RestOfParts implements PartSource {
  readonly #options: RestOptions;
  readonly #missing: HashedParts;
  /** Parts that differ, until somebody asks for them. */
  readonly #changed: HashedPart[] = [];
  /** Who asked while there was none. */
  readonly #asking: PromiseWithResolvers<HashedPart | null>[] = [];
  /** Once all are compared, or that has failed. */
  #over: { readonly failure: unknown } | null = null;

  constructor(options: RestOptions) {
    const { hasher, ranges, there } = options;
    this.#options = options;
    const missing = ranges.filter(({ number }) => !there.has(number));
    this.#missing = new HashedParts(hasher, missing);
    void this.#compare(ranges.filter(({ number }) => there.has(number))).then(
      () => this.#end(null),
      (failure: unknown) => this.#end(failure),
    );
  }

  async next(): Promise<HashedPart | null> {
    const part = (await this.#missing.next()) ?? this.#changed.shift();
    if (part !== undefined) return part;
    if (this.#over !== null) {
      if (this.#over.failure !== null) throw this.#over.failure;
      return null;
    }
    const asking = Promise.withResolvers<HashedPart | null>();
    // It may fail when nobody waits for it any more.
    asking.promise.catch(() => {});
    this.#asking.push(asking);
    return asking.promise;
  }

  async #compare(ranges: readonly PartRange[]): Promise<void> {
    const { hasher, there, signal, log, onProven } = this.#options;
    const proven: KnownPart[] = [];
    const hashed = new HashedParts(hasher, ranges);
    for (let part = await hashed.next(); part !== null; part = await hashed.next()) {
      if (signal.aborted) return;
      const known = there.get(part.number);
      if (known?.md5 === part.md5) proven.push(known);
      else this.#differs(part);
      if (proven.length >= journalBatch) onProven(proven.splice(0));
    }
    if (proven.length > 0) onProven(proven);
    log.debug({ compared: ranges.length }, 'multipart: what was there is compared');
  }

  #differs(part: HashedPart): void {
    this.#options.log.info({ part: part.number }, 'a part has changed since it was sent: it is sent again');
    const asking = this.#asking.shift();
    if (asking === undefined) this.#changed.push(part);
    else asking.resolve(part);
  }

  #end(failure: unknown): void {
    this.#over = { failure };
    for (const asking of this.#asking.splice(0)) {
      if (failure === null) asking.resolve(null);
      else asking.reject(failure);
    }
  }
}
