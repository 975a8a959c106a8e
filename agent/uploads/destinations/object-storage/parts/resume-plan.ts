/** What is left to do of a multipart upload: the journal against what the store says it has. Pure. */
import type { KnownPart } from '../s3/known-part.ts';

export interface ResumePlan {
  /** Nothing to do: both agree. */
  readonly done: readonly KnownPart[];
  /** To be sent, in order. */
  readonly missing: readonly number[];
  /** The store has them, the journal does not (killed between the two): their MD5 is to be compared with the file's. */
  readonly unproven: ReadonlyMap<number, KnownPart>;
}

/**
 * A store whose ETags are no MD5s agrees with none of the journal's parts, of which one alone may have been replaced: then the journal stands, for the store compared each with
 * its Content-MD5 before it acknowledged it, and other parts would have cleared the journal.
 * @param expected how many bytes part `number` has
 */
export function planResume(
  total: number,
  expected: (number: number) => number,
  journal: readonly KnownPart[],
  store: readonly KnownPart[],
): ResumePlan {
  const noted = new Map(journal.map((part) => [part.number, part]));
  const stored = new Map(store.map((part) => [part.number, part]));
  const both = store.filter(({ number }) => noted.has(number));
  const opaque = both.length > 1 && both.every(({ number, md5 }) => noted.get(number)?.md5 !== md5);
  const done: KnownPart[] = [];
  const missing: number[] = [];
  const unproven = new Map<number, KnownPart>();
  for (let number = 1; number <= total; number += 1) {
    const ours = noted.get(number);
    const theirs = stored.get(number);
    const whole = theirs?.bytes === expected(number);
    if (whole && ours !== undefined && (opaque || theirs.md5 === ours.md5)) {
      done.push(ours);
      continue;
    }
    missing.push(number);
    if (whole && ours === undefined) unproven.set(number, theirs);
  }
  return { done, missing, unproven };
}
