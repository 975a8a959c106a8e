/** Variables that are set and mean nothing: misspelt ones, and some of a group that only works as a whole. */
import type { Language } from '../../shared/errors.ts';

/** What our own variables begin with; others with these may be of other programs, such as OBS's own. */
const ours = /^(?:OBS|VULTR|STREAMAI|AGENT|DEFAULT|UPLOAD|RECORDINGS)_/;
const storage = ['ENDPOINT', 'BUCKET', 'ACCESS_KEY', 'SECRET_KEY'].map((name) => `VULTR_OBJECT_STORAGE_${name}`);

const words = {
  en: {
    meant: (name: string, known: string) => `${name} means nothing to StreamAI: did you mean ${known}?`,
    unknown: (name: string) => `${name} in .env means nothing to StreamAI; .env.example has what does.`,
    incomplete: (set: string, missing: string) =>
      `Object Storage is off: ${set} ${set.includes(',') ? 'are' : 'is'} set, but ${missing} ${missing.includes(',') ? 'are' : 'is'} missing.`,
  },
  fr: {
    meant: (name: string, known: string) => `${name} ne dit rien à StreamAI : vouliez-vous dire ${known} ?`,
    unknown: (name: string) => `${name} dans .env ne dit rien à StreamAI ; .env.example contient ce qui compte.`,
    incomplete: (set: string, missing: string) =>
      `Object Storage est inactif : il y a ${set}, mais il manque ${missing}.`,
  },
} as const;

/**
 * @param known every variable that is read
 * @param env the real environment, which has those of other programs too: only what is nearly ours is told of
 * @param file what `.env` sets, which is ours alone
 */
export function unknownVariables(
  known: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  file: ReadonlyMap<string, string>,
  language: Language,
): string[] {
  const say = words[language];
  const isSet = (name: string): boolean => (env[name] ?? '').trim() !== '' || (file.get(name) ?? '').trim() !== '';
  const told: string[] = [];
  for (const name of new Set([...file.keys(), ...Object.keys(env)])) {
    if (known.includes(name) || !isSet(name)) continue;
    const meant = nearest(
      name.toUpperCase(),
      known.filter((candidate) => ours.test(candidate)),
    );
    if (meant !== null) told.push(say.meant(name, meant));
    else if (file.has(name) && !/_proxy$/i.test(name)) told.push(say.unknown(name));
  }
  return told;
}

/**
 * That Object Storage stays off because some of its four settings are missing.
 * @param isSet whether a variable has a value
 */
export function incompleteStorage(isSet: (name: string) => boolean, language: Language): string[] {
  const set = storage.filter(isSet);
  if (set.length === 0 || set.length === storage.length) return [];
  const missing = storage.filter((name) => !set.includes(name));
  return [words[language].incomplete(set.join(', '), missing.join(', '))];
}

/** The candidate that differs in at most two letters (long ones), else one; null: none. */
export function nearest(name: string, candidates: readonly string[]): string | null {
  const most = name.length > 7 ? 2 : 1;
  const found = candidates
    .map((candidate) => ({ candidate, distance: distance(name, candidate) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return found !== undefined && found.distance <= most ? found.candidate : null;
}

/** How many letters have to be put in, taken out, replaced or swapped with their neighbour (optimal string alignment). */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Number.POSITIVE_INFINITY;
  const rows: number[][] = Array.from({ length: a.length + 1 }, (_, row) => [row]);
  const at = (row: number, column: number): number => rows[row]?.[column] ?? column;
  for (let row = 1; row <= a.length; row += 1) {
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const least = Math.min(at(row - 1, column) + 1, at(row, column - 1) + 1, at(row - 1, column - 1) + same);
      (rows[row] ?? [])[column] = swapped ? Math.min(least, at(row - 2, column - 2) + 1) : least;
    }
  }
  return at(a.length, b.length);
}
