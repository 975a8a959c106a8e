/**
 * Which files OBS wrote for a session when nobody told: what its record output says of itself while it runs is written down, for
 * OBS may be gone when it is needed, and so is every replay that it saves meanwhile.
 */
import * as z from 'zod';
import type { ErrorInfo } from '../../shared/errors.ts';
import { type FoundSplit, findSplitFiles } from '../files/split-files.ts';
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

/** Of one session; older ones are forgotten. */
const mostReplays = 1000;

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
  /** Whether others may. */
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
    const { obs, book, log } = this.#ports;
    const written = session.run.files.map((each) => each.path);
    const known = written.length === 0 && file !== null ? [file] : written;
    const first = known[0];
    if (first === undefined) return nothing;
    // The clock may have been set back while it was recorded: then files can be older than its beginning, and younger than now.
    const { elapsedMs } = book.moment(session);
    const { startedAt } = session.run;
    const [from, to] = [Math.min(startedAt, at - elapsedMs), Math.max(at, startedAt + elapsedMs)];
    const { output: noted, replays, replayNames } = this.#remembered(session.id);
    const outputs = obs.connected ? await readRecordOutputs(obs) : [];
    const told = outputs.find((each) => each.first === first);
    const output = told ?? noted;
    if (output !== null && !output.splits) return nothing;
    const isReplay = (candidate: string): boolean =>
      replays.includes(candidate) || (isReplayName(candidate, replayNames) && !isReplayName(first, replayNames));
    const { own, doubtful } = await findSplitFiles({
      known,
      names: output?.names ?? null,
      from,
      to,
      // OBS names this run's first file still: no other one has begun.
      sureUntil: told !== undefined || missedSince === null ? to + 60_000 : missedSince,
      recordedMs,
      next: [...others, ...outputs.map((each) => each.first)].filter((other) => !known.includes(other)),
      isOther: (candidate) =>
        isReplay(candidate) || others.includes(candidate) || book.store.byPath(candidate) !== undefined,
    });
    book.dropNotices(session.id, (notice) => isAbout(notice, own));
    for (const { path } of isEnd ? doubtful : []) {
      log.warn({ session: session.name, path }, 'a file may belong to this recording');
      book.notice(session.id, 'file_uncertain', { file: path });
    }
    return { own, doubts: doubtful.length > 0 };
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
