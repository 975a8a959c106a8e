/**
 * The life of one session as a pure state machine: `(run, event) → run`. No clock, no files, no OBS.
 *
 * **It is active.** A session begins when OBS confirms a start, or when the agent connects to an OBS that records already. It is
 * `recording`; `paused`, and `recording` again, as often as OBS pauses; and `stopping` once OBS says that it is about to stop. At most
 * one session is active: OBS has one record output.
 *
 * **It ends**, and its `ending` is written down. `stopped`: OBS said so, as it nearly always does. `vanished`: OBS went away under our
 * eyes, and never came back or came back as another run of itself, so it crashed or was killed. `unseen`: it was over when the
 * connection or the agent, which had been away, was there again. `failed`: OBS answers that it does not record, and never said that it
 * stopped; after a write error it says so only when somebody clicks its message away.
 *
 * **Its files become ready.** A session has one file, and one more for each split, numbered in the order in which OBS began them. A
 * file is `writing` until OBS goes on in the next one or the session ends. Then it is `finalising`, since OBS may still rewrite its
 * head: file-closer.ts looks at it until nobody changes it any more. Then it is `ready`, with its size, its container, and whether
 * that was closed properly; or it is `missing`. A missing file can turn up later and be ready after all. One that we delete, because
 * the settings ask for it, is `deleted`.
 *
 * **It is done.** As long as one of its files is waited for, a session that has ended is `finalising`. Then it is `recorded` if it
 * ended well and `interrupted` if not. It ended well if OBS said that it stopped; and also if nobody saw the end, but every file is
 * there and was closed properly. After a crash that we saw, or where OBS failed, it did not, even if the muxer, a process of its own,
 * closed the file.
 *
 * **It is revived** if it was given up too early: OBS could not be reached, its file stood still, and then it turns out that OBS
 * records this very file all the same. Then the session is active as if it had never ended, and its last file is `writing`; what is
 * known of earlier files stays. Who waits for the end of that file or uploads it has to be told (session-tracker.ts does).
 *
 * **Recorded time** is never the difference of two dates: a clock can be set, and OBS pauses while nobody looks. Each event brings
 * the recorded time of its `Moment`, which RecordedClock knows from OBS; a run keeps the last one (`asOf`).
 *
 * Events may come twice or late: OBS says how things stand when the agent connects, and may say the same as an event too. What is
 * true already changes nothing: then the very same run is returned.
 */
import type { Container, SessionMetadata, SessionState } from '../../shared/domain.ts';
import { endFile, newFile, placed, type RunFile } from './run-files.ts';

export type { RunFile } from './run-files.ts';

/** One moment of a session. Times in whole ms. */
export interface Moment {
  /** ms since 1970. For dates alone: the clock may be set at any time. */
  readonly date: number;
  /** Recorded time without pauses. */
  readonly recordedMs: number;
  /** Time since the session's start, pauses included. */
  readonly elapsedMs: number;
  /** How far OBS's own count was behind `recordedMs`; left out: not at all, as far as known. */
  readonly behindMs?: number;
}

export interface Pause {
  /** Recorded time at which it began, ms. */
  readonly atMs: number;
  readonly durationMs: number;
}

/** How a recording ended: OBS said so, OBS gave up without a word, OBS crashed under our eyes, or nobody saw it. */
export const endings = ['stopped', 'failed', 'vanished', 'unseen'] as const;
export type Ending = (typeof endings)[number];

/** Dates are ms since 1970. */
export interface Run {
  readonly state: SessionState;
  readonly startedAt: number;
  readonly stoppedAt: number | null;
  /** The last moment that is known; while it goes on, RecordedClock counts from there. */
  readonly asOf: Moment;
  /** While paused: `elapsedMs` when the pause began. */
  readonly pausedAtMs: number | null;
  /** Those that were seen, at most `mostPauses`. */
  readonly pauses: readonly Pause[];
  /** How many more there were. */
  readonly pausesLeftOut: number;
  /** null while it goes on. */
  readonly ending: Ending | null;
  readonly files: readonly RunFile[];
}

