import { expect, test } from 'vitest';
import { parsePriority, parseSubtitleModel, type TaskRecord, taskStatus } from './task.ts';

const task: TaskRecord = {
  version: 1,
  taskId: '4c1f3f4e-6f0b-4f0e-9d3a-0a5a1f1f2b3c',
  filename: 'a.mkv',
  storedName: 'recording.mkv',
  size: 1,
  sha256: 'a'.repeat(64),
  config: { subtitle_model: 'base', priority: 1 },
  uploadedAt: 1_000,
};
const steps = { uploadedMs: 500, processingMs: 1_000 };

test.each([
  [0, 'uploaded', 0],
  [1_000, 'uploaded', 0],
  [1_499, 'uploaded', 0],
  [1_500, 'processing', 0],
  [1_755, 'processing', 25],
  [2_499, 'processing', 99],
  [2_500, 'completed_simple', 100],
  [9e12, 'completed_simple', 100],
])('at %i ms the task is %s at %i %%', (now, status, progress) => {
  expect(taskStatus(task, now, steps)).toMatchObject({ status, progress });
});

test.each(['', '0', '11', '-1', '1.5', ' 1', '1e1', '01', '١'])('the priority %j is refused', (value) => {
  expect(() => parsePriority(value)).toThrow(/1 to 10/);
});

test('every documented value is taken', () => {
  expect(['1', '5', '10'].map(parsePriority)).toEqual([1, 5, 10]);
  expect(['base', 'small', 'medium', 'large'].map(parseSubtitleModel)).toHaveLength(4);
  expect(() => parseSubtitleModel('Base')).toThrow(/one of/);
});
