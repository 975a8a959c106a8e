/** The dock's own connection to OBS, opened again for as long as the page lives: record control works without the agent. */
import { OBSWebSocket, OBSWebSocketError } from 'obs-websocket-js/json';
import type { ObsConnectionInfo } from '../../shared/api.ts';
import type { ErrorInfo } from '../../shared/errors.ts';
import { backoffMs } from '../backoff.ts';
import { DockError, type OwnErrorCode, ownError } from '../errors.ts';
import type { RecordEvent } from './record-state.ts';

/** `waiting`: OBS does not answer, and is tried again. `refused`: OBS refused us, and only `retry` tries again. */
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
  /** Finds OBS's address and password, which can change: asked before each attempt. Null: they are not known yet. */
  readonly findObs: () => Promise<ObsConnectionInfo | null>;
  readonly onLink: (link: ObsLink) => void;
  readonly onEvent: (event: RecordEvent) => void;
  /** Monotonic, in ms. */
  readonly now?: () => number;
}

export interface ObsConnection {
  /** Tries at once where the next attempt is waited for; does nothing after a refusal or while connected. */
  wake(): void;
  /** Opens the connection, also after a refusal; does nothing while connected. */
  retry(): void;
  /**
   * Sends a request.
   * @returns its answer, unchecked
   * @throws DockError obs_timeout, obs_not_connected, or what OBS answered
   */
  call(request: RecordRequest): Promise<unknown>;
  close(): void;
}

/** EventSubscription.Outputs of obs-websocket: RecordStateChanged and RecordFileChanged. */
const outputEvents = 1 << 6;
/** For a socket that opens and then stays silent: obs-websocket-js itself would wait for ever. */
const connectTimeoutMs = 10_000;
const callTimeoutMs = 5000;
const outputPrefix = /^OBS_WEBSOCKET_OUTPUT_/;

/** Close codes after which only `retry` tries again: wrong password, wrong protocol version, session ended in OBS. */
const refusalCloseCodes: ReadonlySet<number> = new Set([4009, 4010, 4011]);

/** Makes the connection; `retry` opens it. After a loss it is opened again with growing waits. */
export function createObsConnection(options: ObsConnectionOptions): ObsConnection {
  const { findObs, onLink, onEvent, now = () => performance.now() } = options;
  const obs = new OBSWebSocket();
  let state: ObsLink['state'] = 'waiting';
  let opening = false;
  let attempt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const setLink = (link: ObsLink): void => {
    state = link.state;
    onLink(link);
  };

  // From the beginning, since STARTED can arrive before the answer to StartRecord.
  obs.on('RecordStateChanged', (data) => {
    const output = String(data.outputState).replace(outputPrefix, '');
    onEvent({ type: 'output', output, at: now() });
  });
  obs.on('RecordFileChanged', () => onEvent({ type: 'file-changed' }));
  obs.on('ConnectionClosed', (error) => {
    if (state === 'connected') onLost(error);
  });

  /** The connection was lost, or an attempt failed. */
  function onLost(error: unknown): void {
    onEvent({ type: 'lost' });
    if (closed) return;
    if (error instanceof OBSWebSocketError && refusalCloseCodes.has(error.code)) {
      const problem =
        error.code === 4009 ? ownError('obs_password_wrong') : ownError('obs_refused', { reason: error.message });
      setLink({ state: 'refused', problem });
    } else {
      setLink({ state: 'waiting', problem: ownError('obs_not_connected') });
      timer = setTimeout(open, backoffMs(attempt++));
    }
  }

  // An attempt by the timer does not say `connecting`: the page would only flicker.
  async function open(): Promise<void> {
    opening = true;
    try {
      const found = await findObs();
      if (found === null) throw new Error('the address of OBS is not known');
      const identify = { eventSubscriptions: outputEvents };
      await within(connectTimeoutMs, obs.connect(found.url, found.password ?? undefined, identify));
      // While OBS 32 starts, it accepts connections but answers every request with 207 (not ready): then we try again later.
      await within(callTimeoutMs, obs.call('GetRecordStatus'));
    } catch (error) {
      void obs.disconnect();
      return onLost(error);
    } finally {
      opening = false;
    }
    if (closed) return void obs.disconnect();
    attempt = 0;
    setLink({ state: 'connected', problem: null });
  }

  function retry(): void {
    if (closed || opening || state === 'connected') return;
    clearTimeout(timer);
    attempt = 0;
    setLink({ state: 'connecting', problem: null });
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

class TimeoutError extends Error {}

/** @throws TimeoutError where the promise takes longer than `ms` */
function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TimeoutError()), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Our error for a status with which obs-websocket refuses a request (RequestStatus in its protocol document). */
const errorsOfStatus: Readonly<Partial<Record<number, OwnErrorCode>>> = {
  500: 'already_recording',
  501: 'not_recording',
  502: 'already_paused',
  503: 'not_paused',
};

function obsError(request: RecordRequest, cause: unknown): DockError {
  if (cause instanceof TimeoutError) return new DockError('obs_timeout', {}, { cause });
  if (!(cause instanceof OBSWebSocketError)) return new DockError('obs_not_connected', {}, { cause });
  // 204: a request that this OBS does not know; 702: splitting is not switched on.
  const cannotSplit = request === 'SplitRecordFile' && (cause.code === 204 || cause.code === 702);
  const known = cannotSplit ? 'split_unavailable' : errorsOfStatus[cause.code];
  if (known !== undefined) return new DockError(known, {}, { cause });
  // OBS's own text is an English sentence; ours ends with a full stop of its own.
  const reason = cause.message.replace(/\.$/, '') || `code ${cause.code}`;
  return new DockError('obs_refused', { reason }, { cause });
}
