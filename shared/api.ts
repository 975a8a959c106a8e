/** Bodies and answers of the REST API. In requests an unknown field is an error, so that a typo is noticed. */
import * as z from 'zod';
import {
  destinationSchema,
  destinationStatusSchema,
  instantSchema,
  markKindSchema,
  markTextLimits,
  nextSessionSchema,
  obsStatusSchema,
  prioritySchema,
  recordingStatusSchema,
  sessionSchema,
  subtitleModelSchema,
  uploadSchema,
} from './domain.ts';
import { errorInfoSchema } from './error-schema.ts';
import { languages } from './errors.ts';
import { sessionNameLimit } from './naming.ts';
import { templateFieldLimit } from './template.ts';

/** A session name as it arrives; `checkSessionName` (naming.ts) decides whether it is acceptable, and says why not. */
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

const chapterText = z.string().min(1).max(markTextLimits.chapter).optional();
const notBoth = (body: { text?: unknown; name?: unknown }): boolean =>
  body.text === undefined || body.name === undefined;
const twice = { message: 'is given twice: as text and as name', path: ['text'] };
/** `name` is taken for `text`. */
export const chapterRequestSchema = z.object({ text: chapterText, name: chapterText }).strict().refine(notBoth, twice);

/** Where a mark stands: ms of recorded time. The limit is far beyond any session. */
const markTimeSchema = z.int().min(0).max(1_000_000_000_000);

export const newMarkSchema = z
  .object({
    kind: markKindSchema,
    /** A note needs one; a chapter without one goes by its number. */
    text: z.string().max(markTextLimits.note).optional(),
    /** Is taken for `text`. */
    name: z.string().max(markTextLimits.note).optional(),
    /** Left out: now; the session must still be recording. */
    atMs: markTimeSchema.optional(),
  })
  .strict()
  .refine(notBoth, twice);
export type NewMark = Omit<z.infer<typeof newMarkSchema>, 'name'>;

export const markChangeSchema = z
  .object({
    text: z.string().max(markTextLimits.note).optional(),
    name: z.string().max(markTextLimits.note).optional(),
    atMs: markTimeSchema.optional(),
  })
  .strict()
  .refine(notBoth, twice);
export type MarkChange = Omit<z.infer<typeof markChangeSchema>, 'name'>;

export const chapterFormats = ['webvtt', 'ffmetadata', 'youtube'] as const;
export const chapterExportQuerySchema = z
  .object({
    format: z.enum(chapterFormats),
    /** Of one of the session's files, by its id: its chapters, from its beginning. Left out: all, over the whole session. */
    recording: z.string().min(1).max(100).optional(),
    /** Of the words that are added, such as “Chapter 2”. Left out: by Accept-Language. */
    language: z.enum(languages).optional(),
  })
  .strict();
export type ChapterFormat = (typeof chapterFormats)[number];

export const openFolderSchema = z
  .object({
    /** Left out: the first of the session's files that exists. */
    recordingId: z.string().min(1).max(100).optional(),
  })
  .strict();

/** A file that a session's notice names, exactly as it does. */
export const offeredFileSchema = z.object({ path: z.string().min(1).max(4096) }).strict();
export const takenFileSchema = offeredFileSchema
  .extend({
    /** Of a file that is not sent by itself: it alone, and not all of its folder from now on. */
    only: z.boolean().optional(),
  })
  .strict();

export const nextSessionChangeSchema = z
  .object({
    /** null: let the template name it. */
    name: sessionNameInputSchema.nullable().optional(),
    autoUpload: z.boolean().optional(),
    subtitleModel: subtitleModelSchema.optional(),
    priority: prioritySchema.optional(),
    /** Values of the templates' own fields. A field that is left out stays; an empty value empties it. */
    fields: z.record(z.string().max(templateFieldLimit), z.string().max(sessionNameLimit)).optional(),
    /** `dock`: the caller is about to press StartRecord in OBS itself; the agent prepares OBS's file name before it answers. */
    starting: z.literal('dock').optional(),
  })
  .strict();
export type NextSessionChange = z.infer<typeof nextSessionChangeSchema>;

