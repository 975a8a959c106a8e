import { describe, expect, test } from 'vitest';
import { parseUploadAnswer } from './upload-answer.ts';

const parse = (text: string): unknown =>
  parseUploadAnswer(
    {
      url: new URL('http://server'),
      status: 200,
      retryAfter: null,
      location: null,
      text,
      bodyProblem: null,
      page: false,
    },
    'k3y',
  );

describe('the task', () => {
  test.each([
    ['{"task_id": "t1"}', 't1'],
    ['{"taskId": "t1"}', 't1'],
    ['{"TaskID": "t1"}', 't1'],
    ['{"task-id": "t1"}', 't1'],
    ['{"id": "t1"}', 't1'],
    ['{"_id": "t1"}', 't1'],
    ['{"job_id": "t1"}', 't1'],
    ['{"jobId": 7}', '7'],
    ['{"uuid": "0b1c"}', '0b1c'],
    ['{"id": 12345}', '12345'],
    ['{"id": 0}', '0'],
    ['{"task_id": 9007199254740993}', '9007199254740993'],
    ['{"id": 175928847299117063}', '175928847299117063'],
    ['{"data": {"id": "t1"}}', 't1'],
    ['{"data": {"task_id": "t1"}}', 't1'],
    ['{"data": {"task": {"id": "t1"}}}', 't1'],
    ['{"data": [{"id": "t1"}]}', 't1'],
    ['{"task": {"id": "t1", "status": "queued"}}', 't1'],
    ['{"task": {"uuid": "t1"}}', 't1'],
    ['{"result": {"taskId": "t1"}}', 't1'],
    ['{"task": "t1"}', 't1'],
    ['{"job": 7}', '7'],
    ['[{"task_id": "t1"}]', 't1'],
    ['\uFEFF{"task_id": "t1"}', 't1'],
    // The task's own id, not another one's
    ['{"id": "request", "task_id": "t1"}', 't1'],
    ['{"id": "request", "data": {"task_id": "t1"}}', 't1'],
    ['{"id": "request", "task": {"id": "t1"}}', 't1'],
    ['{"task": "transcribe", "id": "t1"}', 't1'],
    ['{"task_id": null, "id": "t1"}', 't1'],
    ['{"task_id": "..", "id": "t1"}', 't1'],
  ])('of %s is %s', (text, taskId) => {
    expect(parse(text)).toMatchObject({ taskId, status: 'uploaded' });
  });
});

test.each([
  ['{"task_id": "t", "status": "completed_simple", "size": 5}', { status: 'completed_simple', size: 5 }],
  ['{"task_id": "t", "status": "IN_PROGRESS", "progress": 0.5}', { status: 'processing', progress: 50 }],
  // “success” is about the upload: the task is asked for
  ['{"status": "success", "data": {"id": "t"}}', { status: 'uploaded' }],
  ['{"status": "ok", "id": "t"}', { status: 'uploaded' }],
  ['{"success": true, "task": {"id": "t", "state": "running"}}', { status: 'processing' }],
  ['{"task_id": "t", "status": "dancing"}', { status: 'uploaded' }],
  ['{"task_id": "t", "status": ["uploaded"], "size": "many"}', { status: 'uploaded', size: null }],
  ['{"data": {"task_id": "t", "size": 5}}', { size: 5 }],
  ['{"task_id": "t", "size": "5"}', { size: 5 }],
  ['{"task_id": "t", "data": {"size": 7}}', { size: null }],
  ['{"task_id": "t", "message": "k3y\\nis kept"}', { message: '… is kept' }],
  ['{"task_id": "t", "status": "failed", "error": "no audio"}', { status: 'error', message: 'no audio' }],
  ['{"task_id": "t", "error": null, "errors": [], "success": true}', { status: 'uploaded', message: null }],
])('%s is understood', (text, expected) => {
  expect(parse(text)).toMatchObject(expected);
});

test.each([
  ['{"success": false, "error": "Disk full"}', 'Disk full'],
  ['{"success": false, "message": "Disk full", "task_id": "t"}', 'Disk full'],
  ['{"success": "false", "error": {"message": "Disk full"}}', 'Disk full'],
  ['{"ok": false, "error": "k3y is old"}', '… is old'],
  ['{"success": 0, "errors": ["Disk full"]}', 'Disk full'],
  ['{"data": {"success": false, "msg": "Disk full"}}', 'Disk full'],
  ['{"error": "Disk full"}', 'Disk full'],
  ['{"error": {"message": "Disk full"}, "request_id": "r1"}', 'Disk full'],
  ['{"status": "error", "message": "Disk full"}', 'Disk full'],
  ['{"status": "fail", "data": {"message": "Disk full"}}', 'Disk full'],
  ['{"success": false}', 'no reason was given'],
])('%s is a refusal, in the server’s words', (text, detail) => {
  expect(() => parse(text)).toThrow(
    expect.objectContaining({ code: 'destination_rejected', params: { status: 200, detail } }),
  );
});

test.each([
  ['{"message": "Thank you"}', 'it has no task_id (“Thank you”)'],
  ['{}', 'it has no task_id'],
  ['[]', 'it has no task_id'],
  ['[null]', 'it has no task_id'],
  ['null', 'it has no task_id'],
  ['"t1"', 'it has no task_id'],
  ['{"task_id": {"a": 1}}', 'it has no task_id'],
  ['{"task_id": 1.5}', 'it has no task_id'],
  ['{"__proto__": {"task_id": "t"}}', 'it has no task_id'],
  ['{"a": {"b": {"task_id": "t"}}}', 'it has no task_id'],
  ['<html>', 'it is not JSON'],
  ['', 'it is not JSON'],
])('%s is no answer', (text, reason) => {
  expect(() => parse(text)).toThrow(
    expect.objectContaining({ code: 'destination_answer_invalid', params: { reason } }),
  );
});
