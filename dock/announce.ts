/** Milestones for people who listen to the page: one polite region, and one for failures. */
import { signal } from '@preact/signals';
import type { Session, TaskStatus } from '../shared/domain.ts';
import type { ServerMessage } from '../shared/live.ts';
import { agent } from './agent/store.ts';
import type { Texts } from './i18n/en.ts';
import { t } from './i18n/language.ts';
import type { RecordPhase } from './obs/record-state.ts';

export const milestone = signal('');
export const alarm = signal('');

const ended: ReadonlySet<TaskStatus> = new Set(['completed', 'completed_simple', 'error', 'unknown']);

/** What a change of OBS's own state is worth saying; finding a recording on arrival is none. */
export function phaseMilestone(before: RecordPhase, after: RecordPhase, words: Texts['announce']): string | null {
  if (before === 'unknown' || before === after) return null;
  if (after === 'paused') return words.paused;
  if (after === 'recording') return before === 'paused' ? words.resumed : words.started;
  return after === 'idle' && before !== 'starting' ? words.stopped : null;
}

const nameOf = (holds: (session: Session) => boolean): string => agent.peek()?.sessions.find(holds)?.name ?? '';

/** Says what a message of the live channel means, once it is part of the page's state. */
export function announce(message: ServerMessage): void {
  const words = t.peek();
  if (message.type === 'upload_completed' || message.type === 'manual_upload_completed') {
    milestone.value = words.announce.uploaded(nameOf(({ id }) => id === message.data.sessionId));
  } else if (message.type === 'upload_failed') {
    alarm.value = words.announce.uploadFailed(nameOf(({ id }) => id === message.data.sessionId));
  } else if (message.type === 'task_updated' && ended.has(message.data.status)) {
    const { uploadId, status } = message.data;
    const name = nameOf(({ recordings }) =>
      recordings.some(({ uploads }) => uploads.some(({ id }) => id === uploadId)),
    );
    const text = words.announce.taskDone(name, words.task.status[status]);
    if (status === 'error' || status === 'unknown') alarm.value = text;
    else milestone.value = text;
  }
}
