/** Hands out parts in their order, each with its MD5, one hashed ahead of those that are sent. */
import type { Hasher } from './hasher.ts';
import type { PartRange } from './part-plan.ts';

export interface HashedPart extends PartRange {
  /** hex */
  readonly md5: string;
}

export class HashedParts {
  readonly #hasher: Hasher;
  readonly #ranges: PartRange[];
  #ahead: Promise<HashedPart> | null = null;

  constructor(hasher: Hasher, ranges: readonly PartRange[]) {
    this.#hasher = hasher;
    this.#ranges = [...ranges];
  }

  /**
   * The next part, or null when there is none.
   * @throws as `Hasher.md5`
   */
  async next(): Promise<HashedPart | null> {
    const part = this.#ahead ?? this.#hash();
    this.#ahead = this.#hash();
    return part;
  }

  #hash(): Promise<HashedPart> | null {
    const range = this.#ranges.shift();
    if (range === undefined) return null;
    const hashed = this.#hasher.md5(range).then((md5) => ({ ...range, md5 }));
    // It runs ahead: nobody may be waiting for it when it fails.
    hashed.catch(() => {});
    return hashed;
  }
}
