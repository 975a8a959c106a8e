/**
 * Which files OBS wrote for a session when nobody told: what its record output says of itself while it runs is written down, for
 * OBS may be gone when it is needed, and so is every replay that it saves meanwhile. Where the drive is away when the session ends, what is
 * to be looked for is written down too, until it is back.
 */
import * as z from 'zod';
import type { ErrorInfo } from '../../shared/errors.ts';
import { isAway } from '../files/recording-file.ts';
import { type FoundSplit, findSplitFiles, type SplitSearch } from '../files/split-files.ts';
import type { Log } from '../log.ts';
import type { ObsConnection } from '../obs/connection.ts';
import { isReplayName, readRecordOutputs, readReplayNames, recordOutputSchema } from '../obs/record-output.ts';
import type { StateStore } from '../storage/state-store.ts';
import type { SessionBook } from './session-book.ts';
import type { StoredSession } from './session-store.ts';

const stateName = 'recordOutput';
/** What was written down of the session that OBS records, or recorded last. */
const rememberedSchema = z.object({
  sessionId: z.string(),
  output: recordOutputSchema.nullable(),
  replayNames: z.object({ prefix: z.string(), suffix: z.string() }),
  replays: z.array(z.string()),
});
type Remembered = z.infer<typeof rememberedSchema>;

const awaitedName = 'awaitedSplits';
/** A search that waits for its drive: as `SplitSearch`, but for what is known by then. */
const awaitedSchema = z.object({
  remembered: rememberedSchema,
  from: z.number(),
  to: z.number(),
  sureUntil: z.number(),
  recordedMs: z.number().nullable(),
  next: z.array(z.string()),
});
type Awaited = z.infer<typeof awaitedSchema>;

/** Of one session; older ones are forgotten. */
const mostReplays = 1000;
/** Drives that never come back keep their searches; older ones are forgotten. */
const mostAwaited = 20;

export interface SplitWatchPorts {
  readonly obs: Pick<ObsConnection, 'ask' | 'connected'>;
  readonly book: SessionBook;
  readonly state: StateStore;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

export interface MissedSplits {
  /** When it is looked for them, ms since 1970. */
  readonly at: number;
  /** Since when the agent has not seen everything, ms since 1970; null: it has. */
  readonly missedSince: number | null;
  /** The files of other recordings that are known to have begun since. */
  readonly others: readonly string[];
  /** The session's first file, if it is told only now. */
  readonly file: string | null;
  /** What OBS has counted of the session by then, ms; null: not known. */
  readonly recordedMs: number | null;
  /** Nothing will be known later that is not known now: what is in doubt is told. */
  readonly isEnd: boolean;
}

export interface FoundMissed {
  /** Those that belong to the session, in the order in which they were begun. */
  readonly own: readonly FoundSplit[];
  /** Whether others may, or not all could be looked at. */
  readonly doubts: boolean;
}

export class SplitWatch {
  readonly #ports: SplitWatchPorts;

  constructor(ports: SplitWatchPorts) {
    this.#ports = ports;
  }

  /** OBS records this session now: what its output says is written down. */
  async remember({ id, run }: StoredSession): Promise<void> {
    const { obs } = this.#ports;
    const first = run.files[0]?.path;
    const output = (await readRecordOutputs(obs)).find((each) => each.first === first) ?? null;
    const replayNames = await readReplayNames(obs);
    const { replays } = this.#remembered(id);
    this.#write({ sessionId: id, output, replayNames, replays });
  }

  /** OBS saved a replay while it records this session: its file is none of the recording's. */
  replaySaved(sessionId: string, file: string): void {
    const remembered = this.#remembered(sessionId);
    this.#write({ ...remembered, replays: [...remembered.replays, file].slice(-mostReplays) });
  }

