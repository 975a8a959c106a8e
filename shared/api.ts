/** Bodies and answers of the REST API. Requests are strict: an unknown field is an error, so that a typo never passes silently. */
import * as z from 'zod';
import {
  destinationSchema,
  destinationStatusSchema,
  nextSessionSchema,
  obsStatusSchema,
  prioritySchema,
  recordingStatusSchema,
  sessionSchema,
  subtitleModelSchema,
  uploadSchema,
} from './domain.ts';

/** A session name as it arrives; what makes it acceptable is decided by `checkSessionName` (naming.ts), which has better words. */
export const sessionNameInputSchema = z.string().max(20_000);

export const healthSchema = z.object({
  status: z.literal('healthy'),
  version: z.string(),
  timestamp: z.iso.datetime(),
});

export const startRecordingSchema = z
  .object({
    sessionName: sessionNameInputSchema.optional(),
    autoUpload: z.boolean().optional(),
    subtitleModel: subtitleModelSchema.optional(),
    priority: prioritySchema.optional(),
  })
  .strict();
export type StartRecording = z.infer<typeof startRecordingSchema>;

export const chapterRequestSchema = z.object({ name: z.string().min(1).max(200).optional() }).strict();

export const nextSessionChangeSchema = z
  .object({
    /** null: let the template name it. */
    name: sessionNameInputSchema.nullable().optional(),
    autoUpload: z.boolean().optional(),
    subtitleModel: subtitleModelSchema.optional(),
    priority: prioritySchema.optional(),
    /** `dock`: the caller is about to press StartRecord in OBS itself; the agent prepares OBS's file name before it answers. */
    starting: z.literal('dock').optional(),
  })
  .strict();
export type NextSessionChange = z.infer<typeof nextSessionChangeSchema>;

export const sessionChangeSchema = z
  .object({
    name: sessionNameInputSchema.optional(),
    notes: z.string().max(20_000).optional(),
    /** While it is still being recorded: what will happen with its files. */
    autoUpload: z.boolean().optional(),
    subtitleModel: subtitleModelSchema.optional(),
    priority: prioritySchema.optional(),
  })
  .strict();
export type SessionChange = z.infer<typeof sessionChangeSchema>;

export const listQuerySchema = z
  .object({
    limit: z.coerce.number().int().min(1).max(200).default(20),
    /** `nextCursor` of the page before. */
    cursor: z.string().max(200).optional(),
    q: z.string().max(200).optional(),
  })
  .strict();
export type ListQuery = z.infer<typeof listQuerySchema>;

export const manualUploadSchema = z
  .object({
    sessionId: z.string().min(1).max(100).optional(),
    sessionName: sessionNameInputSchema.optional(),
    subtitleModel: subtitleModelSchema.optional(),
    priority: prioritySchema.optional(),
    destination: destinationSchema.optional(),
  })
  .strict()
  .refine((body) => (body.sessionId === undefined) !== (body.sessionName === undefined), {
    message: 'needs either sessionId or sessionName',
    path: ['sessionId'],
  });
export type ManualUpload = z.infer<typeof manualUploadSchema>;

export const sessionAnswerSchema = z.object({ session: sessionSchema });
export const uploadAnswerSchema = z.object({ upload: uploadSchema });
export const uploadsAnswerSchema = z.object({ uploads: z.array(uploadSchema) });
export const sessionsPageSchema = z.object({ sessions: z.array(sessionSchema), nextCursor: z.string().nullable() });
export type SessionsPage = z.infer<typeof sessionsPageSchema>;

export const uploadCountsSchema = z.object({
  queued: z.int().nonnegative(),
  uploading: z.int().nonnegative(),
  waiting: z.int().nonnegative(),
  paused: z.int().nonnegative(),
  failed: z.int().nonnegative(),
});
export type UploadCounts = z.infer<typeof uploadCountsSchema>;

/** OBS, destinations, recording, uploads, last sessions, in one. */
export const statusSchema = z.object({
  version: z.string(),
  obs: obsStatusSchema,
  destinations: z.array(destinationStatusSchema),
  recording: recordingStatusSchema,
  nextSession: nextSessionSchema,
  uploads: uploadCountsSchema,
  sessions: z.array(sessionSchema),
});
export type Status = z.infer<typeof statusSchema>;

export const obsConnectionSchema = z.object({ url: z.string(), password: z.string().nullable() });
export type ObsConnectionInfo = z.infer<typeof obsConnectionSchema>;
