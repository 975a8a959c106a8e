/**
 * What the dock knows about OBS's recording, as a pure function of events. It keeps two things apart: what OBS has confirmed by
 * an event or an answer, and what a person has asked for and OBS has not confirmed yet.
 */
import type { ErrorInfo } from '../../shared/errors.ts';

export type RecordPhase = 'unknown' | 'idle' | 'starting' | 'recording' | 'paused' | 'stopping';
export type RecordCommand = 'start' | 'stop' | 'pause' | 'resume' | 'split';

/** Recorded time: `ms` at the moment `at` (monotonic, in ms); while `running` it grows from there. */
export interface RecordClock {
  readonly ms: number;
  readonly at: number;
  readonly running: boolean;
}

export interface RecordState {
  /** What OBS itself said last. */
  readonly confirmed: RecordPhase;
  /** The command that OBS has not confirmed yet; `sent` once the request has gone to OBS. */
  readonly pending: { readonly command: RecordCommand; readonly id: number; readonly sent: boolean } | null;
  /** Why the last command did not happen. */
  readonly problem: ErrorInfo | null;
  readonly clock: RecordClock;
  /** Bytes that OBS has written in this recording. */
  readonly bytes: number;
  /**
   * Bytes that OBS counted before this recording: for hybrid formats its counter is never set back (seen on 32.2). Null: not
   * known yet.
   */
  readonly bytesBefore: number | null;
  /** The number of OBS's events so far: shows whether one has come between a question to OBS and its answer. */
  readonly revision: number;
}

/** What can happen. `at` is monotonic, in ms (performance.now). */
export type RecordEvent =
  | { readonly type: 'pressed'; readonly command: RecordCommand; readonly id: number }
  | { readonly type: 'sent'; readonly id: number }
  /** The dock gave the command up before sending it. */
  | { readonly type: 'not-sent'; readonly id: number }
  | { readonly type: 'refused'; readonly id: number; readonly error: ErrorInfo }
  /** OBS has not confirmed what was awaited in time. */
  | { readonly type: 'expired'; readonly error: ErrorInfo; readonly at: number }
  /** RecordStateChanged, `output` without its prefix OBS_WEBSOCKET_OUTPUT_. */
  | { readonly type: 'output'; readonly output: string; readonly at: number }
  /** RecordFileChanged. */
  | { readonly type: 'file-changed' }
  /** OBS's answer to GetRecordStatus; `revision` is the state's from when OBS was asked. */
  | {
      readonly type: 'read';
      readonly active: boolean;
      readonly paused: boolean;
      readonly durationMs: number;
      readonly bytes: number;
      readonly revision: number;
      readonly at: number;
    }
  /** The connection to OBS was lost. */
  | { readonly type: 'lost' };

const zeroClock: RecordClock = { ms: 0, at: 0, running: false };

export const initialRecordState: RecordState = {
  confirmed: 'unknown',
  pending: null,
  problem: null,
  clock: zeroClock,
  bytes: 0,
  bytesBefore: null,
  revision: 0,
};

/**
 * Up to this difference from OBS's recorded time our running clock is kept, so that it does not step back: OBS counts encoded
 * frames, and the encoder holds some of them back.
 */
const clockToleranceMs = 2000;

/** In a recording as short as this, OBS has written next to nothing: its counter is then `bytesBefore`. */
const justStartedMs = 500;

/** Recorded time at the moment `now`, in ms. */
export function elapsedMs(clock: RecordClock, now: number): number {
  return clock.running ? clock.ms + Math.max(0, now - clock.at) : clock.ms;
}

/** The phase that the record card shows: a pending start or stop counts from the press on. */
export function phaseOf(state: RecordState): RecordPhase {
  if (state.pending?.command === 'start') return 'starting';
  if (state.pending?.command === 'stop') return 'stopping';
  return state.confirmed;
}

/** Whether a command would be sent. Stop is possible also while a pause, resume or split is pending. */
export function canPress(state: RecordState, command: RecordCommand): boolean {
  const phase = phaseOf(state);
  if (command === 'start') return phase === 'idle' && state.pending === null;
  if (command === 'stop') return phase === 'recording' || phase === 'paused';
  if (state.pending !== null) return false;
  return command === 'resume' ? phase === 'paused' : phase === 'recording';
}

/** A name for what OBS has to confirm, or null. Its time for that begins anew whenever the name changes. */
export function awaited(state: RecordState): string | null {
  if (state.pending !== null) return state.pending.sent ? `${state.pending.command} ${state.pending.id}` : null;
  return state.confirmed === 'starting' || state.confirmed === 'stopping' ? state.confirmed : null;
}

