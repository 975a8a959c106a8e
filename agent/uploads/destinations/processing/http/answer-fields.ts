/** The fields that a processing server's answers have in common: untrusted, tolerant of more than was promised. */
// Tests: ../processing.test.ts and ../tasks/status-answer.test.ts
import * as z from 'zod';
import { cleanText } from '../../clean-text.ts';

/** The statuses that a server gives; ours adds `unknown`. */
export const serverStatusSchema = z.enum(['uploaded', 'processing', 'completed', 'completed_simple', 'error']);

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

/** A number, or one written as a text. */
export const numberSchema = z.union([
  z.number(),
  z
    .string()
    .regex(/^\d{1,16}(\.\d+)?$/)
    .transform(Number),
]);

/** 0..100 */
export const progressSchema = numberSchema
  .transform((value) => Math.min(Math.max(value, 0), 100))
  .nullable()
  .catch(null);

/** Hex. */
export const sha256Schema = z
  .string()
  .regex(/^[0-9a-f]{64}$/i)
  .toLowerCase();
