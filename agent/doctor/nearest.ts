/** The name that a misspelt one was probably meant to be. */

/** So many letters may be wrong, missing or too many. */
const mostWrong = 2;

/** @returns null where none is like it */
export function nearest(name: string, known: readonly string[]): string | null {
  const found = known
    .map((candidate) => ({ candidate, wrong: distance(name, candidate) }))
    .toSorted((a, b) => a.wrong - b.wrong)[0];
  return found !== undefined && found.wrong <= mostWrong ? found.candidate : null;
}

/** Levenshtein's, of two short texts. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
