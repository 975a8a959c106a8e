/** Record control: commands go to OBS, and only OBS's events confirm them. */
import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { DockError, ownError } from '../errors.ts';
import type { RecordRequest } from './connection.ts';
import {
  awaited,
  canPress,
  initialRecordState,
  type RecordCommand,
  type RecordEvent,
  type RecordState,
  reduceRecord,
} from './record-state.ts';

export interface RecorderPorts {
  /** @throws DockError */
  readonly call: (request: RecordRequest) => Promise<unknown>;
  /** Runs before StartRecord, and must not take long. False: do not start (the caller shows the reason). */
  readonly prepareStart: () => Promise<boolean>;
  /** Monotonic, in ms. */
  readonly now?: () => number;
}

export interface Recorder {
  readonly state: ReadonlySignal<RecordState>;
  /** Sends a command to OBS if the state allows it. Resolves once OBS has answered; the state says whether it happened. */
  press(command: RecordCommand): Promise<void>;
  /** Takes an event of OBS. */
  dispatch(event: RecordEvent): void;
  /** Asks OBS for its record status. An event that comes before the answer counts instead of it. */
  read(): Promise<void>;
}

/** How long OBS has to confirm a command by its event. */
export const confirmationMs = 5000;

/**
 * Every command waits until OBS's output has not changed for this long: OBS 29 and 32 were seen to hang their record output for
 * good when paused right after a start, or stopped or resumed right after a pause.
 */
const quietMs = 500;
/**
 * A start waits until OBS answers that its output is not active: for a moment after STOPPED it still is, and then OBS answers a
 * start with success and does nothing (OBS 29: up to 70 ms).
 */
const activeChecks = 20;
const activeCheckMs = 25;

const requests: Record<RecordCommand, RecordRequest> = {
  start: 'StartRecord',
  stop: 'StopRecord',
  pause: 'PauseRecord',
  resume: 'ResumeRecord',
  split: 'SplitRecordFile',
};

/** The record control of one page. */
export function createRecorder(ports: RecorderPorts): Recorder {
  const { call, prepareStart, now = () => performance.now() } = ports;
  const state = signal(initialRecordState);
  let lastId = 0;
  /** When OBS's output last changed, or was told to. */
  let changedAt = Number.NEGATIVE_INFINITY;

  const dispatch = (event: RecordEvent): void => {
    if (event.type === 'output') {
      changedAt = now();
      // Behind an error box, OBS holds STOPPED back until the box is closed, and by then it may record again.
      if (event.output === 'STOPPED') setTimeout(read, quietMs);
    }
    state.value = reduceRecord(state.value, event);
  };

  const askStatus = () => call('GetRecordStatus').then(recordStatus, () => null);

  async function read(): Promise<void> {
    const { revision } = state.value;
    const status = await askStatus();
    if (status !== null) dispatch({ type: 'read', ...status, revision, at: now() });
  }

  /** Waits until it is safe to send a command (see `quietMs` and `activeChecks`). */
  async function untilSafe(command: RecordCommand): Promise<void> {
    const waitMs = changedAt + quietMs - now();
    if (waitMs > 0) await delay(waitMs);
    if (command !== 'start') return;
    for (let check = 0; check < activeChecks; check++) {
      if ((await askStatus())?.active !== true) return;
      await delay(activeCheckMs);
    }
  }

  let lastAwaited: string | null = null;
  let deadline: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const next = awaited(state.value);
    if (next === lastAwaited) return;
    lastAwaited = next;
    clearTimeout(deadline);
    if (next === null) return;
    deadline = setTimeout(() => {
      dispatch({ type: 'expired', error: ownError('obs_not_confirmed'), at: now() });
      void read();
    }, confirmationMs);
  });

  return {
    state,
    dispatch,
    read,
    async press(command) {
      if (!canPress(state.value, command)) return;
      const id = ++lastId;
      dispatch({ type: 'pressed', command, id });
      if (command === 'start' && !(await prepareStart())) return dispatch({ type: 'not-sent', id });
      // While we prepare and wait, OBS may go away, or be started by a hotkey.
      const overtaken = (): boolean => state.value.pending?.id !== id;
      if (overtaken()) return;
      await untilSafe(command);
      if (overtaken()) return;
      dispatch({ type: 'sent', id });
      changedAt = now();
      try {
        await call(requests[command]);
      } catch (error) {
        const info = error instanceof DockError ? error.info : ownError('obs_refused', { reason: String(error) });
        dispatch({ type: 'refused', id, error: info });
      }
    },
  };
}

/** OBS's answer to GetRecordStatus; null where it makes no sense. */
function recordStatus(answer: unknown): { active: boolean; paused: boolean; durationMs: number; bytes: number } | null {
  const { outputActive, outputPaused, outputDuration, outputBytes } = Object(answer) as Record<string, unknown>;
  if (typeof outputActive !== 'boolean') return null;
  const numberOf = (value: unknown): number => (typeof value === 'number' && value >= 0 ? value : 0);
  return {
    active: outputActive,
    paused: outputPaused === true,
    durationMs: numberOf(outputDuration),
    bytes: numberOf(outputBytes),
  };
}

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
