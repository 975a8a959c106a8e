/**
 * Record control. A command resolves when OBS's *event* confirms it, not when OBS answers the request: OBS answers StartRecord
 * with success before it acts, and may then show a dialog instead of recording.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { OBSWebSocketError } from 'obs-websocket-js/json';
import { StreamAIError } from '../../shared/errors.ts';
import { plainText } from '../plain-text.ts';
import type { ObsConnection } from './connection.ts';
import type { ObsEvent } from './events.ts';
import { type RecordState, requestStatus } from './protocol.ts';

export interface CommandLimits {
  /** Without OBS's event in this time, a command counts as not confirmed (ms). */
  readonly confirmMs: number;
  /**
   * The same once OBS said that it is stopping: it may take a while to write a long recording's index (ms). Longer, it most likely
   * hangs: before 30.2 the program that writes its files can wait for itself for ever, and OBS for it, most easily on a busy
   * machine (https://github.com/obsproject/obs-studio/pull/10597).
   */
  readonly stoppingMs: number;
  /**
   * What OBS's record output is left alone for after each change (ms). OBS 29 and 32 were seen to hang it for good when paused
   * within 200 ms of a start, or stopped or resumed right after a pause or resume.
   */
  readonly restMs: number;
  /**
   * How long a start waits for the output of the recording before (ms): after STOPPED it stays active for a moment, in which OBS
   * answers a start with success and does nothing (OBS 29: up to 70 ms).
   */
  readonly idleMs: number;
}

const usualLimits: CommandLimits = { confirmMs: 5000, stoppingMs: 60_000, restMs: 500, idleMs: 1000 };
const lookEveryMs = 20;

/** What an event says of a command: OBS did it, OBS is at it, the recording is over without it, or something else. */
type Verdict = 'confirmed' | 'progress' | 'over' | 'none';

export class RecordCommands {
  readonly #obs: ObsConnection;
  readonly #limits: CommandLimits;
  /** When OBS's record output last changed, or was told to, on the monotonic clock (ms). */
  #changedAt = Number.NEGATIVE_INFINITY;
  /** What OBS said last of its record output; null: nothing over this connection. */
  #last: ObsEvent | null = null;

  constructor(obs: ObsConnection, limits: Partial<CommandLimits> = {}) {
    this.#obs = obs;
    this.#limits = { ...usualLimits, ...limits };
    obs.on((event) => {
      if (event.type === 'disconnected') this.#last = null;
      if (event.type !== 'record_state') return;
      this.#changedAt = performance.now();
      this.#last = event;
    });
  }

