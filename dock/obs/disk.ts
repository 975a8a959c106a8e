/** How fast the recording grows, and when the disk will be full at that rate. */

/** A reading of OBS's counters: recorded time in ms, bytes of this recording. */
export interface Reading {
  readonly ms: number;
  readonly bytes: number;
}

/** Encoders write in bursts: the rate is that of this much recorded time (ms). */
const windowMs = 20_000;
/** Less than this says nothing yet (ms). */
const shortestMs = 2000;

/** Adds a reading and forgets what is too old; a new recording begins anew. */
export function withReading(readings: readonly Reading[], reading: Reading): readonly Reading[] {
  const last = readings.at(-1);
  if (last !== undefined && (reading.ms < last.ms || reading.bytes < last.bytes)) return [reading];
  if (last?.ms === reading.ms) return readings;
  return [...readings.filter(({ ms }) => reading.ms - ms <= windowMs), reading];
}

/** Bytes per second of recorded time; null where it is too early to say. */
export function growth(readings: readonly Reading[]): number | null {
  const first = readings[0];
  const last = readings.at(-1);
  if (first === undefined || last === undefined || last.ms - first.ms < shortestMs) return null;
  return ((last.bytes - first.bytes) / (last.ms - first.ms)) * 1000;
}

/** When the disk will be full, in ms from now; null: nobody knows. */
export function diskLeftMs(freeBytes: number | null, bytesPerSecond: number | null): number | null {
  if (freeBytes === null || bytesPerSecond === null || bytesPerSecond < 1) return null;
  return (freeBytes / bytesPerSecond) * 1000;
}

export type DiskWarning = 'low' | 'critical';
const minute = 60_000;

/** `low` from half an hour on, `critical` from ten minutes on. */
export function diskWarning(leftMs: number | null): DiskWarning | null {
  if (leftMs === null || leftMs > 30 * minute) return null;
  return leftMs > 10 * minute ? 'low' : 'critical';
}
