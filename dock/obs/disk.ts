/** How fast the recording grows, and when the disk will be full at that rate. */

/** The recording's size at one moment. */
export interface Reading {
  /** Recorded time. */
  readonly ms: number;
  readonly bytes: number;
}

/** The rate is taken over this much recorded time, because encoders write in bursts. */
const windowMs = 20_000;
/** Over less recorded time than this no rate is given. */
const shortestMs = 2000;

/** Adds a reading and drops those that are too old; all of them where a new recording has begun. */
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

/** When the disk will be full, in ms from now; null where it cannot be said. */
export function diskLeftMs(freeBytes: number | null, bytesPerSecond: number | null): number | null {
  if (freeBytes === null || bytesPerSecond === null || bytesPerSecond < 1) return null;
  return (freeBytes / bytesPerSecond) * 1000;
}

export type DiskWarning = 'low' | 'critical';
const minuteMs = 60_000;

/** `low` below half an hour, `critical` below ten minutes, else null. */
export function diskWarning(leftMs: number | null): DiskWarning | null {
  if (leftMs === null || leftMs > 30 * minuteMs) return null;
  return leftMs > 10 * minuteMs ? 'low' : 'critical';
}
