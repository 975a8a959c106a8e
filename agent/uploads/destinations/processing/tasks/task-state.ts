/** What a poll means for a task, and when to poll next: pure. */
import { type ErrorInfo, errorInfo } from '../../../../../shared/errors.ts';
import { backoffDelay } from '../../../../backoff.ts';
import type { StatusAnswer } from './status-answer.ts';
import type { TaskRecord } from './task-store.ts';

/** What came of asking for a task's status once. */
export type PollOutcome =
  | { readonly type: 'answer'; readonly answer: StatusAnswer }
  /** 404 */
  | { readonly type: 'missing' }
  | { readonly type: 'problem'; readonly error: ErrorInfo; readonly retryAfterMs: number | null };

/** What is remembered between two polls of one task. */
export interface PollState {
  readonly delayMs: number;
  /** Polls in a row that ended in a problem. */
  readonly problems: number;
  /** 404s in a row. */
  readonly missing: number;
  /** Since the first of these 404s, ms: the waits between them, so that a clock that is set changes nothing. */
  readonly missingMs: number;
}

const firstDelayMs = 1000;
const longestDelayMs = 30_000;
/**
 * A file that was taken can be unknown to the status route for a while: the server or the proxy before it starts anew, or its
 * worker registers the task later. ms of nothing but 404s
 */
const missingUntilUnknownMs = 10 * 60_000;

export const firstPoll: PollState = { delayMs: firstDelayMs, problems: 0, missing: 0, missingMs: 0 };

/** The task after a poll; the very same object when nothing changed. */
export function nextTask(task: TaskRecord, poll: PollState, outcome: PollOutcome, now: number): TaskRecord {
  const after = changed(task, poll, outcome, now);
  if (after === null || sameTask(task, after)) return task;
  return { ...after, updatedAt: now };
}

function changed(task: TaskRecord, poll: PollState, outcome: PollOutcome, now: number): TaskRecord | null {
  switch (outcome.type) {
    case 'answer': {
      const { status, progress, message, results } = outcome.answer;
      const error = status === 'error' ? errorInfo('task_failed', { detail: message ?? '' }) : null;
      const ended = status === 'completed' || status === 'completed_simple' || status === 'error';
      return { ...task, status, progress, message, results, error, endedAt: ended ? now : null };
    }
    case 'missing':
      if (missingSince(poll) < missingUntilUnknownMs) return null;
      return { ...task, status: 'unknown', error: errorInfo('task_unknown'), endedAt: now };
    case 'problem':
      return { ...task, error: outcome.error };
  }
}

function sameTask(a: TaskRecord, b: TaskRecord): boolean {
  return JSON.stringify({ ...a, updatedAt: 0 }) === JSON.stringify({ ...b, updatedAt: 0 });
}

/** For how long there were only 404s, when this poll has brought another one, ms. */
const missingSince = ({ missing, missingMs, delayMs }: PollState): number => (missing === 0 ? 0 : missingMs + delayMs);

/**
 * 1 s, doubling to 30 s while nothing moves or the task is not known, and from 1 s again when something did. Problems double to
 * 5 minutes.
 * @param moved whether status or progress changed with this poll
 */
export function nextPoll(poll: PollState, outcome: PollOutcome, moved: boolean): PollState {
  const well = { problems: 0, missing: 0, missingMs: 0 };
  const longer = Math.min(poll.delayMs * 2, longestDelayMs);
  if (outcome.type === 'problem') {
    const problems = poll.problems + 1;
    // No jitter: one agent's few polls are no herd. A server that was away may need its time again to know the task.
    return { ...well, delayMs: backoffDelay(problems, 0.5, outcome.retryAfterMs), problems };
  }
  if (outcome.type === 'missing') {
    const delayMs = poll.missing === 0 ? firstDelayMs : longer;
    return { delayMs, problems: 0, missing: poll.missing + 1, missingMs: missingSince(poll) };
  }
  const again = moved || poll.problems > 0 || poll.missing > 0;
  return { ...well, delayMs: again ? firstDelayMs : longer };
}
