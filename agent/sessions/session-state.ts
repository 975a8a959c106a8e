/**
 * The life of one session as a pure state machine: `(run, event) → run`. No clock, no files, no OBS.
 *
 * **It is active.** A session begins when OBS confirms a start, or when the agent connects to an OBS that records already. It is
 * `recording`; `paused`, and `recording` again, as often as OBS pauses; and `stopping` once OBS says that it is about to stop. At most
 * one session is active: OBS has one record output.
 *
 * **It ends**, and its `ending` is written down. `stopped`: OBS said so, as it nearly always does. `vanished`: OBS went away under our
 * eyes, and never came back or came back as another run of itself, so it crashed or was killed. `unseen`: it was over when the
 * connection or the agent, which had been away, was there again.
 *
 * **Its files become ready.** A session has one file, and one more for each split, numbered in the order in which OBS began them. A
 * file is `writing` until OBS goes on in the next one or the session ends. Then it is `finalising`, since OBS may still rewrite its
 * head: file-closer.ts looks at it until nobody changes it any more. Then it is `ready`, with its size, its container, and whether
 * that was closed properly; or it is `missing`. A missing file can turn up later and be ready after all. One that we delete, because
 * the settings ask for it, is `deleted`.
 *
 * **It is done.** As long as one of its files is waited for, a session that has ended is `finalising`. Then it is `recorded` if it
 * ended well and `interrupted` if not. It ended well if OBS said that it stopped; and also if nobody saw the end, but every file is
 * there and was closed properly. After a crash that we saw it did not, even where the muxer, a process of its own, closed the file.
 *
 * **It is revived** if it was given up too early: OBS could not be reached, its file stood still, and then it turns out that OBS
 * records this very file all the same. Then the session is active as if it had never ended, and its last file is `writing`; what is
 * known of earlier files stays. Who waits for the end of that file or uploads it has to be told (session-tracker.ts does).
 *
 * Events may come twice or late: OBS says how things stand when the agent connects, and may say the same as an event too. What is
 * true already changes nothing: then the very same run is returned.
 */
import type { Container, RecordingState, SessionState } from '../../shared/domain.ts';

export interface RunFile {
  /** 1-based. */
  readonly number: number;
  readonly path: string;
  readonly state: RecordingState;
  readonly bytes: number;
  readonly container: Container | null;
  /** Whether its container was closed properly; null as long as that is not known, and where the container does not tell. */
  readonly finalised: boolean | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** When it was last written before OBS closed it, and where it lies (`inodeOf`); null until it is ready. */
  readonly modifiedAt: number | null;
  readonly inode: string | null;
}

export interface Pause {
  /** Recorded time at which it began, ms. */
  readonly atMs: number;
  readonly durationMs: number;
}

/** How a recording ended: OBS said so, OBS crashed under our eyes, or nobody saw it. */
export const endings = ['stopped', 'vanished', 'unseen'] as const;
export type Ending = (typeof endings)[number];

/** Instants are ms since 1970. */
export interface Run {
  readonly state: SessionState;
  readonly startedAt: number;
  readonly stoppedAt: number | null;
  readonly pausedAt: number | null;
  readonly pauses: readonly Pause[];
  /** null while it goes on. */
  readonly ending: Ending | null;
  readonly files: readonly RunFile[];
}

export type RunEvent =
  | { readonly type: 'paused' | 'resumed' | 'stopping'; readonly at: number }
  /** OBS writes another file: after a split, or the first one where its path was not known before. */
  | { readonly type: 'file_changed'; readonly at: number; readonly path: string }
  /** OBS ended the recording. `paths`: every file that is known to belong to it. */
  | { readonly type: 'stopped'; readonly at: number; readonly paths: readonly string[] }
  /** The recording is over, and OBS has not said so. */
  | {
      readonly type: 'lost';
      readonly at: number;
      readonly paths: readonly string[];
      readonly ending: 'vanished' | 'unseen';
    }
  /** OBS says that it records this session's file now: the session may have been given up, or be active already. */
  | { readonly type: 'revived'; readonly paused: boolean; readonly at: number }
  /** A file will not change any more; also one that was missing and has turned up. */
  | {
      readonly type: 'file_ready';
      readonly number: number;
      readonly bytes: number;
      readonly container: Container;
      readonly finalised: boolean | null;
      /** When the file was last written. */
      readonly at: number;
      readonly inode: string;
    }
  | { readonly type: 'file_missing'; readonly number: number }
  /** A person says of a file that it belongs to it. */
  | { readonly type: 'file_added'; readonly at: number; readonly path: string }
  /** We deleted it, as the settings ask; or `file_kept`: we meant to, and it is still there. */
  | { readonly type: 'file_deleted' | 'file_kept'; readonly number: number };

/** A session that begins: OBS confirmed the start at `at`. `path` is null while OBS has not told it. */
export function begin(at: number, path: string | null): Run {
  const run: Run = {
    state: 'recording',
    startedAt: at,
    stoppedAt: null,
    pausedAt: null,
    pauses: [],
    ending: null,
    files: [],
  };
  return path === null ? run : { ...run, files: [newFile(1, path, at)] };
}

