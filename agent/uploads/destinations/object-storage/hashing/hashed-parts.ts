/** Hands out parts in their order, each with its MD5, some hashed ahead of those that are sent. */
// Tests: ../parts/rest-of-parts.test.ts
import type { PartRange } from '../s3/part-plan.ts';
import type { Hasher } from './hasher.ts';

export interface HashedPart extends PartRange {
  /** hex */
  readonly md5: string;
  /** Its bytes, where they are in memory already. */
  readonly content?: Uint8Array<ArrayBuffer>;
}

/** Where parts come from. */
export interface PartSource {
  /** The next part; null: there is none. May be asked again before it has answered. */
  next(): Promise<HashedPart | null>;
  /** Called when a part is not needed any more, whether it was sent or not. */
  done?(part: HashedPart): void;
}

/** Parts are hashed in batches of this, which costs less than one by one. The next batch is asked for when one is left: nobody waits. */
const batch = 4;

export class HashedParts implements PartSource {
  readonly #hasher: Pick<Hasher, 'md5'>;
  readonly #ranges: PartRange[];
  readonly #hashed: Promise<HashedPart>[] = [];

  constructor(hasher: Pick<Hasher, 'md5'>, ranges: readonly PartRange[]) {
    this.#hasher = hasher;
    this.#ranges = [...ranges];
    this.#hash();
  }

  /**
   * The next part, or null when there is none.
   * @throws as `Hasher.md5`
   */
  async next(): Promise<HashedPart | null> {
    if (this.#hashed.length <= batch) this.#hash();
    return this.#hashed.shift() ?? null;
  }

  #hash(): void {
    for (const range of this.#ranges.splice(0, batch)) {
      const hashed = this.#hasher.md5(range).then((found) => ({ ...range, ...found }));
      // It runs ahead: nobody may be waiting for it when it fails.
      hashed.catch(() => {});
      this.#hashed.push(hashed);
    }
  }
}
