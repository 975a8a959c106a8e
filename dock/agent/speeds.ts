/** The speeds of each upload over the last minute, for its sparkline. */
import { type Signal, signal } from '@preact/signals';
import type { UploadProgress } from '../../shared/live.ts';

/** The most speeds that are kept: one a second for a minute. */
export const longestTrace = 60;
const intervalMs = 1000;

export interface Trace {
  /** Bytes per second, oldest first. */
  readonly speeds: readonly number[];
  /** When the last one was added (Date.now). */
  readonly at: number;
}

/** Adds a speed in bytes per second, at most one a second. @param now in ms */
export function withSpeed(trace: Trace | undefined, speed: number, now: number): Trace {
  if (trace !== undefined && now - trace.at < intervalMs) return trace;
  return { speeds: [...(trace?.speeds ?? []), speed].slice(-longestTrace), at: now };
}

/** The points of an SVG polyline in a box of `width` × `height`: the newest speed at the right, the highest at the top. */
export function tracePoints(speeds: readonly number[], width: number, height: number): string {
  const highest = Math.max(...speeds, 1);
  const step = width / (longestTrace - 1);
  const round = (value: number): number => Math.round(value * 10) / 10;
  const left = width - (speeds.length - 1) * step;
  return speeds
    .map((speed, index) => `${round(left + index * step)},${round(height - (speed / highest) * height)}`)
    .join(' ');
}

const traces = new Map<string, Signal<Trace | undefined>>();

/** An upload's trace, as a signal; undefined until it has a speed. */
export function traceOf(uploadId: string): Signal<Trace | undefined> {
  const known = traces.get(uploadId) ?? signal<Trace | undefined>(undefined);
  traces.set(uploadId, known);
  return known;
}

/** Adds the speed of a progress event to its upload's trace. */
export function addSpeed({ uploadId, bytesPerSecond }: UploadProgress, now = Date.now()): void {
  if (bytesPerSecond === null) return;
  const trace = traceOf(uploadId);
  trace.value = withSpeed(trace.peek(), bytesPerSecond, now);
}

/** Forgets the trace of a completed upload. */
export const forgetTrace = (uploadId: string): boolean => traces.delete(uploadId);
