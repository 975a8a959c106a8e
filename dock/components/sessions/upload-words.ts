/** What an upload and its task say of themselves. Reads the page's language, so that it belongs to components. */
import type { Task, TaskStatus, Upload, UploadState } from '../../../shared/domain.ts';
import { formatPercent } from '../../../shared/format.ts';
import { tick } from '../../dock.ts';
import { formatRemaining, formatUntil } from '../../format.ts';
import { language, t } from '../../i18n/language.ts';
import type { ShapeKind } from '../base/Shape.tsx';
import { uploadRatio } from './session-view.ts';

const shapes: Record<UploadState, ShapeKind> = {
  queued: 'busy',
  uploading: 'busy',
  waiting: 'warn',
  paused: 'paused',
  completed: 'ok',
  failed: 'bad',
  cancelled: 'warn',
};
const taskShapes: Record<TaskStatus, ShapeKind> = {
  uploaded: 'busy',
  processing: 'busy',
  completed: 'ok',
  completed_simple: 'ok',
  error: 'bad',
  unknown: 'warn',
};

/** The shape of its present stage. */
export const uploadShape = ({ state, task }: Upload): ShapeKind =>
  state === 'completed' && task !== null ? taskShapes[task.status] : shapes[state];

/** Its state in words. */
export function uploadText(upload: Upload, percent: string): string {
  const words = t.value.upload;
  switch (upload.state) {
    case 'uploading':
      if (upload.phase === 'following') {
        return upload.behindMs === null
          ? words.followingSoon
          : words.following(formatRemaining(upload.behindMs, language.value));
      }
      if (upload.phase === 'assembling' || upload.phase === 'verifying') return words[upload.phase];
      return uploadRatio(upload) === 1 ? words.confirming : words.uploading(percent);
    case 'paused':
      return words.pausedAt(percent);
    case 'waiting': {
      if (upload.nextAttemptAt === null) return words.waiting;
      // Read for its change alone: the wait is counted down.
      void tick.value;
      return words.waitingUntil(formatUntil(Date.parse(upload.nextAttemptAt) - Date.now(), language.value));
    }
    case 'completed':
      return upload.sentAs === 'source_url' ? words.sourceUrl : words.completed;
    default:
      return words[upload.state];
  }
}

/** Its task's state in words. */
export function taskText({ status, progress }: Task): string {
  const words = t.value.task;
  return status === 'processing' && progress !== null
    ? words.processing(formatPercent(progress / 100, language.value))
    : words.status[status];
}