export function isActive(state: SessionState): boolean {
  return state === 'recording' || state === 'paused' || state === 'stopping';
}

/** Recorded time without pauses, ms. */
export function recordedMs(run: Pick<Run, 'startedAt' | 'stoppedAt' | 'pausedAt' | 'pauses'>, now: number): number {
  const end = run.stoppedAt ?? run.pausedAt ?? now;
  const paused = run.pauses.reduce((sum, pause) => sum + pause.durationMs, 0);
  return Math.max(0, end - run.startedAt - paused);
}

export function step(run: Run, event: RunEvent): Run {
  switch (event.type) {
    case 'paused':
      return run.state === 'recording' ? { ...run, state: 'paused', pausedAt: event.at } : run;
    case 'resumed':
      return run.state === 'paused' ? { ...endPause(run, event.at), state: 'recording' } : run;
    case 'stopping':
      return run.state === 'recording' || run.state === 'paused'
        ? { ...endPause(run, event.at), state: 'stopping' }
        : run;
    case 'file_changed': {
      if (!isActive(run.state) || hasPath(run, event.path)) return run;
      const files = run.files.map((file) => endFile(file, event.at));
      return { ...run, files: [...files, newFile(files.length + 1, event.path, event.at)] };
    }
    case 'stopped':
      // That it has ended was found out when we connected; now OBS says it.
      if (run.state === 'finalising') return run.ending === 'stopped' ? run : { ...run, ending: 'stopped' };
      return isActive(run.state) ? end(run, event.at, event.paths, 'stopped') : run;
    case 'lost':
      return isActive(run.state) ? end(run, event.at, event.paths, event.ending) : run;
    case 'revived':
      return isActive(run.state) ? goOn(run, event.paused, event.at) : revive(run, event.paused, event.at);
    case 'file_ready': {
      const { number, bytes, container, finalised, at, inode } = event;
      const facts = { bytes, container, finalised, modifiedAt: at, inode };
      const next = changeFile(run, number, (file) => ({ ...file, state: 'ready', ...facts }));
      // Where OBS did not say when it ended, the file's last write tells best.
      const stoppedAt =
        run.ending === 'stopped' || run.stoppedAt === null
          ? run.stoppedAt
          : Math.max(run.startedAt, Math.min(run.stoppedAt, at));
      return finish({ ...next, stoppedAt });
    }
    case 'file_missing':
      return finish(changeFile(run, event.number, (file) => ({ ...file, state: 'missing' })));
    case 'file_added': {
      if (isActive(run.state) || hasPath(run, event.path)) return run;
      const file = endFile(newFile(run.files.length + 1, event.path, event.at), event.at);
      return { ...run, state: 'finalising', files: [...run.files, file] };
    }
    case 'file_deleted':
      return changeFile(run, event.number, (file) => (file.state === 'ready' ? { ...file, state: 'deleted' } : file));
    case 'file_kept':
      return changeFile(run, event.number, (file) => (file.state === 'deleted' ? { ...file, state: 'ready' } : file));
  }
}

function newFile(number: number, path: string, at: number): RunFile {
  const unknown = { container: null, finalised: null, endedAt: null, modifiedAt: null, inode: null };
  return { number, path, state: 'writing', bytes: 0, startedAt: at, ...unknown };
}

function endFile(file: RunFile, at: number): RunFile {
  return file.state === 'writing' ? { ...file, state: 'finalising', endedAt: at } : file;
}

function hasPath(run: Run, path: string): boolean {
  return run.files.some((file) => file.path === path);
}

function changeFile(run: Run, number: number, change: (file: RunFile) => RunFile): Run {
  return { ...run, files: run.files.map((file) => (file.number === number ? change(file) : file)) };
}

function endPause(run: Run, at: number): Run {
  if (run.pausedAt === null) return run;
  const pause = { atMs: recordedMs(run, run.pausedAt), durationMs: Math.max(0, at - run.pausedAt) };
  return { ...run, pausedAt: null, pauses: [...run.pauses, pause] };
}

function end(run: Run, at: number, paths: readonly string[], ending: Ending): Run {
  const ended = endPause(run, at);
  const files = ended.files.map((file) => endFile(file, at));
  for (const path of paths) {
    if (!files.some((file) => file.path === path)) files.push(endFile(newFile(files.length + 1, path, at), at));
  }
  return finish({ ...ended, state: 'finalising', stoppedAt: at, ending, files });
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
function goOn(run: Run, paused: boolean, at: number): Run {
  const going: Run = run.state === 'stopping' ? { ...run, state: 'recording' } : run;
  return step(going, { type: paused ? 'paused' : 'resumed', at });
}

/** A session that was given up: OBS writes its last file all the same. */
function revive(run: Run, paused: boolean, at: number): Run {
  const last = run.files.at(-1);
  const files = run.files.map((file) =>
    file === last
      ? { ...file, state: 'writing' as const, endedAt: null, finalised: null, modifiedAt: null, inode: null }
      : file,
  );
  return {
    ...run,
    state: paused ? 'paused' : 'recording',
    pausedAt: paused ? at : null,
    stoppedAt: null,
    ending: null,
    files,
  };
}
