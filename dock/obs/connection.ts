/** The dock's own connection to OBS: kept for as long as the page lives, so that record control works without the agent. */
import { OBSWebSocket, OBSWebSocketError } from 'obs-websocket-js/json';
import type { ObsConnectionInfo } from '../../shared/api.ts';
import type { ErrorInfo } from '../../shared/errors.ts';
import { backoffMs } from '../backoff.ts';
import { DockError, type OwnErrorCode, ownError } from '../errors.ts';
import type { RecordEvent } from './record-state.ts';

/** `waiting`: OBS is not there, tried again by itself. `refused`: it turned us down, and only `retry` tries again. */
export type ObsLink =
  | { readonly state: 'connecting' | 'connected'; readonly problem: null }
  | { readonly state: 'waiting' | 'refused'; readonly problem: ErrorInfo };

export type RecordRequest =
  | 'StartRecord'
  | 'StopRecord'
  | 'PauseRecord'
  | 'ResumeRecord'
  | 'SplitRecordFile'
  | 'GetRecordStatus'
  | 'GetStats';

export interface ObsConnectionOptions {
  /** Where OBS listens: asked before each attempt, since port and password can change. Null: nobody can say yet. */
  readonly whereIsObs: () => Promise<ObsConnectionInfo | null>;
  readonly onLink: (link: ObsLink) => void;
  readonly onEvent: (event: RecordEvent) => void;
  readonly now?: () => number;
}

export interface ObsConnection {
  /** Opens, or tries again at once. Leaves a refusal alone, and does nothing while connected. */
  wake(): void;
  /** The same, also after a refusal. */
  retry(): void;
  /** @throws DockError obs_timeout, obs_not_connected, or what OBS answered */
  call(request: RecordRequest): Promise<unknown>;
  close(): void;
}

/** Outputs (1 << 6): RecordStateChanged and RecordFileChanged. */
const outputEvents = 64;
/** A socket that opens and stays silent must not hold us, and obs-websocket-js has no limit of its own. */
const connectTimeoutMs = 10_000;
const callTimeoutMs = 5000;
const outputPrefix = /^OBS_WEBSOCKET_OUTPUT_/;

/** obs-websocket's close codes after which trying again by itself would only hammer: password, protocol version, thrown out. */
const refusals: ReadonlySet<number> = new Set([4009, 4010, 4011]);

export function connectObs(options: ObsConnectionOptions): ObsConnection {
  const { whereIsObs, onLink, onEvent, now = () => performance.now() } = options;
  const obs = new OBSWebSocket();
  let state: ObsLink['state'] = 'waiting';
  let opening = false;
  let attempt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const set = (link: ObsLink): void => {
    state = link.state;
    onLink(link);
  };

  // Listeners first: STARTED can arrive before the answer to StartRecord.
  obs.on('RecordStateChanged', (data) => {
    const output = String(data.outputState).replace(outputPrefix, '');
    onEvent({ type: 'output', output, at: now() });
  });
  obs.on('RecordFileChanged', () => onEvent({ type: 'file-changed' }));
  obs.on('ConnectionClosed', (error) => {
    if (state === 'connected') lost(error);
  });

  function lost(error: unknown): void {
    onEvent({ type: 'lost' });
    if (closed) return;
    if (error instanceof OBSWebSocketError && refusals.has(error.code)) {
      const problem =
        error.code === 4009 ? ownError('obs_password_wrong') : ownError('obs_refused', { reason: error.message });
      set({ state: 'refused', problem });
    } else {
      set({ state: 'waiting', problem: ownError('obs_not_connected') });
      timer = setTimeout(open, backoffMs(attempt++));
    }
  }

  // A try by the timer is not announced: to the one who looks, nothing has changed, and the page must not flicker.
  async function open(): Promise<void> {
    opening = true;
    try {
      const where = await whereIsObs();
      if (where === null) throw new Error('nobody says where OBS is');
      const identify = { eventSubscriptions: outputEvents };
      await within(connectTimeoutMs, obs.connect(where.url, where.password ?? undefined, identify));
      // While it still starts, OBS 32 lets everybody in and answers nothing (207): later, then.
      await within(callTimeoutMs, obs.call('GetRecordStatus'));
    } catch (error) {
      void obs.disconnect();
      return lost(error);
    } finally {
      opening = false;
    }
    if (closed) return void obs.disconnect();
    attempt = 0;
    set({ state: 'connected', problem: null });
  }

  function retry(): void {
    if (closed || opening || state === 'connected') return;
    clearTimeout(timer);
    attempt = 0;
    set({ state: 'connecting', problem: null });
    void open();
  }

  return {
    retry,
    wake() {
      if (state === 'waiting') retry();
    },
    async call(request) {
      try {
        return await within(callTimeoutMs, obs.call(request));
      } catch (error) {
        throw obsError(request, error);
      }
    },
    close() {
      closed = true;
      clearTimeout(timer);
      void obs.disconnect();
    },
  };
}

class Overdue extends Error {}

function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Overdue()), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** obs-websocket's request statuses (RequestStatus in its protocol document) as errors that a person understands. */
const refusalCodes: Readonly<Partial<Record<number, OwnErrorCode>>> = {
  500: 'already_recording',
  501: 'not_recording',
  502: 'already_paused',
  503: 'not_paused',
};

function obsError(request: RecordRequest, cause: unknown): DockError {
  if (cause instanceof Overdue) return new DockError('obs_timeout', {}, { cause });
  if (!(cause instanceof OBSWebSocketError)) return new DockError('obs_not_connected', {}, { cause });
  // 204: a request that this OBS does not know; 702: splitting is not switched on.
  const cannotSplit = request === 'SplitRecordFile' && (cause.code === 204 || cause.code === 702);
  const known = cannotSplit ? 'split_unavailable' : refusalCodes[cause.code];
  if (known !== undefined) return new DockError(known, {}, { cause });
  // OBS's own words are sentences, and English.
  const reason = cause.message.replace(/\.$/, '') || `code ${cause.code}`;
  return new DockError('obs_refused', { reason }, { cause });
}
