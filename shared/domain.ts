/** The words of StreamAI as data: what the agent stores, answers and announces, and what the dock shows. No Node, no DOM. */
import * as z from 'zod';
import { errorInfoSchema } from './error-schema.ts';

/** Instants travel as ISO 8601 in UTC with milliseconds. */
export const instantSchema = z.iso.datetime({ offset: true });

export const subtitleModels = ['tiny', 'base', 'small', 'medium', 'large'] as const;
export const subtitleModelSchema = z.enum(subtitleModels);
export type SubtitleModel = z.infer<typeof subtitleModelSchema>;

/** 1..10, higher is sooner; both the order in our queue and the processing server's form field. */
export const prioritySchema = z.int().min(1).max(10);

export const destinations = ['processing', 'object-storage'] as const;
export const destinationSchema = z.enum(destinations);
export type Destination = z.infer<typeof destinationSchema>;

/** Who started a recording: a dock, a REST call, or OBS itself (its button, a hotkey, another program). */
export const startedBySchema = z.enum(['dock', 'rest', 'obs']);
export type StartedBy = z.infer<typeof startedBySchema>;

/** What kind of file OBS wrote, by its bytes and never by its name. `playlist`: it names the files that hold the recording (HLS, DASH). */
export const containers = ['mkv', 'mp4', 'mov', 'flv', 'ts', 'playlist', 'unknown'] as const;
export const containerSchema = z.enum(containers);
export type Container = z.infer<typeof containerSchema>;

export const taskStatuses = ['uploaded', 'processing', 'completed', 'completed_simple', 'error', 'unknown'] as const;
/** The processing server's own statuses, and `unknown`: the server no longer knows the task. */
export const taskStatusSchema = z.enum(taskStatuses);
export type TaskStatus = z.infer<typeof taskStatusSchema>;

export const taskSchema = z.object({
  id: z.string(),
  uploadId: z.string(),
  status: taskStatusSchema,
  /** 0..100, where the server says it. */
  progress: z.number().min(0).max(100).nullable(),
  message: z.string().nullable(),
  /** Links to what the server made, by name. */
  results: z.record(z.string(), z.string()),
  /** Why the task failed, or why the server cannot be asked at the moment. */
  error: errorInfoSchema.nullable(),
  updatedAt: instantSchema,
  endedAt: instantSchema.nullable(),
});
export type Task = z.infer<typeof taskSchema>;

export const uploadStates = ['queued', 'uploading', 'waiting', 'paused', 'completed', 'failed', 'cancelled'] as const;
/** `waiting`: an attempt failed with something that can pass; the next one is at `nextAttemptAt`. */
export const uploadStateSchema = z.enum(uploadStates);
export type UploadState = z.infer<typeof uploadStateSchema>;

export const sentAsSchema = z.enum(['file', 'source_url']);
export type SentAs = z.infer<typeof sentAsSchema>;

export const uploadPhases = ['following', 'sending', 'assembling', 'verifying'] as const;
/**
 * What an attempt is at. `following`: OBS still writes the file, `behindMs` says how far the upload is behind it. `sending`:
 * the file is final. `assembling`: all parts have arrived, and the destination puts them together. `verifying`: what arrived is
 * compared with the file.
 */
export const uploadPhaseSchema = z.enum(uploadPhases);
export type UploadPhase = z.infer<typeof uploadPhaseSchema>;

/** Parts that the destination has acknowledged, of all. */
export const uploadPartsSchema = z.object({ done: z.int().nonnegative(), total: z.int().positive() });
export type UploadParts = z.infer<typeof uploadPartsSchema>;

/** Where in Object Storage a recording lies; `etag` without quotes. */
export const storedObjectSchema = z.object({ bucket: z.string(), key: z.string(), etag: z.string() });
export type StoredObject = z.infer<typeof storedObjectSchema>;

/**
 * What proves an object in Object Storage. `md5`: its ETag is the one that its parts' MD5s make. `parts`: the store compared each part
 * with its MD5 when it took it, and joined them; its ETag, or the right to read it, says no more.
 */
export const provenBy = ['md5', 'parts'] as const;
export type ProvenBy = (typeof provenBy)[number];

