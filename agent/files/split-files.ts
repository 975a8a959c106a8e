/**
 * Files of a split recording that we did not hear of: OBS before 30.2 has no event for a split, and while the agent is away it
 * hears of none. A name, an extension and a time of writing make no file a recording's: others write there too (the replay
 * buffer, a remux, a plugin that records a single source). What does:
 * - the name is one that OBS's record output makes: below its folder, by its format, with its extension
 * - the bytes are of the container that the first file is of
 * - OBS writes one file after the other: each begins where the one before it ends
 * - nothing else can have been recorded in between: OBS says so, or the agent watched
 * What has the name and not the rest may belong to it all the same (a clock that was set, a slow disk): a person can tell.
 */
import type { Dirent, Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Container } from '../../shared/domain.ts';
import { FairTurns } from '../fair-turns.ts';
import { lookAt } from './finalise.ts';
import { type NamePattern, namePatterns } from './name-pattern.ts';

/** How OBS's record output names the files of a run. */
export interface OutputNames {
  readonly directory: string;
  /** OBS's FilenameFormatting as it was at the start. */
  readonly format: string;
  /** Without its dot. */
  readonly extension: string;
}

export interface SplitSearch {
  /** The files that are known to be the run's, its first one first. */
  readonly known: readonly string[];
  /** null: not known; then files beside the first are looked at, and none is sure. */
  readonly names: OutputNames | null;
  /** The session's span, ms since 1970. */
  readonly from: number;
  readonly to: number;
  /** Files that were begun later can be another run's; ms since 1970. */
  readonly sureUntil: number;
  /** The files of other recordings that OBS has made since, as far as known: neither they nor younger files belong to this session. */
  readonly next: readonly string[];
  /** Paths that are known to be something else: another session's, a replay. */
  readonly isOther: (file: string) => boolean;
}

export interface FoundSplit {
  readonly path: string;
  /** When it was begun, whole ms since 1970. */
  readonly bornAt: number;
}

export interface FoundSplits {
  /** Those that are the run's, in the order in which they were begun. */
  readonly own: readonly FoundSplit[];
  /** Those that may be. */
  readonly doubtful: readonly FoundSplit[];
}

/** Clocks of file systems are coarse (FAT: 2 s). */
const slackMs = 2000;
/** From the end of one file to the beginning of the next: OBS starts a process for it, and may wait for a key frame. */
const longestGapMs = 10_000;
/** Of files that have such a name and were written in that time; there are never that many. */
const mostFiles = 10_000;
/** A format that names folders by the day, or by the hour, makes no more; each is read. */
const mostFolders = 1000;

/** Finds them. What cannot be read is not there. */
export async function findSplitFiles(search: SplitSearch): Promise<FoundSplits> {
  const { known, next, sureUntil } = search;
  const nothing = { own: [], doubtful: [] };
  const first = known[0];
  if (first === undefined) return nothing;
  const members = (await Promise.all(known.map((file) => factsOf(file, true)))).filter((file) => file !== null);
  const from = Math.min(search.from, ...members.map(({ bornAt }) => bornAt));
  const limits = (await Promise.all(next.map((file) => factsOf(file, true)))).filter((file) => file !== null);
  const later = limits.map(({ bornAt }) => bornAt).filter((bornAt) => bornAt > from);
  const before = Math.min(search.to + slackMs, ...later);
  const candidates = (await candidatesOf(search, first, from)).filter(
    ({ bornAt, endedAt }) => bornAt < before && bornAt >= from - slackMs && endedAt >= from - slackMs,
  );
  if (candidates.length === 0) return nothing;
  const container = await containerOf(first);
  const own: FoundSplit[] = [];
  const doubtful: FoundSplit[] = [];
  let last: WrittenFile | null = null;
  for (const file of [...members, ...candidates].sort((a, b) => a.bornAt - b.bornAt)) {
    if (!file.known) {
      const follows = last !== null && goesOn(last, file) && search.names !== null && file.bornAt <= sureUntil;
      if (!follows || !isAlike(await containerOf(file.path), container)) {
        doubtful.push({ path: file.path, bornAt: Math.trunc(file.bornAt) });
        continue;
      }
      own.push({ path: file.path, bornAt: Math.trunc(file.bornAt) });
    }
    last = file;
  }
  return { own, doubtful };
}

interface WrittenFile {
  readonly path: string;
  readonly known: boolean;
  readonly bornAt: number;
  readonly endedAt: number;
}

/** Whether a file begins where the one before it ends. */
function goesOn(last: WrittenFile, file: WrittenFile): boolean {
  return file.bornAt >= last.endedAt - slackMs && file.bornAt <= last.endedAt + longestGapMs;
}

/** null: nothing is written yet, for up to 10 s at a low bitrate; or it cannot be read. */
async function containerOf(file: string): Promise<Container | null> {
  const look = await lookAt(file).catch(() => null);
  return look === null || look.bytes === 0 ? null : look.container;
}

const isAlike = (a: Container | null, b: Container | null): boolean => a === null || b === null || a === b;

async function candidatesOf({ known, names, isOther }: SplitSearch, first: string, from: number) {
  const levels = names === null ? [besideIt(first)] : namePatterns(names.format, names.extension);
  const found = await walk(names?.directory ?? path.dirname(first), levels, from, { left: mostFolders });
  const others = found.filter((file) => !known.includes(file) && !isOther(file)).slice(0, mostFiles);
  return (await Promise.all(others.map((file) => factsOf(file, false)))).filter((file) => file !== null);
}

/** Any name with the first file's extension, but that of its remux. */
function besideIt(first: string): NamePattern {
  const { name, ext } = path.parse(first);
  const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return new RegExp(`^(?!${escaped(name)}\\.remuxed\\.).*${escaped(ext)}$`, 'i');
}

/** The files below a folder whose way there has these names, one pattern for each level. */
async function walk(
  folder: string,
  levels: readonly NamePattern[],
  from: number,
  folders: { left: number },
): Promise<string[]> {
  const [level, ...deeper] = levels;
  if (level === undefined || folders.left-- <= 0) return [];
  const entries: Dirent[] = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const fitting: Dirent[] = [];
  const turns = new FairTurns();
  for (const entry of entries) {
    await turns.next();
    if (level.test(entry.name.normalize('NFC'))) fitting.push(entry);
  }
  if (deeper.length === 0) return fitting.filter((entry) => entry.isFile()).map(({ name }) => path.join(folder, name));
  const found: string[] = [];
  for (const entry of fitting) {
    const inner = path.join(folder, entry.name);
    // A folder is written when a file is made in it; in one that was not, there is nothing of this session.
    if (deeper.length === 1 && ((await stat(inner).catch(() => null))?.mtimeMs ?? 0) < from - slackMs) continue;
    found.push(...(await walk(inner, deeper, from, folders)));
  }
  return found;
}

async function factsOf(file: string, known: boolean): Promise<WrittenFile | null> {
  const facts = await stat(file).catch(() => null);
  return facts?.isFile() ? { path: file, known, bornAt: bornAt(facts), endedAt: facts.mtimeMs } : null;
}

/** Where a file system keeps no birth time, Node reports the change time or 0. */
const bornAt = ({ birthtimeMs, mtimeMs }: Stats): number => (birthtimeMs > 0 ? birthtimeMs : mtimeMs);
