/** The processing server's answer to an upload: untrusted, tolerant of more than was promised. */
import { answerInvalid, type HttpAnswer } from './http/http-answer.ts';
import { refusedInside } from './http/http-failure.ts';
import { parseJson } from './http/json.ts';
import { jsonDetail } from './http/server-words.ts';
import type { ServerStatus } from './http/status-words.ts';
import { readTask, type TaskAnswer } from './http/task-answer.ts';

export interface UploadAnswer extends Pick<TaskAnswer, 'progress' | 'message' | 'size' | 'sha256'> {
  readonly taskId: string;
  readonly status: ServerStatus;
}

/**
 * @param apiKey never appears in what is thrown
 * @throws StreamAIError destination_answer_invalid, destination_rejected
 */
export function parseUploadAnswer({ status: httpStatus, text }: HttpAnswer, apiKey: string | null): UploadAnswer {
  const json = parseJson(text);
  if (json === undefined) throw answerInvalid('it is not JSON');
  const told = readTask(json, apiKey);
  if (told === null) throw answerInvalid('it has no task_id');
  const { id: taskId, isTaskId, status, vague, progress, message, size, sha256 } = told;
  // An error is the task's only where the task is named.
  const failed = !isTaskId && (told.failed || status === 'error');
  if (told.refused || failed) throw refusedInside(httpStatus, json, apiKey);
  if (taskId === null) {
    const words = jsonDetail(json, apiKey);
    throw answerInvalid(words === '' ? 'it has no task_id' : `it has no task_id (“${words}”)`);
  }
  // The task's status is asked for anyway. A word that we don't know changes nothing about the arrival, and “success” may mean
  // just that.
  return { taskId, status: status === null || vague ? 'uploaded' : status, progress, message, size, sha256 };
}