  /** Looks for the files of a session that nobody told of. Those that may belong to it are told on its card, at its end. */
  async find(session: StoredSession, search: MissedSplits): Promise<FoundMissed> {
    const { at, missedSince, others, file, recordedMs, isEnd } = search;
    const { obs, book } = this.#ports;
    const written = session.run.files.map((each) => each.path);
    const known = written.length === 0 && file !== null ? [file] : written;
    const first = known[0];
    if (first === undefined) return nothing;
    // The clock may have been set back while it was recorded: then files can be older than its beginning, and younger than now.
    const { elapsedMs } = book.moment(session);
    const { startedAt } = session.run;
    const [from, to] = [Math.min(startedAt, at - elapsedMs), Math.max(at, startedAt + elapsedMs)];
    const remembered = this.#remembered(session.id);
    const outputs = obs.connected ? await readRecordOutputs(obs) : [];
    const told = outputs.find((each) => each.first === first);
    const output = told ?? remembered.output;
    if (output !== null && !output.splits) return nothing;
    const awaited: Awaited = {
      remembered: { ...remembered, output },
      from,
      to,
      // OBS names this run's first file still: no other one has begun.
      sureUntil: told !== undefined || missedSince === null ? to + 60_000 : missedSince,
      recordedMs,
      next: [...others, ...outputs.map((each) => each.first)].filter((other) => !known.includes(other)),
    };
    const away = await isAway(first, session.run.files[0] ?? null);
    const found = away ? null : await this.#search(session, known, awaited, isEnd);
    if (found?.unread === false) this.#forget(session.id);
    else if (isEnd) this.#await(awaited);
    return found === null ? { own: [], doubts: true } : { ...found, doubts: found.doubts || found.unread };
  }

  /** Sessions that have ended while their drive was away: their files are still to be looked for. */
  get awaiting(): readonly string[] {
    return this.#awaited.map(({ remembered }) => remembered.sessionId);
  }

  /** Looks for them after all. @returns none as long as the drive is away */
  async findAwaited(session: StoredSession): Promise<readonly FoundSplit[]> {
    const awaited = this.#awaited.find(({ remembered }) => remembered.sessionId === session.id);
    const [first] = session.run.files;
    if (awaited === undefined || first === undefined || (await isAway(first.path, first))) return [];
    const known = session.run.files.map((each) => each.path);
    const { own, unread } = await this.#search(session, known, awaited, true);
    if (!unread || !(await isAway(first.path, first))) this.#forget(session.id);
    return own;
  }

  async #search(
    session: StoredSession,
    known: SplitSearch['known'],
    { remembered, next, ...span }: Awaited,
    isEnd: boolean,
  ): Promise<FoundMissed & { readonly unread: boolean }> {
    const { book, log } = this.#ports;
    const { output, replays, replayNames } = remembered;
    const isReplay = (candidate: string): boolean =>
      replays.includes(candidate) ||
      (isReplayName(candidate, replayNames) && !isReplayName(known[0] ?? '', replayNames));
    const { own, doubtful, unread } = await findSplitFiles({
      ...span,
      known,
      next,
      names: output?.names ?? null,
      isOther: (candidate) =>
        isReplay(candidate) || next.includes(candidate) || book.store.byPath(candidate) !== undefined,
    });
    book.dropNotices(session.id, (notice) => isAbout(notice, own));
    for (const { path } of isEnd ? doubtful : []) {
      log.warn({ session: session.name, path }, 'a file may belong to this recording');
      book.notice(session.id, 'file_uncertain', { file: path });
    }
    return { own, doubts: doubtful.length > 0, unread };
  }

  get #awaited(): readonly Awaited[] {
    return this.#ports.state.get(awaitedName, z.array(awaitedSchema)) ?? [];
  }

  #await(awaited: Awaited): void {
    const others = this.#awaited.filter(({ remembered }) => remembered.sessionId !== awaited.remembered.sessionId);
    this.#ports.state.set(awaitedName, [...others, awaited].slice(-mostAwaited));
  }

  #forget(sessionId: string): void {
    if (!this.awaiting.includes(sessionId)) return;
    const others = this.#awaited.filter(({ remembered }) => remembered.sessionId !== sessionId);
    this.#ports.state.set(awaitedName, others);
  }

  #remembered(sessionId: string): Remembered {
    const found = this.#ports.state.get(stateName, rememberedSchema);
    if (found?.sessionId === sessionId) return found;
    return { sessionId, output: null, replayNames: { prefix: '', suffix: '' }, replays: [] };
  }

  #write(remembered: Remembered): void {
    this.#ports.state.set(stateName, remembered);
  }
}

const nothing: FoundMissed = { own: [], doubts: false };

/** Whether a notice asks about one of these files. */
const isAbout = ({ code, params }: ErrorInfo, files: readonly FoundSplit[]): boolean =>
  code === 'file_uncertain' && files.some(({ path }) => path === params?.file);
