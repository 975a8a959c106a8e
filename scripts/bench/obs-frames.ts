/** How OBS itself fares while it records: what it says of its frames. */
import { setTimeout as delay } from 'node:timers/promises';
import type OBSWebSocket from 'obs-websocket-js/json';

/** Of one recording. */
export interface ObsFrames {
  /** Frames that the encoder was to get, and of these the ones that it was too slow for (`output…` in GetStats). */
  readonly output: number;
  readonly skipped: number;
  /** Frames that were to be drawn, and of these the ones that drawing was too slow for (`render…` in GetStats). */
  readonly rendered: number;
  readonly missed: number;
  /** Frames that the file's output dropped (GetOutputStatus). */
  readonly dropped: number;
  /** OBS's mean time to draw a frame, ms: the mean of one look a second. */
  readonly renderMs: number;
  /** How much of the recording's time the file has, by GetRecordStatus, 0..1. */
  readonly timely: number;
}

/** OBS's name of the output in its Advanced mode. */
const fileOutput = 'adv_file_output';

/** Watches a recording that has just begun, for so long. */
export async function watchFrames(client: OBSWebSocket, seconds: number, signal: AbortSignal): Promise<ObsFrames> {
  const startedAt = performance.now();
  const end = startedAt + seconds * 1000;
  const first = await look(client);
  const renderMs: number[] = [];
  for (;;) {
    const rest = end - performance.now();
    if (rest > 0) await delay(Math.min(rest, 1000), undefined, { signal });
    const now = await look(client);
    renderMs.push(now.stats.averageFrameRenderTime);
    if (performance.now() < end) continue;
    return {
      output: since(first.stats.outputTotalFrames, now.stats.outputTotalFrames),
      skipped: since(first.stats.outputSkippedFrames, now.stats.outputSkippedFrames),
      rendered: since(first.stats.renderTotalFrames, now.stats.renderTotalFrames),
      missed: since(first.stats.renderSkippedFrames, now.stats.renderSkippedFrames),
      dropped: since(first.dropped, now.dropped),
      renderMs: renderMs.reduce((sum, ms) => sum + ms, 0) / renderMs.length,
      timely: (now.durationMs - first.durationMs) / (now.at - first.at),
    };
  }
}

async function look(client: OBSWebSocket) {
  const stats = await client.call('GetStats');
  const { outputSkippedFrames: dropped } = await client.call('GetOutputStatus', { outputName: fileOutput });
  const { outputDuration: durationMs } = await client.call('GetRecordStatus');
  return { stats, dropped, durationMs, at: performance.now() };
}

/** A count that is smaller than before began anew: OBS does so with some of them when an output starts. */
const since = (before: number, now: number): number => (now < before ? now : now - before);
