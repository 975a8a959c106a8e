/** What is left to do of a multipart upload: the journal against what the store says it has. Pure. */
import { isMd5 } from '../s3/etag.ts';
import type { KnownPart, StoredPart } from '../s3/known-part.ts';

export interface ResumePlan {
  /** Nothing to do: both agree. */
  readonly done: readonly KnownPart[];
  /** To be sent, in order. */
  readonly missing: readonly number[];
  /**
   * Of those, the ones that the store has: their MD5 is to be compared with the file's. The journal has them not (killed between the
   * store's acknowledgement and the journal: then their ETag counts as MD5), or the file may have changed since.
   */
  readonly unproven: ReadonlyMap<number, KnownPart>;
}

/**
 * The store compared each part with its Content-MD5 before it acknowledged it. So a part of the journal is done if the store has one
 * of its length, unless its ETag says otherwise, and that is known to be an MD5: the ETags of other parts of this upload are theirs.
 * @param expected how many bytes part `number` has
 * @param journal the parts that are what the file is
 * @param sent what the journal has of parts that were sent before the file may have changed
 */
export function planResume(
  total: number,
  expected: (number: number) => number,
  journal: readonly KnownPart[],
  store: readonly StoredPart[],
  sent: readonly KnownPart[] = [],
): ResumePlan {
  const noted = new Map(journal.map((part) => [part.number, part]));
  const uncompared = new Map(sent.map((part) => [part.number, part]));
  const stored = new Map(store.map((part) => [part.number, part]));
  const ofMd5s = storesMd5s([...journal, ...sent], stored);
  const done: KnownPart[] = [];
  const missing: number[] = [];
  const unproven = new Map<number, KnownPart>();
  for (let number = 1; number <= total; number += 1) {
    const theirs = stored.get(number);
    const whole = theirs?.bytes === expected(number);
    const ours = noted.get(number);
    if (whole && ours !== undefined && agree(ours, theirs, ofMd5s)) {
      done.push(ours);
      continue;
    }
    missing.push(number);
    if (!whole || ours !== undefined) continue;
    const before = uncompared.get(number);
    const known = before !== undefined && agree(before, theirs, ofMd5s);
    unproven.set(number, known ? before : { number, md5: theirs.etag, bytes: theirs.bytes });
  }
  return { done, missing, unproven };
}

/** Whether the store's ETags are MD5s: some are, or nothing speaks against it (there is no part, or one alone that may have been replaced). */
function storesMd5s(ours: readonly KnownPart[], stored: ReadonlyMap<number, StoredPart>): boolean {
  const both = ours.filter(({ number }) => stored.has(number));
  if (both.some(({ number, md5 }) => stored.get(number)?.etag === md5)) return true;
  return both.length < 2 && both.every(({ etag }) => etag === undefined);
}

const agree = (ours: KnownPart, theirs: StoredPart, ofMd5s: boolean): boolean =>
  theirs.etag === ours.md5 || !(ofMd5s && isMd5(theirs.etag));
