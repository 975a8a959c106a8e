/** The processing server's answer to an upload: untrusted, tolerant of more than was promised. */
import * as z from 'zod';
import { cleanText } from '../clean-text.ts';
import { answerInvalid, type HttpAnswer } from './http/http-answer.ts';
import { parseJson } from './http/http-failure.ts';

/** The statuses that a server gives; ours adds `unknown`. */
export const serverStatusSchema = z.enum(['uploaded', 'processing', 'completed', 'completed_simple', 'error']);

const numeric = z.union([
  z.number(),
  z
    .string()
    .regex(/^\d{1,16}(\.\d+)?$/)
    .transform(Number),
]);

/** `.` and `..` would be lost as a URL's path segment. */
export const taskIdSchema = z.union([
  z
    .string()
    .trim()
    .min(1)
    .max(500)
    .regex(/^(?!\.{1,2}$)/),
  z.int().transform(String),
]);
export const messageSchema = z.string().transform(cleanText).nullable().catch(null);
export const progressSchema = numeric
  .transform((value) => Math.min(Math.max(value, 0), 100))
  .nullable()
  .catch(null);

const schema = z.object({
  task_id: taskIdSchema,
  // The task's status is asked for anyway; a word that we don't know changes nothing about the arrival.
  status: serverStatusSchema.catch('uploaded'),
  message: messageSchema,
  progress: progressSchema,
  size: numeric.nullable().catch(null),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/i)
    .toLowerCase()
    .nullable()
    .catch(null),
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
