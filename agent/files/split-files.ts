/**
 * Files of a split recording that we did not hear of: OBS before 30.2 has no event for a split, and while the agent is away it
 * hears of none. A name, an extension and a time of writing make no file a recording's: others write there too (the replay
 * buffer, a remux, a plugin that records a single source). What does:
 * - the name is one that OBS's record output makes: below its folder, by its format, with its extension
 * - the bytes are of the container that the first file is of
 * - OBS writes one file after the other: each begins where the one before it ends, is written to after that, and is the only one
 * - OBS writes as it records: a file is written to for as long as it plays. A clip of the replay buffer plays for longer
 * - OBS has counted so much in all: there is room for it beside the other files
 * - nothing else can have been recorded in between: OBS says so, or the agent watched
 * What was written much faster than it plays, or is longer than OBS recorded, is another program's or another output's. What has the
 * name and not the rest may belong to it all the same (a clock that was set, a slow disk): a person can tell.
 */
import type { BigIntStats, Dirent } from 'node:fs';
import path from 'node:path';
import type { Container } from '../../shared/domain.ts';
import { FairTurns } from '../fair-turns.ts';
import { disk } from './disk.ts';
import { fileWork } from './file-work.ts';
import { lookAt } from './finalise.ts';
import { type NamePattern, namePatterns } from './name-pattern.ts';
import { checkPath, statRecording } from './open-recording.ts';
import { playTimeMs } from './play-time.ts';

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
  /** What OBS has counted in all of the run's files together; null: not known. */
  readonly recordedMs: number | null;
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
  /** Something was not there that should be, or went while it was looked at: a drive that is away, most likely. */
  readonly unread: boolean;
}

/** Clocks of file systems are coarse (FAT: 2 s), and an encoder holds frames back for as long. */
const slackMs = 2000;
/**
 * From the end of one file to the beginning of the next. The same thread ends the one and begins the other (obs-studio,
 * obs-ffmpeg-mux.c and mp4-output.c).
 */
const longestGapMs = 3000;
/** No disk, clock or encoder explains a difference beyond this one. */
const sureMs = 4000;
/** A file that does not say how long it plays may grow so many times as fast as the first one did. */
const mostTimesFaster = 4;
/** Of files that have such a name and were written in that time; there are never that many. */
const mostFiles = 10_000;
/** A format that names folders by the day, or by the hour, makes no more; each is read. */
const mostFolders = 1000;

/** Finds them among what can be read. */
export async function findSplitFiles(search: SplitSearch): Promise<FoundSplits> {
  const { known, next, sureUntil, names, recordedMs } = search;
  const nothing = { own: [], doubtful: [], unread: false };
  const first = known[0];
  if (first === undefined) return nothing;
  const members = (await Promise.all(known.map((file) => factsOf(file, true)))).filter((file) => file !== null);
  const from = Math.min(search.from, ...members.map(({ bornAt }) => bornAt));
  const limits = (await Promise.all(next.map((file) => factsOf(file, true)))).filter((file) => file !== null);
  const later = limits.map(({ bornAt }) => bornAt).filter((bornAt) => bornAt > from);
  const before = Math.min(search.to + slackMs, ...later);
  const seen = await candidatesOf(search, first, from);
  const candidates = seen.files.filter(
    ({ bornAt, endedAt }) => bornAt < before && bornAt >= from - slackMs && endedAt >= from - slackMs,
  );
  const isFirstThere = members.some((file) => file.path === first);
  if (candidates.length === 0) return { ...nothing, unread: seen.unread || !isFirstThere };
  const read = await contentsOf([...members, ...candidates]);
  const unread = seen.unread || !isFirstThere || read.some(({ unread }) => unread);
  const files = read.filter((file) => file.known || !isCopied(file));
  const start = files.find((file) => file.path === first) ?? null;
  const own: SeenFile[] = [];
  const doubtful: SeenFile[] = [];
  let last: SeenFile | null = null;
  let leftMs = recordedMs === null ? null : recordedMs - playedMs(files.filter((file) => file.known));
  for (const file of files.sort((a, b) => a.bornAt - b.bornAt)) {
    if (!file.known) {
      const follows = last !== null && !last.open && goesOn(last, file) && !hasRival(last, file, files);
      const fits = isAlike(file, start) && isRecordedLive(file, start) && isWithin(file, leftMs, slackMs);
      if (!follows || !fits || names === null || file.bornAt > sureUntil) {
        doubtful.push(file);
        continue;
      }
      own.push(file);
      if (leftMs !== null) leftMs -= file.playMs ?? 0;
    }
    last = file;
  }
  const asked = doubtful.filter((file) => isWithin(file, leftMs, sureMs));
  return { own: own.map(found), doubtful: asked.map(found), unread };
}

interface WrittenFile {
  readonly path: string;
  readonly known: boolean;
  readonly bornAt: number;
  readonly endedAt: number;
  /** How long it was written to, ms; null: the file system does not keep when it was made. */
  readonly writtenMs: number | null;
}

interface SeenFile extends WrittenFile {
  readonly bytes: number;
  /** null: nothing is written yet, for up to 10 s at a low bitrate; or it cannot be read. */
  readonly container: Container | null;
  /** Its container is still to be closed. */
  readonly open: boolean;
  /** null: it does not say. */
  readonly playMs: number | null;
  /** It cannot be looked at. */
  readonly unread: boolean;
}

const found = ({ path, bornAt }: SeenFile): FoundSplit => ({ path, bornAt: Math.trunc(bornAt) });

