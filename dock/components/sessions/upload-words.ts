/** The state of an upload and of its task as shapes and words, in the page's language. */
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

/** The shape of an upload's state; once it is completed, of its task's. */
export const uploadShape = ({ state, task }: Upload): ShapeKind =>
  state === 'completed' && task !== null ? taskShapes[task.status] : shapes[state];

/** An upload's state in words. @param percent its progress as text */
export function uploadText(upload: Upload, percent: string): string {
  const words = t.value.upload;
  switch (upload.state) {
    case 'uploading':
      if (upload.phase === 'following') {
        return upload.behindMs === null
          ? words.following
          : words.followingBehind(formatRemaining(upload.behindMs, language.value));
      }
      if (upload.phase === 'assembling' || upload.phase === 'verifying') return words[upload.phase];
      return uploadRatio(upload) === 1 ? words.confirming : words.uploading(percent);
    case 'paused':
      return words.pausedAt(percent);
    case 'waiting': {
      if (upload.nextAttemptAt === null) return words.waiting;
      // Read so that the countdown is drawn again every second.
      void tick.value;
      return words.waitingUntil(formatUntil(Date.parse(upload.nextAttemptAt) - Date.now(), language.value));
    }
    case 'completed':
      return upload.sentAs === 'source_url' ? words.sourceUrl : words.completed;
    default:
      return words[upload.state];
  }
}

/** A task's state in words. */
export function taskText({ status, progress }: Task): string {
  const words = t.value.task;
  return status === 'processing' && progress !== null
    ? words.processing(formatPercent(progress / 100, language.value))
    : words.status[status];
}
