/** Setting OBS up: which OBS this machine has, what is missing in each, and what came of it. */
import * as z from 'zod';
import { errorInfoSchema } from './error-schema.ts';

/** How an OBS came onto the machine. */
export const obsKindSchema = z.enum(['installed', 'steam', 'portable', 'flatpak', 'snap']);
export type ObsKindFound = z.infer<typeof obsKindSchema>;

export const setupActionSchema = z.enum(['setup', 'undo']);
export type SetupAction = z.infer<typeof setupActionSchema>;

/** One OBS of this machine. */
export const setupObsSchema = z.object({
  /** Stays the same for the same configuration folder. */
  id: z.string(),
  kind: obsKindSchema,
  /** OBS's configuration folder. */
  folder: z.string(),
  version: z.string().nullable(),
  /** OBS's profile in use. */
  profile: z.string().nullable(),
  running: z.boolean(),
  /** Whether nothing is missing. */
  complete: z.boolean(),
  /** What is missing, in words: what setup would do. */
  changes: z.array(errorInfoSchema),
  /** What an undo would do; empty where there is nothing to undo. */
  undo: z.array(errorInfoSchema),
  /** What a person should know, and setup does not change. */
  notes: z.array(errorInfoSchema),
  /** Why setup cannot do it, or what came of it the last time. */
  problem: errorInfoSchema.nullable(),
  /** What happens as soon as this OBS has been closed. */
  pending: setupActionSchema.nullable(),
});
export type SetupObs = z.infer<typeof setupObsSchema>;

export const setupViewSchema = z.object({ obs: z.array(setupObsSchema) });
export type SetupView = z.infer<typeof setupViewSchema>;

export const setupRequestSchema = z
  .object({
    /** Left out: every OBS. */
    obs: z.string().max(100).optional(),
    /** Takes away what setup did. */
    undo: z.boolean().optional(),
    /** Changes nothing: the answer says what would be done. */
    dryRun: z.boolean().optional(),
    /** No longer waits for OBS to be closed. */
    cancel: z.boolean().optional(),
  })
  .strict();
export type SetupRequest = z.infer<typeof setupRequestSchema>;

/** `done`: what was done, or with `dryRun` would be, by the OBS's id. Who waits for OBS to be closed has `pending` in the view. */
export const setupAnswerSchema = setupViewSchema.extend({
  done: z.array(z.object({ id: z.string(), changes: z.array(errorInfoSchema) })),
});
export type SetupAnswer = z.infer<typeof setupAnswerSchema>;
