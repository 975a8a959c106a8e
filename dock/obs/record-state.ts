/**
 * What the dock believes about OBS's recording, as a pure function of what it saw. Two truths are kept apart: what OBS has
 * confirmed by an event or an answer, and what a person has asked for and OBS has not confirmed yet.
 */
import type { ErrorInfo } from '../../shared/errors.ts';

export type RecordPhase = 'unknown' | 'idle' | 'starting' | 'recording' | 'paused' | 'stopping';
export type RecordCommand = 'start' | 'stop' | 'pause' | 'resume' | 'split';

/** Recorded time: `ms` at the monotonic instant `at`, growing from there while `running`. */
export interface RecordClock {
  readonly ms: number;
  readonly at: number;
  readonly running: boolean;
}

export interface RecordState {
  /** The last thing that OBS itself said. */
  readonly confirmed: RecordPhase;
  /** Asked for and not confirmed; `sent` once the request left for OBS. */
  readonly pending: { readonly command: RecordCommand; readonly id: number; readonly sent: boolean } | null;
  /** Why the last command did not happen. */
  readonly problem: ErrorInfo | null;
  readonly clock: RecordClock;
  /** Bytes that OBS has written in this recording. */
  readonly bytes: number;
  /** What OBS had counted before it: for hybrid formats it goes on counting over all recordings (seen on 32.2). null: not read yet. */
  readonly bytesBefore: number | null;
  /** Counts OBS's events, so that an answer which an event has overtaken is recognised. */
  readonly revision: number;
}

/** `at` is monotonic, in ms (performance.now). */
export type RecordEvent =
  | { readonly type: 'pressed'; readonly command: RecordCommand; readonly id: number }
  | { readonly type: 'sent'; readonly id: number }
  /** The dock itself gave the command up before it reached OBS. */
  | { readonly type: 'withdrawn'; readonly id: number }
  | { readonly type: 'refused'; readonly id: number; readonly error: ErrorInfo }
  /** OBS confirmed nothing within the time allowed. */
  | { readonly type: 'expired'; readonly error: ErrorInfo; readonly at: number }
  /** RecordStateChanged, `output` without its prefix OBS_WEBSOCKET_OUTPUT_. */
  | { readonly type: 'output'; readonly output: string; readonly at: number }
  /** RecordFileChanged. */
  | { readonly type: 'file-changed' }
  /** GetRecordStatus's answer; `revision` is the state's own when the question left. */
  | {
      readonly type: 'read';
      readonly active: boolean;
      readonly paused: boolean;
      readonly durationMs: number;
      readonly bytes: number;
      readonly revision: number;
      readonly at: number;
    }
  | { readonly type: 'lost' };

const stopped: RecordClock = { ms: 0, at: 0, running: false };

export const initialRecordState: RecordState = {
  confirmed: 'unknown',
  pending: null,
  problem: null,
  clock: stopped,
  bytes: 0,
  bytesBefore: null,
  revision: 0,
};

/** OBS counts encoded frames, which lag its events by what the encoder holds back: up to this difference the running clock is kept, so that it does not step back. */
const clockToleranceMs = 2000;

/** A recording this short has written next to nothing (ms). */
const justStartedMs = 500;

/** Recorded time at the monotonic instant `now`, in ms. */
export function elapsedMs(clock: RecordClock, now: number): number {
  return clock.running ? clock.ms + Math.max(0, now - clock.at) : clock.ms;
}

/** What the record card shows: pending start and stop count at once. */
export function phaseOf(state: RecordState): RecordPhase {
  if (state.pending?.command === 'start') return 'starting';
  if (state.pending?.command === 'stop') return 'stopping';
  return state.confirmed;
}

/** Whether a press would be taken. Stopping stays possible while OBS owes the answer to something smaller. */
export function canPress(state: RecordState, command: RecordCommand): boolean {
  const phase = phaseOf(state);
  if (command === 'start') return phase === 'idle' && state.pending === null;
  if (command === 'stop') return phase === 'recording' || phase === 'paused';
  if (state.pending !== null) return false;
  return command === 'resume' ? phase === 'paused' : phase === 'recording';
}

