/** The processing server's answer to an upload: untrusted, tolerant of more than was promised. */
// Tests: processing.test.ts
import * as z from 'zod';
import {
  messageSchema,
  numberSchema,
  progressSchema,
  serverStatusSchema,
  sha256Schema,
  taskIdSchema,
} from './http/answer-fields.ts';
import { answerInvalid, type HttpAnswer } from './http/http-answer.ts';
import { parseJson } from './http/http-failure.ts';

const schema = z.object({
  task_id: taskIdSchema,
  // The task's status is asked for anyway; a word that we don't know changes nothing about the arrival.
  status: serverStatusSchema.catch('uploaded'),
  message: messageSchema,
  progress: progressSchema,
  size: numberSchema.nullable().catch(null),
  sha256: sha256Schema.nullable().catch(null),
});
export type UploadAnswer = z.infer<typeof schema>;

/** @throws StreamAIError destination_answer_invalid */
export function parseUploadAnswer(answer: HttpAnswer): UploadAnswer {
  const json = parseJson(answer.text);
  if (json === undefined) throw answerInvalid('it is not JSON');
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw answerInvalid('it has no task_id');
  return parsed.data;
}
