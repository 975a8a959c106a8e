/** An error's shape at the boundaries; the texts are in error-table.ts. */
import * as z from 'zod';
import type { ErrorInfo } from './errors.ts';

export const errorInfoSchema = z.object({
  code: z.string(),
  message: z.string(),
  fix: z.string().optional(),
  params: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
}) satisfies z.ZodType<ErrorInfo>;

export const errorBodySchema = z.object({ error: errorInfoSchema });
