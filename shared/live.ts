/** The live channel: what agent and clients say over its WebSocket. */
import * as z from 'zod';
import { statusSchema } from './api.ts';
import {
  destinationStatusSchema,
  instantSchema,
  nextSessionSchema,
  obsStatusSchema,
  recordingStatusSchema,
  sessionSchema,
  sessionStateSchema,
  taskSchema,
  uploadPartsSchema,
  uploadPhaseSchema,
  uploadSchema,
} from './domain.ts';
import { errorInfoSchema } from './error-schema.ts';
import { languages } from './errors.ts';
import { settingsViewSchema } from './settings.ts';
import { setupViewSchema } from './setup.ts';

/** Of the errors that a client is told. Left out: English. */
const language = z.enum(languages).optional();
const base64 = z.string().regex(/^[A-Za-z0-9+/]{20,100}={0,2}$/);
/**
 * A client's first message. A script may show the token. A page, whose address a stranger may have taken, shows a nonce, and the
 * address that it was opened with; the agent answers with a challenge.
 */
export const helloSchema = z.union([
  z.object({ type: z.literal('hello'), token: z.string().max(200), language }),
  z.object({
    ...{ type: z.literal('hello'), nonce: base64, origin: z.string().max(300), language },
    /** Both sides prove to have the pass in the token's place (agent/http/access.ts). */
    pass: z.boolean().optional(),
  }),
]);
/** The answer to a nonce: our own, the proof that we have the token (agent/http/access.ts), and which page we serve. */
export const challengeSchema = z.object({
  type: z.literal('challenge'),
  data: z.object({ nonce: base64, proof: base64, page: z.string() }),
});
export type ChallengeMessage = z.infer<typeof challengeSchema>;
/** To a page that came with a pass and has proven to have it: what it goes on with when this agent is over. */
export interface TokenMessage {
  readonly type: 'token';
  readonly data: { readonly token: string };
}
/** The page's answer to the challenge: it has the token too. From the snapshot on, this is also its key for REST. */
export const proofSchema = z.object({ type: z.literal('proof'), proof: base64 });
/** What a client may say after that, besides pings: errors in another language, beginning with a new snapshot. */
export const languageSchema = z.object({ type: z.literal('language'), language: z.enum(languages) });
/** Likewise: a session again, whole, because an update could not be applied to what the client knows. */
export const askSessionSchema = z.object({ type: z.literal('session'), id: z.string().max(100) });
/** From the opening to the token or the proof, ms. */
export const helloTimeoutMs = 3000;

/** Close codes of the live channel (4000–4999 are ours to define, RFC 6455 §7.4.2). */
export const liveCloseCodes = { unauthorized: 4401, helloTimeout: 4408, invalidMessage: 4400, tooSlow: 4429 } as const;

export const snapshotSchema = statusSchema.extend({ settings: settingsViewSchema });
export type Snapshot = z.infer<typeof snapshotSchema>;

/** An upload's progress without the rest of the upload, for it is announced often. Fields as in `Upload`. */
export const uploadProgressSchema = z.object({
  uploadId: z.string(),
  recordingId: z.string(),
  sessionId: z.string(),
  bytesSent: z.int().nonnegative(),
  bytesTotal: z.int().nonnegative(),
  bytesPerSecond: z.number().nonnegative().nullable(),
  parts: uploadPartsSchema.nullable(),
  phase: uploadPhaseSchema.nullable(),
  behindMs: z.number().nonnegative().nullable(),
});
export type UploadProgress = z.infer<typeof uploadProgressSchema>;

/** One step from a session to its next revision, as in JSON Patch (RFC 6902); `path` is a JSON Pointer (RFC 6901), such as `/marks/3`. */
export const changeOperationSchema = z.discriminatedUnion('op', [
  z.object({ op: z.literal('add'), path: z.string(), value: z.unknown() }),
  z.object({ op: z.literal('replace'), path: z.string(), value: z.unknown() }),
  z.object({ op: z.literal('remove'), path: z.string() }),
]);
export type ChangeOperation = z.infer<typeof changeOperationSchema>;

/**
 * What makes a session's revision `after` its revision `revision`. Whoever has that one or a later one already ignores it; whoever has
 * another one, or does not know the session, asks for it (`askSessionSchema`).
 */
export const sessionUpdateSchema = z.object({
  id: z.string(),
  name: z.string(),
  state: sessionStateSchema,
  revision: z.int().nonnegative(),
  /** null: everybody asks. */
  after: z.int().nonnegative().nullable(),
  /** In their order. */
  changes: z.array(changeOperationSchema),
});
export type SessionUpdate = z.infer<typeof sessionUpdateSchema>;

const event = <T extends string, D extends z.ZodType>(type: T, data: D) =>
  z.object({ type: z.literal(type), timestamp: instantSchema, data });

export const liveEventSchema = z.discriminatedUnion('type', [
  event('recording_started', sessionSchema),
  event('recording_stopped', sessionSchema),
  event(
    'recording_status_update',
    recordingStatusSchema.omit({ session: true }).extend({ sessionId: z.string().nullable() }),
  ),
  event('session_updated', sessionUpdateSchema),
  event('session_deleted', z.object({ sessionId: z.string() })),
  event('upload_progress', uploadProgressSchema),
  event('upload_updated', uploadSchema),
  event('upload_completed', uploadSchema),
  event('upload_failed', uploadSchema),
  event('manual_upload_completed', uploadSchema),
  event('task_updated', taskSchema),
  event('next_session_updated', nextSessionSchema),
  event('settings_updated', settingsViewSchema),
  event('obs_updated', obsStatusSchema),
  event('setup_updated', setupViewSchema),
  event('destination_updated', destinationStatusSchema),
  event('error', errorInfoSchema),
]);
export type LiveEvent = z.infer<typeof liveEventSchema>;
export type LiveEventType = LiveEvent['type'];
/** The data of one event type. */
export type LiveData<T extends LiveEventType> = Extract<LiveEvent, { type: T }>['data'];

export const serverMessageSchema = z.union([
  z.object({ type: z.literal('snapshot'), timestamp: instantSchema, data: snapshotSchema }),
  /** What a client asked for, in its place among the events; of a session that was forgotten there is none. */
  z.object({ type: z.literal('session'), timestamp: instantSchema, data: sessionSchema }),
  liveEventSchema,
]);
export type ServerMessage = z.infer<typeof serverMessageSchema>;