export type RunEvent =
  | { readonly type: 'paused' | 'resumed' | 'stopping'; readonly at: Moment }
  /** Time passed, and nothing else is new. */
  | { readonly type: 'went_on'; readonly at: Moment }
  /**
   * OBS writes another file: after a split, or the first one where its path was not known before. `bornAt`: when it began to, ms since
   * 1970. `startMs`: recorded time of the split as OBS counts it; null: not known.
   */
  | {
      readonly type: 'file_changed';
      readonly at: Moment;
      readonly bornAt: number;
      readonly path: string;
      readonly startMs: number | null;
    }
  /** OBS ended the recording. `paths`: every file that is known to belong to it. */
  | { readonly type: 'stopped'; readonly at: Moment; readonly paths: readonly string[] }
  /** OBS says late that somebody had stopped what seemed to have failed. */
  | { readonly type: 'stop_was_asked' }
  /** The recording is over, and OBS has not said so. */
  | {
      readonly type: 'lost';
      readonly at: Moment;
      readonly paths: readonly string[];
      readonly ending: 'vanished' | 'unseen';
    }
  /** The recording is over: OBS ended it by itself. */
  | { readonly type: 'failed'; readonly at: Moment; readonly paths: readonly string[] }
  /** OBS says that it records this session's file now: the session may have been given up, or be active already. */
  | { readonly type: 'revived'; readonly paused: boolean; readonly at: Moment }
  /** A file that OBS writes is there. */
  | { readonly type: 'file_seen'; readonly number: number; readonly inode: string }
  /** A file will not change any more; also one that was missing and has turned up. */
  | {
      readonly type: 'file_ready';
      readonly number: number;
      readonly bytes: number;
      readonly container: Container;
      readonly finalised: boolean | null;
      /** When the file was last written, ms since 1970. */
      readonly modifiedAt: number;
      readonly inode: string;
      /** null: it does not say. */
      readonly durationMs: number | null;
    }
  | { readonly type: 'file_missing'; readonly number: number }
  /** A person says of a file that it belongs to it. `at`: ms since 1970. */
  | { readonly type: 'file_added'; readonly at: number; readonly path: string }
  /** We deleted it, as the settings ask; or `file_kept`: we meant to, and it is still there. */
  | { readonly type: 'file_deleted' | 'file_kept'; readonly number: number };

/** A session with more would make every message about it heavy. */
export const mostPauses = 100;

/** A session that begins. `path` is null while OBS has not told it. */
export function begin(at: Moment, path: string | null): Run {
  const startedAt = at.date - at.elapsedMs;
  const run: Run = {
    state: 'recording',
    startedAt,
    stoppedAt: null,
    asOf: at,
    pausedAtMs: null,
    pauses: [],
    pausesLeftOut: 0,
    ending: null,
    files: [],
  };
  return path === null ? run : { ...run, files: [newFile(1, path, startedAt, 0)] };
}

/** The first moment of a recording that begins at this date, ms since 1970. */
export function firstMoment(date: number): Moment {
  return { date, recordedMs: 0, elapsedMs: 0 };
}

export function isActive(state: SessionState): boolean {
  return state === 'recording' || state === 'paused' || state === 'stopping';
}

/** A run's pauses as a part of its session's metadata. */
export function pausesOf({ pauses, pausesLeftOut }: Run): Pick<SessionMetadata, 'pauses' | 'pausesLeftOut'> {
  return { pauses: [...pauses], ...(pausesLeftOut === 0 ? {} : { pausesLeftOut }) };
}

