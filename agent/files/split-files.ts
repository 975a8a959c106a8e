/**
 * Files of a split recording that we did not hear of: OBS before 30.2 has no event for a split, and while the agent is away it
 * hears of none. They lie beside the first file, were written during the session, and have the first file's extension.
 */
import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

export interface SplitSearch {
  /** The run's first file. */
  readonly first: string;
  /** The session's span, ms since 1970. */
  readonly from: number;
  readonly to: number;
  /** The file of another recording that OBS makes by now, if any: neither it nor a younger file belongs to this session. */
  readonly next?: string | null;
  /** Paths that belong to some session already. */
  readonly isKnown: (file: string) => boolean;
}

/** Clocks of file systems are coarse (FAT: 2 s). */
const slackMs = 2000;
/** A folder with more files than this is not searched through. */
const mostFiles = 50_000;

/** Finds them. @returns paths in the order in which the files were begun; empty when the folder cannot be read */
export async function findSplitFiles({ first, from, to, next = null, isKnown }: SplitSearch): Promise<string[]> {
  const folder = path.dirname(first);
  const extension = path.extname(first).toLowerCase();
  const names = await readdir(folder).catch(() => []);
  if (names.length > mostFiles) return [];
  const nextFacts = next === null ? null : await stat(next).catch(() => null);
  const nextBorn = nextFacts === null ? null : bornAt(nextFacts);
  const found: { file: string; born: number }[] = [];
  for (const name of names) {
    const file = path.join(folder, name);
    if (path.extname(name).toLowerCase() !== extension || file === first || isKnown(file)) continue;
    const facts = await stat(file).catch(() => null);
    if (!facts?.isFile()) continue;
    const born = bornAt(facts);
    if (nextBorn !== null && born >= nextBorn) continue;
    if (born >= from - slackMs && facts.mtimeMs >= from - slackMs && born <= to + slackMs) found.push({ file, born });
  }
  return found.sort((a, b) => a.born - b.born).map(({ file }) => file);
}

/** Where a file system keeps no birth time, Node reports the change time or 0. */
const bornAt = ({ birthtimeMs, mtimeMs }: Stats): number => (birthtimeMs > 0 ? birthtimeMs : mtimeMs);
