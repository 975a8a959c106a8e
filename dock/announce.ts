/** What a screen reader says by itself: one text for milestones, one for failures (drawn by Announcements.tsx). */
import { signal } from '@preact/signals';
import type { Session, TaskStatus } from '../shared/domain.ts';
import type { ServerMessage } from '../shared/live.ts';
import { agent } from './agent/store.ts';
import type { Texts } from './i18n/en.ts';
import { t } from './i18n/language.ts';
import type { RecordPhase } from './obs/record-state.ts';

/** Read when the screen reader has finished what it says. */
export const milestone = signal('');
/** Read at once. */
export const alarm = signal('');

const endedTasks: ReadonlySet<TaskStatus> = new Set(['completed', 'completed_simple', 'error', 'unknown']);

/**
 * What to say when OBS goes from one phase to another; null: nothing. A recording that already runs when the page opens is
 * not announced.
 */
export function phaseMilestone(before: RecordPhase, after: RecordPhase, words: Texts['announce']): string | null {
  if (before === 'unknown' || before === after) return null;
  if (after === 'paused') return words.paused;
  if (after === 'recording') return before === 'paused' ? words.resumed : words.started;
  return after === 'idle' && before !== 'starting' ? words.stopped : null;
}

const sessionName = (matches: (session: Session) => boolean): string =>
  agent.peek()?.sessions.find(matches)?.name ?? '';

/** Announces what a message of the live channel tells; called once the message is part of the page's state. */
export function announce(message: ServerMessage): void {
  const words = t.peek();
  if (message.type === 'upload_completed' || message.type === 'manual_upload_completed') {
    milestone.value = words.announce.uploaded(sessionName(({ id }) => id === message.data.sessionId));
  } else if (message.type === 'upload_failed') {
    alarm.value = words.announce.uploadFailed(sessionName(({ id }) => id === message.data.sessionId));
  } else if (message.type === 'task_updated' && endedTasks.has(message.data.status)) {
    const { uploadId, status } = message.data;
    const name = sessionName(({ recordings }) =>
      recordings.some(({ uploads }) => uploads.some(({ id }) => id === uploadId)),
    );
    const text = words.announce.taskDone(name, words.task.status[status]);
    if (status === 'error' || status === 'unknown') alarm.value = text;
    else milestone.value = text;
  }
}