export function step(run: Run, event: RunEvent): Run {
  switch (event.type) {
    case 'paused':
      if (run.state !== 'recording') return run;
      return { ...run, state: 'paused', asOf: event.at, pausedAtMs: event.at.elapsedMs };
    case 'resumed':
      return run.state === 'paused' ? { ...endPause(run, event.at), state: 'recording' } : run;
    case 'stopping':
      return run.state === 'recording' || run.state === 'paused'
        ? { ...endPause(run, event.at), state: 'stopping' }
        : run;
    case 'went_on':
      return isActive(run.state) ? { ...run, asOf: event.at } : run;
    case 'file_changed': {
      const { at, bornAt, path, startMs } = event;
      if (!isActive(run.state) || hasPath(run, path)) return run;
      const files = run.files.map((file) => endFile(file, bornAt));
      const file = newFile(files.length + 1, path, bornAt, files.length === 0 ? 0 : startMs);
      return { ...run, asOf: at, files: placed([...files, file]) };
    }
    case 'stopped':
      if (isActive(run.state)) return end(run, event, 'stopped');
      // That it has ended was found out when we connected; now OBS says it. That OBS failed stays true.
      if (run.state !== 'finalising' || run.ending === 'stopped' || run.ending === 'failed') return run;
      return { ...run, ending: 'stopped' };
    case 'stop_was_asked':
      return run.ending === 'failed' ? finish({ ...run, ending: 'stopped' }) : run;
    case 'lost':
      return isActive(run.state) ? end(run, event, event.ending) : run;
    case 'failed':
      return isActive(run.state) ? end(run, event, 'failed') : run;
    case 'revived':
      return isActive(run.state) ? goOn(run, event.paused, event.at) : revive(run, event.paused, event.at);
    case 'file_seen': {
      const { number, inode } = event;
      if (run.files[number - 1]?.inode !== null) return run;
      return changeFile(run, number, (file) => ({ ...file, inode }));
    }
    case 'file_ready': {
      const { type: _, number, ...facts } = event;
      const before = run.files[number - 1]?.state;
      const next = changeFile(run, number, (file) => ({ ...file, ...facts, state: 'ready' }));
      const known = { ...next, files: placed(next.files) };
      return finish(before === 'ready' ? known : witnessed(known, number));
    }
    case 'file_missing':
      return finish(changeFile(run, event.number, (file) => ({ ...file, state: 'missing' })));
    case 'file_added': {
      if (isActive(run.state) || hasPath(run, event.path)) return run;
      const file = endFile(newFile(run.files.length + 1, event.path, event.at, null), event.at);
      return { ...run, state: 'finalising', files: placed([...run.files, file]) };
    }
    case 'file_deleted':
      return changeFile(run, event.number, (file) => (file.state === 'ready' ? { ...file, state: 'deleted' } : file));
    case 'file_kept':
      return changeFile(run, event.number, (file) => (file.state === 'deleted' ? { ...file, state: 'ready' } : file));
  }
}

function hasPath(run: Run, path: string): boolean {
  return run.files.some((file) => file.path === path);
}

function changeFile(run: Run, number: number, change: (file: RunFile) => RunFile): Run {
  return { ...run, files: run.files.map((file) => (file.number === number ? change(file) : file)) };
}

/** @param atMs where in the recording it was; what has been recorded since is no part of it */
function endPause(run: Run, at: Moment, atMs = at.recordedMs): Run {
  if (run.pausedAtMs === null) return { ...run, asOf: at };
  const ended = { ...run, asOf: at, pausedAtMs: null };
  if (run.pauses.length >= mostPauses) return { ...ended, pausesLeftOut: run.pausesLeftOut + 1 };
  const durationMs = Math.max(0, at.elapsedMs - run.pausedAtMs - Math.max(0, at.recordedMs - atMs));
  return { ...ended, pauses: [...run.pauses, { atMs, durationMs }] };
}

