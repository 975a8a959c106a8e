/** The last speeds of each running upload, for its sparkline. */
import { type Signal, signal } from '@preact/signals';
import type { UploadProgress } from '../../shared/live.ts';

/** Points of a sparkline: at one a second the last minute. */
export const longestTrace = 60;
const intervalMs = 1000;

export interface Trace {
  /** Bytes per second, oldest first. */
  readonly speeds: readonly number[];
  /** When the last one was taken, ms. */
  readonly at: number;
}

/** Adds a speed, at most one a second. */
export function withSpeed(trace: Trace | undefined, speed: number, now: number): Trace {
  if (trace !== undefined && now - trace.at < intervalMs) return trace;
  return { speeds: [...(trace?.speeds ?? []), speed].slice(-longestTrace), at: now };
}

/** An SVG polyline's points in a box of `width` × `height`: the present at the right, the fastest at the top. */
export function tracePoints(speeds: readonly number[], width: number, height: number): string {
  const top = Math.max(...speeds, 1);
  const step = width / (longestTrace - 1);
  const round = (value: number): number => Math.round(value * 10) / 10;
  const left = width - (speeds.length - 1) * step;
  return speeds.map((speed, at) => `${round(left + at * step)},${round(height - (speed / top) * height)}`).join(' ');
}

const traces = new Map<string, Signal<Trace | undefined>>();

/** An upload's trace, as a signal. */
export function traceOf(uploadId: string): Signal<Trace | undefined> {
  const known = traces.get(uploadId) ?? signal<Trace | undefined>(undefined);
  traces.set(uploadId, known);
  return known;
}

export function noteSpeed({ uploadId, bytesPerSecond }: UploadProgress, now = Date.now()): void {
  if (bytesPerSecond === null) return;
  const trace = traceOf(uploadId);
  trace.value = withSpeed(trace.peek(), bytesPerSecond, now);
}

/** Forgets a finished upload's trace. */
export const dropTrace = (uploadId: string): boolean => traces.delete(uploadId);
