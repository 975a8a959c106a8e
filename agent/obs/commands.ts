/**
 * Record control. A command resolves when OBS's *event* confirms it, not when the request returns: OBS answers
 * StartRecord with success before it acts, and may then show a dialog instead of recording.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { OBSWebSocketError } from 'obs-websocket-js/json';
import { StreamAIError } from '../../shared/errors.ts';
import type { ObsConnection } from './connection.ts';
import type { ObsEvent } from './events.ts';
import { type RecordState, requestStatus } from './protocol.ts';

/** Without OBS's event in this time, a command counts as not confirmed (ms). */
export const confirmTimeoutMs = 5000;
/** Once OBS said that it is stopping, writing a long recording's index may take a while (ms). */
const stoppingTimeoutMs = 60_000;

/**
 * OBS 29 and 32 were seen to hang their record output for good when paused within 200 ms of a start, or stopped or resumed right
 * after a pause or resume: every command leaves it this much time since its last change (ms).
 */
const settleMs = 500;
/** After STOPPED the output stays active for a moment, in which a start is answered with success and lost (OBS 29: up to 70 ms). */
const idleTimeoutMs = 1000;
const lookEveryMs = 20;

type Confirmation = 'confirmed' | 'progress' | 'none';

export class RecordCommands {
  readonly #obs: ObsConnection;
  /** When OBS's record output last changed, on the monotonic clock. */
  #changedAt = Number.NEGATIVE_INFINITY;

  constructor(obs: ObsConnection) {
    this.#obs = obs;
    obs.on((event) => {
      if (event.type === 'record_state') this.#changedAt = performance.now();
    });
  }

  /** @throws StreamAIError already_recording | obs_not_connected | obs_not_confirmed | obs_timeout | obs_refused; so do the others, each with its own reason */
  async start(): Promise<void> {
    if (!this.#obs.connected) throw this.#obs.unavailable();
    const deadline = performance.now() + idleTimeoutMs;
    while ((await this.#obs.ask('GetRecordStatus')).outputActive) {
      if (performance.now() > deadline) throw new StreamAIError('already_recording');
      await delay(lookEveryMs);
    }
    await this.#run('already_recording', byState('started'), () => this.#obs.send('StartRecord'));
  }

  async stop(): Promise<void> {
    await this.#run('not_recording', byState('stopped', 'stopping'), () => this.#obs.send('StopRecord'));
  }

  async pause(): Promise<void> {
    await this.#run('pause_unavailable', byState('paused'), () => this.#obs.send('PauseRecord'));
  }

  async resume(): Promise<void> {
    await this.#run('not_paused', byState('resumed'), () => this.#obs.send('ResumeRecord'));
  }

  async split(): Promise<void> {
    if (!this.#has('SplitRecordFile')) throw new StreamAIError('split_unavailable');
    const changed = (event: ObsEvent): Confirmation => (event.type === 'record_file_changed' ? 'confirmed' : 'none');
    await this.#run('split_unavailable', changed, () => this.#obs.send('SplitRecordFile'));
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

  #has(request: string): boolean {
    if (!this.#obs.connected) throw this.#obs.unavailable();
    return this.#obs.readback?.availableRequests.has(request) ?? false;
  }

  async #run(
    whenDeclined: 'already_recording' | 'not_recording' | 'pause_unavailable' | 'not_paused' | 'split_unavailable',
    judge: (event: ObsEvent) => Confirmation,
    send: () => Promise<void>,
  ): Promise<void> {
    if (!this.#obs.connected) throw this.#obs.unavailable();
    const settled = this.#changedAt + settleMs - performance.now();
    if (settled > 0) await delay(settled);
    // The event can arrive before the request's answer is handled: listen first.
    const confirmation = this.#confirmation(judge);
    try {
      await Promise.all([confirmation.promise, send()]);
    } catch (error) {
      throw mapRefusal(error, whenDeclined);
    } finally {
      confirmation.end();
    }
  }

  #confirmation(judge: (event: ObsEvent) => Confirmation): { promise: Promise<void>; end: () => void } {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const arm = (ms: number): NodeJS.Timeout => setTimeout(() => reject(new StreamAIError('obs_not_confirmed')), ms);
    let timer = arm(confirmTimeoutMs);
    const off = this.#obs.on((event) => {
      if (event.type === 'disconnected') return reject(new StreamAIError('obs_not_connected'));
      const verdict = judge(event);
      if (verdict === 'confirmed') return resolve();
      if (verdict === 'progress') {
        clearTimeout(timer);
        timer = arm(stoppingTimeoutMs);
      }
    });
    // A refused request must not leave an unhandled rejection behind.
    promise.catch(() => undefined);
    return {
      promise,
      end: () => {
        clearTimeout(timer);
        off();
      },
    };
  }
}

function byState(confirmed: RecordState, progress?: RecordState): (event: ObsEvent) => Confirmation {
  return (event) => {
    if (event.type !== 'record_state') return 'none';
    if (event.state === confirmed) return 'confirmed';
    return event.state === progress ? 'progress' : 'none';
  };
}

const declined: ReadonlyMap<number, 'already_recording' | 'not_recording' | 'already_paused' | 'not_paused'> = new Map([
  [requestStatus.outputRunning, 'already_recording'],
  [requestStatus.outputNotRunning, 'not_recording'],
  [requestStatus.outputPaused, 'already_paused'],
  [requestStatus.outputNotPaused, 'not_paused'],
]);

/** RequestStatus codes of the 500s, 600s and 700s say that the state or the settings do not allow it (protocol.md). */
function mapRefusal(error: unknown, otherwise: ConstructorParameters<typeof StreamAIError>[0]): unknown {
  if (!(error instanceof OBSWebSocketError)) return error;
  const known = declined.get(error.code);
  if (known) return new StreamAIError(known, {}, { cause: error });
  if (error.code >= 500 && error.code < 800) return new StreamAIError(otherwise, {}, { cause: error });
  return new StreamAIError('obs_refused', { reason: error.message.slice(0, 200) }, { cause: error });
}