function end(run: Run, { at, paths }: { at: Moment; paths: readonly string[] }, ending: Ending): Run {
  // Of an end that nobody saw, `at` is when it was noticed; what was known before stays what is known.
  const ended = ending === 'stopped' || ending === 'failed' ? endPause(run, at) : run;
  const stoppedAt = notBefore(ended, at.date);
  const files = ended.files.map((file) => endFile(file, stoppedAt));
  for (const path of paths) {
    if (files.some((file) => file.path === path)) continue;
    files.push(endFile(newFile(files.length + 1, path, at.date, files.length === 0 ? 0 : null), stoppedAt));
  }
  return finish({ ...ended, state: 'finalising', stoppedAt, ending, files: placed(files) });
}

/** The clock may have been set back: nothing stops before it has lasted as long as it has. */
function notBefore({ startedAt, asOf }: Run, date: number): number {
  return Math.max(date, startedAt + asOf.elapsedMs);
}

/**
 * Nobody saw the end of a recording that was lost: what its files say of how long they play is the best witness of it, and where
 * one does not say, the last write to the last one.
 * @param number of the file that has just become ready
 */
function witnessed(run: Run, number: number): Run {
  const { stoppedAt, asOf, files } = run;
  if ((run.ending !== 'vanished' && run.ending !== 'unseen') || stoppedAt === null) return run;
  const last = files.at(-1);
  if (last === undefined || last.number !== number || last.modifiedAt === null) return run;
  const writtenAt = Math.min(stoppedAt, last.modifiedAt);
  const sinceMs = Math.max(0, writtenAt - asOf.date);
  const played = last.startMs === null || last.durationMs === null ? null : last.startMs + last.durationMs;
  const recordedMs = played ?? asOf.recordedMs + (run.pausedAtMs === null ? sinceMs : 0);
  const elapsedMs = asOf.elapsedMs + Math.max(sinceMs, recordedMs - asOf.recordedMs, 0);
  return {
    ...run,
    stoppedAt: Math.max(run.startedAt, writtenAt),
    asOf: { date: Math.max(asOf.date, writtenAt), recordedMs, elapsedMs },
  };
}

/** Once no file is waited for, a session that has ended is done. A missing file that turns up may show that it ended well. */
function finish(run: Run): Run {
  if (isActive(run.state) || run.files.some((file) => file.state === 'writing' || file.state === 'finalising'))
    return run;
  const whole = run.files.length > 0 && run.files.every((file) => file.state !== 'missing' && file.finalised === true);
  const well = run.ending === 'stopped' || (run.ending === 'unseen' && whole);
  return { ...run, state: well ? 'recorded' : 'interrupted' };
}

/** It is recorded, or paused, whatever was heard of it before. */
function goOn(before: Run, paused: boolean, at: Moment): Run {
  const run: Run = before.state === 'stopping' ? { ...before, state: 'recording' } : before;
  // A pause that ended while nobody looked was where the recording stood when it was seen last.
  if (!paused && run.state === 'paused') return { ...endPause(run, at, run.asOf.recordedMs), state: 'recording' };
  if (!paused) return step(run, { type: 'went_on', at });
  if (run.state === 'paused') return step(run, { type: 'went_on', at });
  // It may have begun long ago: whatever of the time since the last moment was not recorded.
  const pausedAtMs = Math.min(at.elapsedMs, run.asOf.elapsedMs + Math.max(0, at.recordedMs - run.asOf.recordedMs));
  return { ...step(run, { type: 'paused', at }), pausedAtMs };
}

/** A session that was given up: OBS writes its last file all the same. */
function revive(run: Run, paused: boolean, at: Moment): Run {
  const last = run.files.at(-1);
  const open = {
    state: 'writing',
    endedAt: null,
    finalised: null,
    durationMs: null,
    modifiedAt: null,
    inode: null,
  } as const;
  const files = run.files.map((file) => (file === last ? { ...file, ...open } : file));
  const state = run.pausedAtMs === null ? 'recording' : 'paused';
  return goOn({ ...run, state, stoppedAt: null, ending: null, files }, paused, at);
}