/** The state after an event. */
export function reduceRecord(state: RecordState, event: RecordEvent): RecordState {
  switch (event.type) {
    case 'pressed':
      return canPress(state, event.command)
        ? { ...state, pending: { command: event.command, id: event.id, sent: false }, problem: null }
        : state;
    case 'sent':
      return state.pending?.id === event.id ? { ...state, pending: { ...state.pending, sent: true } } : state;
    case 'not-sent':
      return state.pending?.id === event.id ? { ...state, pending: null } : state;
    case 'refused':
      return state.pending?.id === event.id ? { ...state, pending: null, problem: event.error } : state;
    case 'expired':
      return awaited(state) === null
        ? state
        : { ...state, confirmed: phaseAfterExpiry(state), pending: null, problem: event.error };
    case 'output':
      return reduceOutput({ ...state, revision: state.revision + 1 }, event.output, event.at);
    case 'file-changed':
      return {
        ...state,
        revision: state.revision + 1,
        pending: state.pending?.command === 'split' ? null : state.pending,
      };
    case 'read':
      return event.revision === state.revision ? reduceRead(state, event) : state;
    case 'lost':
      return { ...initialRecordState, revision: state.revision + 1 };
  }
}

/** What OBS most likely does after it has not confirmed a start or stop; the next read corrects it. */
function phaseAfterExpiry({ confirmed }: RecordState): RecordPhase {
  if (confirmed === 'starting') return 'idle';
  return confirmed === 'stopping' ? 'recording' : confirmed;
}

function reduceOutput(state: RecordState, output: string, at: number): RecordState {
  const frozen: RecordClock = { ms: elapsedMs(state.clock, at), at, running: false };
  switch (output) {
    case 'STARTING':
      // Events come from several threads of OBS: STARTED can come before STARTING, and STOPPED before STOPPING.
      if (state.confirmed === 'recording' || state.confirmed === 'paused') return state;
      return { ...state, confirmed: 'starting', problem: null };
    case 'STARTED':
      return {
        ...state,
        confirmed: 'recording',
        pending: pendingAfter(state, 'start'),
        problem: null,
        clock: { ms: 0, at, running: true },
        bytes: 0,
        bytesBefore: null,
      };
    case 'PAUSED':
      return { ...state, confirmed: 'paused', pending: pendingAfter(state, 'pause'), problem: null, clock: frozen };
    case 'RESUMED':
      return {
        ...state,
        confirmed: 'recording',
        pending: pendingAfter(state, 'resume'),
        problem: null,
        clock: { ...frozen, running: true },
      };
    case 'STOPPING':
      if (state.confirmed === 'idle') return state;
      return { ...state, confirmed: 'stopping', problem: null, clock: frozen };
    case 'STOPPED':
      return {
        ...state,
        confirmed: 'idle',
        // A second STOPPED does not end a start that was pressed in between.
        pending: state.pending?.command === 'start' ? state.pending : null,
        problem: null,
        clock: zeroClock,
        bytes: 0,
      };
    default:
      return state;
  }
}

/** What is still pending once OBS has confirmed `command`. */
function pendingAfter(state: RecordState, command: RecordCommand): RecordState['pending'] {
  return state.pending?.command === command ? null : state.pending;
}

function reduceRead(state: RecordState, read: Extract<RecordEvent, { type: 'read' }>): RecordState {
  if (!read.active) {
    // While it starts, OBS still answers "not active": only its event or the deadline ends that.
    if (state.confirmed === 'starting') return state;
    return { ...state, confirmed: 'idle', clock: zeroClock, bytes: 0 };
  }
  // A dock that opens in the middle of a recording cannot know what was counted before: it shows the agent's bytes.
  const bytesBefore = state.bytesBefore ?? (read.durationMs < justStartedMs ? read.bytes : 0);
  const bytes = Math.max(0, read.bytes - bytesBefore);
  if (state.confirmed === 'stopping') return { ...state, bytes, bytesBefore };
  const clock: RecordClock = { ms: read.durationMs, at: read.at, running: !read.paused };
  const isClose = Math.abs(elapsedMs(state.clock, read.at) - read.durationMs) < clockToleranceMs;
  return {
    ...state,
    confirmed: read.paused ? 'paused' : 'recording',
    clock: isClose && state.clock.running === clock.running ? state.clock : clock,
    bytes,
    bytesBefore,
  };
}