/** Names what OBS owes us an event for, or null; the deadline for OBS's confirmation runs while this stays the same. */
export function awaited(state: RecordState): string | null {
  if (state.pending !== null) return state.pending.sent ? `${state.pending.command} ${state.pending.id}` : null;
  return state.confirmed === 'starting' || state.confirmed === 'stopping' ? state.confirmed : null;
}

export function reduceRecord(state: RecordState, event: RecordEvent): RecordState {
  switch (event.type) {
    case 'pressed':
      return canPress(state, event.command)
        ? { ...state, pending: { command: event.command, id: event.id, sent: false }, problem: null }
        : state;
    case 'sent':
      return state.pending?.id === event.id ? { ...state, pending: { ...state.pending, sent: true } } : state;
    case 'withdrawn':
      return state.pending?.id === event.id ? { ...state, pending: null } : state;
    case 'refused':
      return state.pending?.id === event.id ? { ...state, pending: null, problem: event.error } : state;
    case 'expired':
      return awaited(state) === null ? state : { ...state, ...giveUp(state), pending: null, problem: event.error };
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

/** Where OBS stands as far as we know after it left something unconfirmed; the next read corrects it. */
function giveUp(state: RecordState): Pick<RecordState, 'confirmed'> {
  if (state.confirmed === 'starting') return { confirmed: 'idle' };
  if (state.confirmed === 'stopping') return { confirmed: 'recording' };
  return { confirmed: state.confirmed };
}

function reduceOutput(state: RecordState, output: string, at: number): RecordState {
  const frozen: RecordClock = { ms: elapsedMs(state.clock, at), at, running: false };
  switch (output) {
    case 'STARTING':
      // OBS's threads can let STARTED overtake STARTING, and STOPPED STOPPING.
      if (state.confirmed === 'recording' || state.confirmed === 'paused') return state;
      return { ...state, confirmed: 'starting', problem: null };
    case 'STARTED':
      return {
        ...state,
        confirmed: 'recording',
        pending: settled(state, 'start'),
        problem: null,
        clock: { ms: 0, at, running: true },
        bytes: 0,
        bytesBefore: null,
      };
    case 'PAUSED':
      return { ...state, confirmed: 'paused', pending: settled(state, 'pause'), problem: null, clock: frozen };
    case 'RESUMED':
      return {
        ...state,
        confirmed: 'recording',
        pending: settled(state, 'resume'),
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
        // A repeated STOPPED says nothing about the start that was pressed meanwhile.
        pending: state.pending?.command === 'start' ? state.pending : null,
        problem: null,
        clock: stopped,
        bytes: 0,
      };
    default:
      return state;
  }
}

function settled(state: RecordState, command: RecordCommand): RecordState['pending'] {
  return state.pending?.command === command ? null : state.pending;
}

function reduceRead(state: RecordState, read: Extract<RecordEvent, { type: 'read' }>): RecordState {
  if (!read.active) {
    // In the middle of starting, OBS still answers "not active": only its event or the deadline ends that.
    if (state.confirmed === 'starting') return state;
    return { ...state, confirmed: 'idle', clock: stopped, bytes: 0 };
  }
  // A dock that opens in mid-recording cannot know what was before; the agent does.
  const bytesBefore = state.bytesBefore ?? (read.durationMs < justStartedMs ? read.bytes : 0);
  const bytes = Math.max(0, read.bytes - bytesBefore);
  if (state.confirmed === 'stopping') return { ...state, bytes, bytesBefore };
  const clock: RecordClock = { ms: read.durationMs, at: read.at, running: !read.paused };
  const near = Math.abs(elapsedMs(state.clock, read.at) - read.durationMs) < clockToleranceMs;
  return {
    ...state,
    confirmed: read.paused ? 'paused' : 'recording',
    clock: near && state.clock.running === clock.running ? state.clock : clock,
    bytes,
    bytesBefore,
  };
}