export const uploadSchema = z.object({
  id: z.string(),
  sessionId: z.string(),
  recordingId: z.string(),
  destination: destinationSchema,
  state: uploadStateSchema,
  subtitleModel: subtitleModelSchema,
  priority: prioritySchema,
  /** Whether a person asked for it (manual upload), rather than auto-upload. */
  manual: z.boolean(),
  /** Bytes of the file; the form around it is not counted. */
  bytesTotal: z.int().nonnegative(),
  /** Bytes that the destination has acknowledged or this attempt has sent; all of `bytesTotal` only once they are proven. */
  bytesSent: z.int().nonnegative(),
  /** Bytes per second over the last seconds, while uploading. */
  bytesPerSecond: z.number().nonnegative().nullable(),
  attempts: z.int().nonnegative(),
  nextAttemptAt: instantSchema.nullable(),
  error: errorInfoSchema.nullable(),
  /** Why it does not go on now, or not at full speed, where that is no failure. */
  notice: errorInfoSchema.nullable(),
  /** The upload of the same recording that goes first: once that has arrived, the server fetches the file from there. */
  afterUploadId: z.string().nullable(),
  /** How the file got there, once it has: we sent it (`file`), or the server fetched it (`source_url`). */
  sentAs: sentAsSchema.nullable(),
  /** SHA-256 of the bytes sent, hex, once completed; null where `object.etag` proves their arrival instead. */
  sha256: z.string().nullable(),
  /** Only of destinations that take a file in parts. */
  parts: uploadPartsSchema.nullable(),
  /** While uploading, where the destination tells. */
  phase: uploadPhaseSchema.nullable(),
  /** While `following`: the age of the oldest bytes that the destination has not acknowledged, ms. */
  behindMs: z.number().nonnegative().nullable(),
  /** Where it lies in Object Storage, once it is proven to be there. */
  object: storedObjectSchema.nullable(),
  /** What proves `object`; null: there is none, or an older version did not keep it. */
  provenBy: z.enum(provenBy).nullable(),
  task: taskSchema.nullable(),
  createdAt: instantSchema,
  completedAt: instantSchema.nullable(),
});
export type Upload = z.infer<typeof uploadSchema>;

export const recordingStates = ['writing', 'finalising', 'ready', 'missing', 'deleted'] as const;
/** `missing`: it is not where it was. `deleted`: StreamAI deleted it, as the settings ask, once its copy was proven. */
export const recordingStateSchema = z.enum(recordingStates);
export type RecordingState = z.infer<typeof recordingStateSchema>;

export const recordingSchema = z.object({
  id: z.string(),
  sessionId: z.string(),
  /** 1-based place within its session: OBS can split a session's recording into several files. */
  number: z.int().positive(),
  path: z.string(),
  fileName: z.string(),
  state: recordingStateSchema,
  bytes: z.int().nonnegative(),
  container: containerSchema.nullable(),
  /** Whether OBS has closed the file; false after a crash of OBS; null: not known yet, or its container does not tell. */
  finalised: z.boolean().nullable(),
  /** Recorded time of the session at which this file begins, ms; null: not known. */
  startMs: z.number().nonnegative().nullable(),
  startedAt: instantSchema,
  endedAt: instantSchema.nullable(),
  uploads: z.array(uploadSchema),
});
export type Recording = z.infer<typeof recordingSchema>;

export const sessionStates = ['recording', 'paused', 'stopping', 'finalising', 'recorded', 'interrupted'] as const;
export const sessionStateSchema = z.enum(sessionStates);
export type SessionState = z.infer<typeof sessionStateSchema>;

export const markKinds = ['chapter', 'note'] as const;
export const markKindSchema = z.enum(markKinds);
export type MarkKind = z.infer<typeof markKindSchema>;

/** The longest text of a mark, in UTF-16 units: a chapter's name, a note. */
export const markTextLimits: Readonly<Record<MarkKind, number>> = { chapter: 200, note: 2000 };

/** A chapter or a note of a person at a place in a session. */
export const markSchema = z.object({
  id: z.string(),
  kind: markKindSchema,
  /** Recorded time from the session's start, over all its recordings and without pauses, ms. */
  atMs: z.int().nonnegative(),
  /** Empty: a chapter without a name, which is shown and exported by its number among the chapters. */
  text: z.string(),
  /** Whether OBS wrote this chapter into the file too (hybrid formats have chapters), as it was when it was set. */
  inFile: z.boolean(),
  createdAt: instantSchema,
});
export type Mark = z.infer<typeof markSchema>;

