/** Record control: presses go to OBS, and only OBS's events confirm them. */
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
  /** Runs before StartRecord; false: do not start (the reason is shown where it belongs). Must not take long. */
  readonly prepareStart: () => Promise<boolean>;
  readonly now?: () => number;
}

export interface Recorder {
  readonly state: ReadonlySignal<RecordState>;
  /** Takes the command if the state allows it; the promise only says that the request left or failed. */
  press(command: RecordCommand): Promise<void>;
  dispatch(event: RecordEvent): void;
  /** Reads OBS's record status; what overtakes the answer wins. */
  read(): Promise<void>;
}

/** How long OBS has to confirm a command by its event. */
export const confirmationMs = 5000;

/**
 * OBS 29 and 32 were seen to hang their record output for good when paused right after a start, or stopped or resumed right after
 * a pause: every command leaves it this much time since its last change (ms).
 */
const settleMs = 500;
/** After STOPPED the output stays active for a moment, in which a start is answered with success and lost (OBS 29: up to 70 ms). */
const idleLooks = 20;
const lookEveryMs = 25;

const requests: Record<RecordCommand, RecordRequest> = {
  start: 'StartRecord',
  stop: 'StopRecord',
  pause: 'PauseRecord',
  resume: 'ResumeRecord',
  split: 'SplitRecordFile',
};

export function createRecorder(ports: RecorderPorts): Recorder {
  const { call, prepareStart, now = () => performance.now() } = ports;
  const state = signal(initialRecordState);
  let lastId = 0;

  let changedAt = Number.NEGATIVE_INFINITY;

  const dispatch = (event: RecordEvent): void => {
    if (event.type === 'output') changedAt = now();
    state.value = reduceRecord(state.value, event);
  };

  async function read(): Promise<void> {
    const { revision } = state.value;
    const status = await call('GetRecordStatus').then(recordStatus, () => null);
    if (status !== null) dispatch({ type: 'read', ...status, revision, at: now() });
  }

  /** Waits until OBS can take a command without losing it or itself. */
  async function settled(command: RecordCommand): Promise<void> {
    const wait = changedAt + settleMs - now();
    if (wait > 0) await delay(wait);
    if (command !== 'start' || changedAt === Number.NEGATIVE_INFINITY) return;
    for (let look = 0; look < idleLooks; look++) {
      const status = await call('GetRecordStatus').then(recordStatus, () => null);
      if (status?.active !== true) return;
      await delay(lookEveryMs);
    }
  }

  let owed: string | null = null;
  let deadline: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const next = awaited(state.value);
    if (next === owed) return;
    owed = next;
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
      if (command === 'start' && !(await prepareStart())) return dispatch({ type: 'withdrawn', id });
      // OBS may have left, or started by a hotkey, while we prepared and waited.
      const overtaken = (): boolean => state.value.pending?.id !== id;
      if (overtaken()) return;
      await settled(command);
      if (overtaken()) return;
      dispatch({ type: 'sent', id });
      try {
        await call(requests[command]);
      } catch (error) {
        const info = error instanceof DockError ? error.info : ownError('obs_refused', { reason: String(error) });
        dispatch({ type: 'refused', id, error: info });
      }
    },
  };
}

/** OBS's answer to GetRecordStatus, as far as it makes sense. */
function recordStatus(answer: unknown): { active: boolean; paused: boolean; durationMs: number; bytes: number } | null {
  if (typeof answer !== 'object' || answer === null) return null;
  const { outputActive, outputPaused, outputDuration, outputBytes } = answer as Record<string, unknown>;
  if (typeof outputActive !== 'boolean') return null;
  const amount = (value: unknown): number => (typeof value === 'number' && value >= 0 ? value : 0);
  return {
    active: outputActive,
    paused: outputPaused === true,
    durationMs: amount(outputDuration),
    bytes: amount(outputBytes),
  };
}

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
