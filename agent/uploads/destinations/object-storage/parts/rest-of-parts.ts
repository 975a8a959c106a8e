/**
 * What is left of an upload whose store has some parts already: those that are missing, handed out at once, and beside that
 * the others compared with the file, so that the line never waits for the disk. One that differs is handed out too.
 */
import { type HashedPart, HashedParts, type PartSource } from '../hashing/hashed-parts.ts';
import type { Hasher } from '../hashing/hasher.ts';
import type { StorageLog } from '../log.ts';
import type { PartRange } from '../s3/part-plan.ts';
import type { KnownPart } from './resume-plan.ts';

/** So many are written down together. */
const batch = 32;

export interface RestOptions {
  readonly hasher: Pick<Hasher, 'md5'>;
  /** All that is not known to be right, in order. */
  readonly ranges: readonly PartRange[];
  /** What the store has of these, by number. */
  readonly there: ReadonlyMap<number, KnownPart>;
  readonly log: Pick<StorageLog, 'debug' | 'info'>;
  readonly signal: AbortSignal;
  /** Parts that are there and what the file is. */
  onProven(parts: readonly KnownPart[]): void;
}

export class RestOfParts implements PartSource {
  readonly #options: RestOptions;
  readonly #missing: HashedParts;
  /** Parts that differ and nobody has asked for yet. */
  readonly #changed: HashedPart[] = [];
  readonly #asking: PromiseWithResolvers<HashedPart | null>[] = [];
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
    // Nobody may be waiting for it any more when it fails.
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
      const { number, bytes, md5 } = part;
      if (there.get(number)?.md5 === md5) proven.push({ number, md5, bytes });
      else this.#found(part);
      if (proven.length >= batch) onProven(proven.splice(0));
    }
    if (proven.length > 0) onProven(proven);
    log.debug({ compared: ranges.length }, 'multipart: what was there is compared');
  }

  #found(part: HashedPart): void {
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