/** One after the other: there can be many. */
async function contentsOf(files: readonly WrittenFile[]): Promise<SeenFile[]> {
  const read: SeenFile[] = [];
  for (const file of files) {
    const look = await lookAt(file.path).catch(() => null);
    const empty = look === null || look.bytes === 0;
    read.push({
      ...file,
      unread: look === null,
      bytes: look?.bytes ?? 0,
      container: empty ? null : look.container,
      open: empty || look.closed === 'open',
      playMs: empty ? null : await playTimeMs(file.path),
    });
  }
  return read;
}

/** Whether a file begins where the one before it ends, and goes on after that. */
function goesOn(last: SeenFile, { bornAt, endedAt }: SeenFile): boolean {
  return bornAt >= last.endedAt - slackMs && bornAt <= last.endedAt + longestGapMs && endedAt >= last.endedAt;
}

/** Whether another file was written at the same time, and could follow as well. */
function hasRival(last: SeenFile, file: SeenFile, files: readonly SeenFile[]): boolean {
  const isMeanwhile = (other: SeenFile): boolean =>
    other.bornAt < file.endedAt - slackMs && file.bornAt < other.endedAt - slackMs;
  return files.some((other) => other !== file && other !== last && goesOn(last, other) && isMeanwhile(other));
}

/** Whether a file was written to for as long as it plays; where it does not say, about as fast as the first one was. */
function isRecordedLive({ open, playMs, writtenMs, bytes }: SeenFile, first: SeenFile | null): boolean {
  if (open) return true;
  if (writtenMs === null) return false;
  if (playMs !== null) return playMs <= writtenMs + slackMs;
  return first?.writtenMs != null && bytes / writtenMs <= (mostTimesFaster * first.bytes) / first.writtenMs;
}

/** Whether it is sure that a file was written faster than it plays: a clip of the replay buffer, a copy. */
function isCopied({ playMs, writtenMs }: SeenFile): boolean {
  return playMs !== null && writtenMs !== null && playMs > 2 * writtenMs + sureMs;
}

/** @param leftMs of what OBS has counted; null: not known */
function isWithin({ playMs }: SeenFile, leftMs: number | null, toleranceMs: number): boolean {
  return playMs === null || leftMs === null || playMs <= leftMs + toleranceMs;
}

/** Those that are not closed yet add nothing. */
const playedMs = (files: readonly SeenFile[]): number => files.reduce((sum, { playMs }) => sum + (playMs ?? 0), 0);

/** Whether two files have the same container; one that is not known may be any. */
const isAlike = (a: SeenFile, b: SeenFile | null): boolean =>
  a.container === null || b === null || b.container === null || a.container === b.container;

async function candidatesOf({ known, names, isOther }: SplitSearch, first: string, from: number) {
  const levels = names === null ? [besideIt(first)] : namePatterns(names.format, names.extension);
  const folder = names?.directory ?? path.dirname(first);
  const walked = { left: mostFolders, unread: false };
  const found = await walk(folder, levels, from, walked);
  const others = found
    .filter((file) => !known.includes(file) && !isOther(file) && (!isRemux(file) || isRemux(first)))
    .slice(0, mostFiles);
  const facts = await Promise.all(others.map((file) => factsOf(file, false)));
  const files = facts.filter((file) => file !== null);
  return { files, unread: walked.unread || files.length < facts.length };
}

/** Any name with the first file's extension. */
function besideIt(first: string): NamePattern {
  return new RegExp(`${path.extname(first).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`, 'i');
}

/** OBS calls a remux so where the recording has its extension already (obs-studio, OBSBasic::AutoRemux). */
const isRemux = (file: string): boolean => /\.remuxed\.[^.]+$/i.test(file);

/** The files below a folder whose way there has these names, one pattern for each level. */
async function walk(
  folder: string,
  levels: readonly NamePattern[],
  from: number,
  folders: { left: number; unread: boolean },
): Promise<string[]> {
  const [level, ...deeper] = levels;
  if (level === undefined || folders.left-- <= 0) return [];
  const entries: Dirent[] = await entriesOf(folder).catch(() => {
    folders.unread = true;
    return [];
  });
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
    const facts = deeper.length === 1 ? await fileWork.doIn(folder, () => disk.stat(inner)).catch(() => null) : null;
    if (deeper.length === 1 && (facts?.mtimeMs ?? 0) < from - slackMs) continue;
    found.push(...(await walk(inner, deeper, from, folders)));
  }
  return found;
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  checkPath(folder);
  return fileWork.doIn(folder, () => disk.readdir(folder, { withFileTypes: true }));
}

async function factsOf(file: string, known: boolean): Promise<WrittenFile | null> {
  const facts = await statRecording(file).catch(() => null);
  if (facts === null) return null;
  const [birthtimeMs, mtimeMs] = [ms(facts.birthtimeNs), ms(facts.mtimeNs)];
  return { path: file, known, bornAt: bornAt(facts), endedAt: mtimeMs, writtenMs: writtenMs(birthtimeMs, mtimeMs) };
}

/** Where a file system keeps no birth time, Node reports the change time or 0. */
const bornAt = ({ birthtimeNs, mtimeNs }: BigIntStats): number => ms(birthtimeNs > 0n ? birthtimeNs : mtimeNs);
const ms = (ns: bigint): number => Number(ns) / 1e6;
const writtenMs = (birthtimeMs: number, mtimeMs: number): number | null =>
  birthtimeMs > 0 && birthtimeMs < mtimeMs ? mtimeMs - birthtimeMs : null;
