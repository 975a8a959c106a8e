/** An upload as clients see it, made of what is stored, its running attempt, and what the destination has of it. Pure. */
import type { Upload } from '../../shared/domain.ts';
import type { ErrorInfo } from '../../shared/errors.ts';
import type { StoredState } from './destinations/destination.ts';
import { toTask } from './destinations/processing/tasks/task-store.ts';
import type { UploadRecord } from './upload-store.ts';

/** How far a running attempt is; kept in memory only. All but `bytesSent` as in `Upload`. */
export interface ProgressNow {
  readonly bytesSent: number;
  /** How long a followed file is by now; null: the file is final. */
  readonly bytesTotal: number | null;
  readonly bytesPerSecond: number | null;
  readonly parts: Upload['parts'];
  readonly phase: Upload['phase'];
  readonly behindMs: Upload['behindMs'];
}

/**
 * A record as clients see it.
 * @param progress of its running attempt
 * @param stored what the destination has of it already
 * @param notice why it does not go on, or not at full speed
 */
export function toUpload(
  record: UploadRecord,
  progress?: ProgressNow,
  stored?: StoredState | null,
  notice: ErrorInfo | null = null,
): Upload {
  const { generation: _generation, fileModifiedAt: _modified, task, ...shared } = record;
  const running = record.state === 'uploading' ? progress : undefined;
  const bytesTotal = running?.bytesTotal ?? record.bytesTotal;
  const bytesSent = running?.bytesSent ?? stored?.bytes ?? 0;
  return {
    ...shared,
    notice,
    bytesTotal,
    bytesSent: record.state === 'completed' ? bytesTotal : lessThanAll(bytesSent, bytesTotal),
    bytesPerSecond: running?.bytesPerSecond ?? null,
    parts: running?.parts ?? stored?.parts ?? null,
    phase: running?.phase ?? null,
    behindMs: running?.behindMs ?? null,
    object: stored?.object ?? null,
    provenBy: stored?.provenBy ?? null,
    nextAttemptAt: instant(record.nextAttemptAt),
    task: task === null ? null : toTask(task),
    createdAt: new Date(record.createdAt).toISOString(),
    completedAt: instant(record.completedAt),
  };
}

/** Bytes to show of an upload that has not arrived: at least one is missing until all are proven. */
export const lessThanAll = (bytesSent: number, bytesTotal: number): number =>
  Math.min(bytesSent, Math.max(0, bytesTotal - 1));

const instant = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
