/** The one table of the words that processing servers have for a task's status, and of what they mean here. */
import type { TaskStatus } from '../../../../../shared/domain.ts';

export type ServerStatus = Exclude<TaskStatus, 'unknown'>;

/** In small letters, `_` between words. */
const meanings: Readonly<Record<ServerStatus, readonly string[]>> = {
  uploaded: [
    ...[
      'uploaded',
      'uploading',
      'received',
      'accepted',
      'submitted',
      'created',
      'new',
      'queued',
      'queueing',
      'enqueued',
    ],
    ...['in_queue', 'pending', 'waiting', 'scheduled', 'not_started', 'delayed', 'initialized'],
  ],
  processing: [
    ...[
      'processing',
      'in_process',
      'running',
      'in_progress',
      'progress',
      'progressing',
      'started',
      'starting',
      'active',
    ],
    ...['working', 'executing', 'ongoing', 'retry', 'retrying', 'paused', 'fetching', 'downloading', 'converting'],
    ...['encoding', 'transcoding', 'transcribing', 'analyzing', 'finalizing', 'finishing'],
  ],
  completed: [
    ...['completed', 'complete', 'done', 'finished', 'success', 'successful', 'succeeded', 'ok', 'ready', 'processed'],
    ...['transcribed', 'available'],
  ],
  completed_simple: ['completed_simple', 'stored'],
  error: [
    ...['error', 'errored', 'failed', 'failure', 'fail', 'crashed', 'rejected', 'invalid', 'cancelled', 'canceled'],
    ...['aborted', 'revoked', 'terminated', 'killed', 'stopped', 'expired', 'timeout', 'timed_out', 'dead'],
  ],
};

const byWord: ReadonlyMap<string, ServerStatus> = new Map(
  Object.entries(meanings).flatMap(([status, words]) => words.map((word) => [word, status as ServerStatus])),
);

/** Words that may be about the answer itself and not about the task: “the request succeeded”. */
const ofAnswers: ReadonlySet<string> = new Set([
  'success',
  'successful',
  'succeeded',
  'ok',
  'done',
  'complete',
  'ready',
]);

/** What a status means, in any case and spelling: `IN_PROGRESS`, `inProgress`, `JOB_STATE_RUNNING`; null: it is in no line of the table. */
export function statusOf(word: string): ServerStatus | null {
  return byWord.get(plain(word)) ?? null;
}

/** Whether the word may be about the answer alone. */
export function isOfAnswers(word: string): boolean {
  return ofAnswers.has(plain(word));
}

function plain(word: string): string {
  return word
    .slice(0, 100)
    .trim()
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[\s._-]+/g, '_')
    .replace(/^(?:(?:job|task|state|status)_)+(?=.)/, '');
}
