import { expect, test } from 'vitest';
import { errorInfo } from '../../../../../shared/errors.ts';
import type { StatusAnswer } from './status-answer.ts';
import { firstPoll, nextPoll, nextTask, type PollOutcome, type PollState } from './task-state.ts';
import type { TaskRecord } from './task-store.ts';

const task: TaskRecord = {
  uploadId: 'u',
  id: 't',
  server: 'http://s',
  status: 'processing',
  progress: 10,
  message: null,
  results: {},
  error: null,
  updatedAt: 1,
  endedAt: null,
};
const answer = (change: Partial<StatusAnswer> = {}): PollOutcome => ({
  type: 'answer',
  answer: { status: 'processing', progress: 10, message: null, results: {}, ...change },
});
const missing: PollOutcome = { type: 'missing' };
const problem = (retryAfterMs: number | null = null): PollOutcome => ({
  type: 'problem',
  error: errorInfo('destination_unreachable', { reason: 'ECONNREFUSED' }),
  retryAfterMs,
});

test('the same answer again changes nothing, not even the time', () => {
  expect(nextTask(task, firstPoll, answer(), 9)).toBe(task);
});

test('progress is taken over with its time', () => {
  expect(nextTask(task, firstPoll, answer({ progress: 20 }), 9)).toEqual({ ...task, progress: 20, updatedAt: 9 });
});

test.each(['completed', 'completed_simple'] as const)('%s ends the task without an error', (status) => {
  const results = { video: 'http://s/v' };
  expect(nextTask(task, firstPoll, answer({ status, results }), 9)).toMatchObject({
    status,
    results,
    error: null,
    endedAt: 9,
  });
});

test("error ends the task with the server's words", () => {
  const after = nextTask(task, firstPoll, answer({ status: 'error', message: 'no audio' }), 9);
  expect(after).toMatchObject({
    status: 'error',
    endedAt: 9,
    error: { code: 'task_failed', params: { detail: 'no audio' } },
  });
});

test('a problem is shown while it lasts and gone after it', () => {
  const troubled = nextTask(task, firstPoll, problem(), 9);
  expect(troubled).toMatchObject({ status: 'processing', endedAt: null, error: { code: 'destination_unreachable' } });
  expect(nextTask(troubled, firstPoll, problem(), 10)).toBe(troubled);
  expect(nextTask(troubled, firstPoll, answer(), 11)).toMatchObject({ error: null, updatedAt: 11 });
});

/** Polls until the task has ended. @returns after how many ms of waiting, and how many polls */
function untilUnknown(outcomes: (count: number) => PollOutcome): { ms: number; polls: number } {
  let poll: PollState = firstPoll;
  let ms = 0;
  for (let polls = 1; polls < 100; polls++) {
    const outcome = outcomes(polls);
    const after = nextTask(task, poll, outcome, 9);
    if (after.endedAt !== null) {
      expect(after).toMatchObject({ status: 'unknown', endedAt: 9, error: { code: 'task_unknown' } });
      return { ms, polls };
    }
    poll = nextPoll(poll, outcome, false);
    ms += poll.delayMs;
  }
  throw new Error('never');
}

test('nothing but 404s ends a task as unknown after ten minutes, asked for ever more seldom', () => {
  const { ms, polls } = untilUnknown(() => missing);
  expect(ms).toBeGreaterThanOrEqual(10 * 60_000);
  expect(ms).toBeLessThan(11 * 60_000);
  expect(polls).toBeLessThan(30);
});

test('four 404s after the upload, as while a proxy starts anew, end nothing; an answer or a problem between begins the ten minutes anew', () => {
  for (const between of [answer(), problem()]) {
    expect(untilUnknown((count) => (count === 10 ? between : missing)).ms).toBeGreaterThan(12 * 60_000);
  }
  let poll: PollState = firstPoll;
  for (const outcome of [missing, missing, missing, missing, answer()]) {
    expect(nextTask(task, poll, outcome, 9)).toBe(task);
    poll = nextPoll(poll, outcome, false);
  }
  expect(poll).toEqual(firstPoll);
});

const delays = (outcome: PollOutcome, count: number): number[] => {
  const list: number[] = [];
  let poll: PollState = firstPoll;
  for (let index = 0; index < count; index++) {
    poll = nextPoll(poll, outcome, false);
    list.push(poll.delayMs);
  }
  return list;
};

test('while nothing moves the wait doubles to 30 s; a move begins it anew', () => {
  expect(delays(answer(), 7)).toEqual([2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  expect(nextPoll({ ...firstPoll, delayMs: 30_000 }, answer(), true).delayMs).toBe(1000);
});

test('while there is a problem the wait doubles to 5 minutes; an answer begins it anew', () => {
  expect(delays(problem(), 11)).toEqual([
    1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000,
  ]);
  expect(nextPoll({ ...firstPoll, delayMs: 300_000, problems: 10 }, answer(), false)).toEqual(firstPoll);
  expect(nextPoll(firstPoll, problem(45_000), false).delayMs).toBe(45_000);
});