export const sessionChangeSchema = z
  .object({
    name: sessionNameInputSchema.optional(),
    notes: z.string().max(20_000).optional(),
    /** Concerns the file that OBS writes and those to come; switched on, also closed ones that have no upload yet. */
    autoUpload: z.boolean().optional(),
    /** This and the priority: also of uploads that have not arrived. */
    subtitleModel: subtitleModelSchema.optional(),
    priority: prioritySchema.optional(),
  })
  .strict();
export type SessionChange = z.infer<typeof sessionChangeSchema>;

export const sessionFilters = ['all', 'uploading', 'failed', 'uploaded', 'local-only', 'interrupted'] as const;
/**
 * `uploading`: an upload of it is open. `failed`: an upload failed and no later one of that recording to that destination
 * replaced it, or the server failed at its task. `uploaded`: every recording has arrived somewhere. `local-only`: it is over,
 * and nothing has arrived or is on its way. `interrupted`: OBS did not end it properly.
 */
export const sessionFilterSchema = z.enum(sessionFilters);
export type SessionFilter = z.infer<typeof sessionFilterSchema>;

export const listQuerySchema = z
  .object({
    limit: z.coerce.number().int().min(1).max(200).default(20),
    /** `nextCursor` of the page before. */
    cursor: z
      .string()
      .regex(/^\d{1,16}_[\w-]{1,64}$/, 'was not given by StreamAI')
      .optional(),
    /** Words that must all occur in a session's name, notes, marks or scenes, without case and accents. */
    q: z.string().max(200).optional(),
    /** Left out: all. */
    filter: sessionFilterSchema.optional(),
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

/** The outcome of a fresh proof of an upload's copy. */
export const verificationSchema = z.object({
  verified: z.boolean(),
  checkedAt: instantSchema,
  /** Why it is not proven. */
  problem: errorInfoSchema.nullable(),
});
export type Verification = z.infer<typeof verificationSchema>;

/** The longest time for which S3 lets a presigned link work: a week. */
export const longestLinkSeconds = 7 * 24 * 60 * 60;
export const linkRequestSchema = z.object({ expiresInSeconds: z.int().min(60).max(longestLinkSeconds) }).strict();
/** A link with which anybody can fetch the recording. */
export const linkAnswerSchema = z.object({ url: z.string(), expiresAt: instantSchema });
export type Link = z.infer<typeof linkAnswerSchema>;

export const destinationTestSchema = z.object({
  ok: z.boolean(),
  problem: errorInfoSchema.nullable(),
  /** What there is to say although it works, such as that the test object stays. */
  notice: errorInfoSchema.optional(),
});
export type DestinationTest = z.infer<typeof destinationTestSchema>;

/** A multipart upload in the bucket that nobody goes on with: it costs until it is aborted. */
export const orphanSchema = z.object({
  key: z.string(),
  uploadId: z.string(),
  initiatedAt: instantSchema.nullable(),
  bytes: z.int().nonnegative(),
  /** Begun within the last day: another station may still be sending it. To abort it takes `confirm`. */
  young: z.boolean(),
  /** The id of another station that has claimed the key, and may still be sending it; null: none is known. Takes `confirm` as well. */
  station: z.string().nullable(),
});
export type Orphan = z.infer<typeof orphanSchema>;
export const orphansAnswerSchema = z.object({ orphans: z.array(orphanSchema) });
export const abortOrphanSchema = z
  .object({
    key: z.string().min(1).max(1024),
    uploadId: z.string().min(1).max(1024),
    /** Abort it although it is young or a station's; without it that is refused with 409. */
    confirm: z.boolean().optional(),
  })
  .strict();
export type AbortOrphan = z.infer<typeof abortOrphanSchema>;

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

/** Said outright, since every client that came in with the old one is out then. */
export const renewTokenSchema = z.object({ new: z.literal(true) }).strict();
/** A new token, which stands in the place of the one that the request came with. */
export const tokenAnswerSchema = z.object({ token: z.string() });

/** The agent ends; the process that goes away by that. */
export const shutdownAnswerSchema = z.object({ pid: z.int().positive() });
