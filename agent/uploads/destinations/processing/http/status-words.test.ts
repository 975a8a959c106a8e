import { expect, test } from 'vitest';
import { isOfAnswers, statusOf } from './status-words.ts';

test.each([
  ['uploaded', 'uploaded'],
  ['queued', 'uploaded'],
  ['QUEUED', 'uploaded'],
  ['pending', 'uploaded'],
  ['Pending', 'uploaded'],
  ['NotStarted', 'uploaded'],
  ['in-queue', 'uploaded'],
  ['processing', 'processing'],
  ['running', 'processing'],
  ['RUNNING', 'processing'],
  ['in_progress', 'processing'],
  ['In Progress', 'processing'],
  ['inProgress', 'processing'],
  ['IN-PROGRESS', 'processing'],
  ['STARTED', 'processing'],
  ['RETRY', 'processing'],
  ['completed', 'completed'],
  ['COMPLETED', 'completed'],
  [' done ', 'completed'],
  ['success', 'completed'],
  ['Succeeded', 'completed'],
  ['JOB_STATE_SUCCEEDED', 'completed'],
  ['completed_simple', 'completed_simple'],
  ['failed', 'error'],
  ['FAILURE', 'error'],
  ['Error', 'error'],
  ['Canceled', 'error'],
  ['REVOKED', 'error'],
  ['timed out', 'error'],
  ['TASK_STATUS_FAILED', 'error'],
])('%j is %s', (word, status) => {
  expect(statusOf(word)).toBe(status);
});

test.each(['dancing', '', ' ', 'status', 'not completed', 'unknown', 'constructor', '__proto__', 'x'.repeat(10_000)])(
  '%j is in no line of the table',
  (word) => {
    expect(statusOf(word)).toBeNull();
  },
);

test('“success” may be about the answer, “completed” is about the task', () => {
  expect(['SUCCESS', 'ok', 'done'].map(isOfAnswers)).toEqual([true, true, true]);
  expect(['completed', 'queued', 'failed'].map(isOfAnswers)).toEqual([false, false, false]);
});
