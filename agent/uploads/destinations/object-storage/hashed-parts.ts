/** Hands out parts in their order, each with its MD5, one hashed ahead of those that are sent. */
import type { Hasher } from './hasher.ts';
import type { PartRange } from './part-plan.ts';

export interface HashedPart extends PartRange {
  /** hex */
  readonly md5: string;
  /** Its bytes, where they are in memory already. */
  readonly content?: Uint8Array<ArrayBuffer>;
}

/** Where parts come from. */
export interface PartSource {
  /** The next part, or null when there is none; may be asked again before it has answered. */
  next(): Promise<HashedPart | null>;
  /** A part is not needed any more, sent or not. */
  done?(part: HashedPart): void;
}

export class HashedParts implements PartSource {
  readonly #hasher: Pick<Hasher, 'md5'>;
  readonly #ranges: PartRange[];
  #ahead: Promise<HashedPart> | null = null;

  constructor(hasher: Pick<Hasher, 'md5'>, ranges: readonly PartRange[]) {
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
    const hashed = this.#hasher.md5(range).then((hashed) => ({ ...range, ...hashed }));
    // It runs ahead: nobody may be waiting for it when it fails.
    hashed.catch(() => {});
    return hashed;
  }
}