  /**
   * @throws StreamAIError already_recording | obs_not_connected | obs_not_confirmed | obs_timeout | obs_refused. The other commands
   *   throw the same, with their own reason in place of the first; this one obs_stop_unfinished where OBS said that it stops.
   */
  async start(): Promise<void> {
    if (!this.#obs.connected) throw this.#obs.unavailable();
    const deadline = performance.now() + this.#limits.idleMs;
    while (await this.#isActive()) {
      if (performance.now() > deadline) throw this.#stillActive();
      await delay(lookEveryMs);
    }
    await this.#run('already_recording', byState('started'), () => this.#obs.send('StartRecord'));
  }

  /**
   * Also while OBS is stopping already: a second StopRecord makes it give up what it still waits for, where it can.
   * @throws StreamAIError as the others, and obs_stop_unfinished when OBS began to stop and comes to no end
   */
  async stop(): Promise<void> {
    await this.#run('not_recording', byState('stopped', 'stopping'), () => this.#obs.send('StopRecord'));
  }

  async pause(): Promise<void> {
    await this.#run('pause_unavailable', whileRecording('paused'), () => this.#obs.send('PauseRecord'));
  }

  async resume(): Promise<void> {
    await this.#run('not_paused', whileRecording('resumed'), () => this.#obs.send('ResumeRecord'));
  }

  async split(): Promise<void> {
    if (!this.#has('SplitRecordFile')) throw new StreamAIError('split_unavailable');
    const changed = (event: ObsEvent): boolean => event.type === 'record_file_changed';
    await this.#run('split_unavailable', whileRecording(changed), () => this.#obs.send('SplitRecordFile'));
  }

  /**
   * OBS sends no event for a chapter; its answer is the confirmation.
   * @throws StreamAIError chapter_unavailable where this OBS or this recording's format has none, or while it is paused
   */
  async chapter(name: string): Promise<void> {
    if (!this.#has('CreateRecordChapter')) throw new StreamAIError('chapter_unavailable');
    try {
      await this.#obs.send('CreateRecordChapter', { chapterName: name });
    } catch (error) {
      throw mapRefusal(error, 'chapter_unavailable');
    }
  }

  async #isActive(): Promise<boolean> {
    try {
      return (await this.#obs.ask('GetRecordStatus')).outputActive;
    } catch (error) {
      throw mapRefusal(error, 'already_recording');
    }
  }

  /** Why nothing new can be recorded. */
  #stillActive(): StreamAIError {
    const stops = this.#last?.type === 'record_state' && this.#last.state === 'stopping';
    return new StreamAIError(stops ? 'obs_stop_unfinished' : 'already_recording');
  }

  #has(request: string): boolean {
    if (!this.#obs.connected) throw this.#obs.unavailable();
    return this.#obs.readback?.availableRequests.has(request) ?? false;
  }

  async #run(
    whenDeclined: 'already_recording' | 'not_recording' | 'pause_unavailable' | 'not_paused' | 'split_unavailable',
    judge: (event: ObsEvent) => Verdict,
    send: () => Promise<void>,
  ): Promise<void> {
    if (!this.#obs.connected) throw this.#obs.unavailable();
    await this.#rested();
    // It was stopped meanwhile: OBS answers a pause with success then, and does nothing.
    if (this.#last !== null && judge(this.#last) === 'over') throw new StreamAIError('not_recording');
    // Before it is sent: the event can come before the answer.
    const confirmation = this.#confirmation(judge);
    try {
      await Promise.all([confirmation.promise, send()]);
    } catch (error) {
      throw mapRefusal(error, whenDeclined);
    } finally {
      confirmation.end();
    }
  }

  /** OBS's output has rested since it last changed, and since the last command: two at once would hang it as two in a row do. */
  async #rested(): Promise<void> {
    for (;;) {
      const restMs = this.#changedAt + this.#limits.restMs - performance.now();
      if (restMs <= 0) break;
      await delay(restMs);
    }
    this.#changedAt = performance.now();
  }

  #confirmation(judge: (event: ObsEvent) => Verdict): { promise: Promise<void>; end: () => void } {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { confirmMs, stoppingMs } = this.#limits;
    // Only a stop has a progress.
    const waitForBeginning = (): NodeJS.Timeout =>
      setTimeout(() => reject(new StreamAIError('obs_not_confirmed')), confirmMs);
    const waitForEnd = (): NodeJS.Timeout =>
      setTimeout(() => reject(new StreamAIError('obs_stop_unfinished')), stoppingMs);
    let timer = this.#last !== null && judge(this.#last) === 'progress' ? waitForEnd() : waitForBeginning();
    const off = this.#obs.on((event) => {
      if (event.type === 'disconnected') return reject(new StreamAIError('obs_not_connected'));
      const verdict = judge(event);
      if (verdict === 'confirmed') return resolve();
      if (verdict === 'over') return reject(new StreamAIError('not_recording'));
      if (verdict === 'progress') {
        clearTimeout(timer);
        timer = waitForEnd();
      }
    });
    return {
      promise,
      end: () => {
        clearTimeout(timer);
        off();
      },
    };
  }
}

function byState(confirmed: RecordState, progress?: RecordState): (event: ObsEvent) => Verdict {
  return (event) => {
    if (event.type !== 'record_state') return 'none';
    if (event.state === confirmed) return 'confirmed';
    return event.state === progress ? 'progress' : 'none';
  };
}

/** For what cannot happen any more once OBS has stopped: it answers it with success, and sends no event. */
function whileRecording(confirmed: RecordState | ((event: ObsEvent) => boolean)): (event: ObsEvent) => Verdict {
  return (event) => {
    const state = event.type === 'record_state' ? event.state : null;
    if (typeof confirmed === 'function' ? confirmed(event) : state === confirmed) return 'confirmed';
    return state === 'stopped' ? 'over' : 'none';
  };
}

const declined: ReadonlyMap<number, 'already_recording' | 'not_recording' | 'already_paused' | 'not_paused'> = new Map([
  [requestStatus.outputRunning, 'already_recording'],
  [requestStatus.outputNotRunning, 'not_recording'],
  [requestStatus.outputPaused, 'already_paused'],
  [requestStatus.outputNotPaused, 'not_paused'],
]);

/**
 * OBS's refusal as an error of ours. Codes from 500 to 799 say that its state or its settings do not allow it (protocol.md,
 * RequestStatus): those that name no reason of their own become `otherwise`.
 */
function mapRefusal(error: unknown, otherwise: ConstructorParameters<typeof StreamAIError>[0]): unknown {
  if (!(error instanceof OBSWebSocketError)) return error;
  const known = declined.get(error.code);
  if (known) return new StreamAIError(known, {}, { cause: error });
  if (error.code >= 500 && error.code < 800) return new StreamAIError(otherwise, {}, { cause: error });
  return new StreamAIError('obs_refused', { reason: plainText(error.message.slice(0, 200)) }, { cause: error });
}