/** What the agent notes about a session by itself; what is absent it does not know. `atMs` as in marks. */
export const sessionMetadataSchema = z.object({
  obsVersion: z.string().optional(),
  profile: z.string().optional(),
  /** The session's running number over all sessions: `{counter}`. */
  number: z.int().positive().optional(),
  /** The template's own fields as they were filled when it began, by name. */
  fields: z.record(z.string(), z.string()).optional(),
  sceneCollection: z.string().optional(),
  width: z.int().positive().optional(),
  height: z.int().positive().optional(),
  fps: z.number().positive().optional(),
  /** The scenes that were shown, each from `atMs` on; the first hundred, and how many more there were. */
  scenes: z.array(z.object({ name: z.string(), atMs: z.number().nonnegative() })).default([]),
  scenesLeftOut: z.int().positive().optional(),
  /** The pauses that were seen; the first hundred, and how many more there were. */
  pauses: z.array(z.object({ atMs: z.number().nonnegative(), durationMs: z.number().nonnegative() })).default([]),
  pausesLeftOut: z.int().positive().optional(),
  /** Frames of this session that OBS lost: it encoded too late, it rendered too late, the output dropped them. */
  skippedFrames: z.int().nonnegative().optional(),
  missedFrames: z.int().nonnegative().optional(),
  droppedFrames: z.int().nonnegative().optional(),
  /** Whether a person discarded it: nothing of it is uploaded by itself. */
  discarded: z.boolean().optional(),
  /** From OBS's stop to the proven arrival of the last recording, ms. */
  stopToUploadedMs: z.number().nonnegative().optional(),
});
export type SessionMetadata = z.infer<typeof sessionMetadataSchema>;

export const sessionSchema = z.object({
  id: z.string(),
  /** Grows with each change of the session, but not with its length and its uploads, which have events of their own. */
  revision: z.int().nonnegative(),
  name: z.string(),
  state: sessionStateSchema,
  startedBy: startedBySchema,
  startedAt: instantSchema,
  stoppedAt: instantSchema.nullable(),
  /** Recorded time without pauses, ms. */
  durationMs: z.number().nonnegative(),
  autoUpload: z.boolean(),
  subtitleModel: subtitleModelSchema,
  priority: prioritySchema,
  notes: z.string(),
  /** By time, then by when they were made. */
  marks: z.array(markSchema),
  /** Whether there is a picture of its beginning: GET …/recordings/{id}/thumbnail. */
  thumbnail: z.boolean(),
  metadata: sessionMetadataSchema,
  /** What a person should know about it, and may have to do: why a file of it is not uploaded, or is not here. */
  notices: z.array(errorInfoSchema),
  recordings: z.array(recordingSchema),
});
export type Session = z.infer<typeof sessionSchema>;

/** The settings that the next recording gets, whoever starts it. One, shared by all clients. */
export const nextSessionSchema = z.object({
  /** The name given by a person, or null: then the template names it. */
  name: z.string().nullable(),
  /** What the session would be called if it started now. */
  suggestedName: z.string(),
  /** The own fields of the templates (`{client}`, `{project}`) in their order there, each with its remembered value; empty: not filled. */
  fields: z.record(z.string(), z.string()),
  autoUpload: z.boolean(),
  subtitleModel: subtitleModelSchema,
  priority: prioritySchema,
});
export type NextSession = z.infer<typeof nextSessionSchema>;

export const obsStates = ['connecting', 'connected', 'waiting', 'refused'] as const;
/** `waiting`: OBS is not there, and is tried again. `refused`: OBS does not let us in (password); not tried again by itself. */
export const obsStatusSchema = z.object({
  state: z.enum(obsStates),
  /** host:port that we talk to. */
  address: z.string(),
  version: z.string().nullable(),
  websocketVersion: z.string().nullable(),
  problem: errorInfoSchema.nullable(),
  /** What this OBS can do as it is set up now. */
  canPause: z.boolean(),
  canSplit: z.boolean(),
  canChapter: z.boolean(),
  /** Why it cannot pause, or split; null: it can, or that is not known. */
  pauseProblem: errorInfoSchema.nullable(),
  splitProblem: errorInfoSchema.nullable(),
  recordDirectory: z.string().nullable(),
  /** Free space where OBS records, in bytes. */
  freeBytes: z.number().nonnegative().nullable(),
});
export type ObsStatus = z.infer<typeof obsStatusSchema>;

export const destinationStatusSchema = z.object({
  id: destinationSchema,
  configured: z.boolean(),
  /** null: not asked yet. */
  reachable: z.boolean().nullable(),
  /** The destination's address, without secrets; null: none. */
  address: z.string().nullable(),
  /** host:port of the proxy that the way there leads through, as the environment has it; null: none. */
  proxy: z.string().nullable(),
  /** Whether this is the embedded receiver: nothing leaves this machine. */
  embedded: z.boolean(),
  problem: errorInfoSchema.nullable(),
});
export type DestinationStatus = z.infer<typeof destinationStatusSchema>;

export const recordingStatusSchema = z.object({
  active: z.boolean(),
  paused: z.boolean(),
  session: sessionSchema.nullable(),
  durationMs: z.number().nonnegative(),
  bytes: z.number().nonnegative(),
  /** OBS's own clock, `00:01:02.345`. */
  timecode: z.string(),
});
export type RecordingStatus = z.infer<typeof recordingStatusSchema>;
