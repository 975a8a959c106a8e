/** An obs-websocket server that answers what it is told to: a recording of any length without waiting for it. */
import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { requestStatus } from '../rig/simulated-obs/protocol.ts';
import { ObsWebSocketServer } from '../rig/simulated-obs/server.ts';

/** What OBS is to say of its recording; it grows from there, unless it is paused. */
export interface ScriptedRecording {
  readonly paused: boolean;
  /** Recorded so far, ms. */
  readonly durationMs: number;
  readonly bytesPerSecond: number;
}

export interface ObsScript {
  readonly recording: ScriptedRecording | null;
  /** Of the disk that it records to. */
  readonly freeBytes: number;
  /** The status with which it refuses to start (protocol.ts); default: it takes the request, and nothing happens. */
  readonly startRefused?: number | undefined;
}

export interface ScriptedObs {
  readonly port: number;
  readonly password: string;
  /** Lets time pass in its recording, ms. */
  pass(ms: number): void;
  /** Resolves when it is next asked for this. */
  heard(request: string): Promise<unknown>;
  /** Goes without a word, as in a crash. */
  crash(): Promise<void>;
}

export async function startScriptedObs(script: ObsScript): Promise<ScriptedObs> {
  const { recording, freeBytes, startRefused = requestStatus.success } = script;
  const password = randomBytes(12).toString('base64url');
  const requests = new EventEmitter();
  let startedAt = performance.now();
  const status = () => {
    if (recording === null) return { outputActive: false, outputPaused: false, outputDuration: 0, outputBytes: 0 };
    const { paused, durationMs, bytesPerSecond } = recording;
    const outputDuration = Math.round(durationMs + (paused ? 0 : performance.now() - startedAt));
    const outputBytes = Math.round((outputDuration / 1000) * bytesPerSecond);
    return { outputActive: true, outputPaused: paused, outputDuration, outputBytes };
  };
  const server = new ObsWebSocketServer({
    password,
    hello: { obsWebSocketVersion: '5.7.4', obsStudioVersion: '32.2.2' },
    answer: async (type) => {
      requests.emit(type);
      if (type === 'StartRecord') return { code: startRefused };
      if (type === 'GetRecordStatus') return { code: requestStatus.success, data: status() };
      // In OBS's MB: 1024 × 1024 bytes.
      if (type === 'GetStats')
        return { code: requestStatus.success, data: { availableDiskSpace: freeBytes / 1024 ** 2 } };
      return { code: requestStatus.success };
    },
  });
  return {
    port: await server.listen(0),
    password,
    pass(ms) {
      startedAt -= ms;
    },
    heard: (request) => once(requests, request),
    crash: () => server.crash(),
  };
}
