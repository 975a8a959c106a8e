import * as z from 'zod';
import { prioritySchema, type SubtitleModel, subtitleModelSchema, subtitleModels } from '../../shared/domain.ts';
import { Problem } from '../http/problem.ts';

/** ISO 639, two or three letters. */
export const languageSchema = z.string().regex(/^[a-z]{2,3}$/);
/** OBS records six at most; other programs' files may have more. */
export const audioTrackSchema = z.int().min(1).max(32);

/** A session's chapters and notes, at their offsets in this recording. */
export const marksSchema = z
  .array(z.object({ offsetMs: z.int().nonnegative(), kind: z.enum(['chapter', 'note']), text: z.string().max(2000) }))
  .max(1000);
export type Marks = z.infer<typeof marksSchema>;

/** What a task's folder remembers about it, in `task.json`: what arrived, never changed. */
export const taskRecordSchema = z.object({
  version: z.literal(1),
  taskId: z.uuid(),
  idempotencyKey: z.string().optional(),
  /** What the client called the file: a label, never a path. */
  filename: z.string(),
  /** The file's name in the task's folder. */
  storedName: z.string().regex(/^recording(\.[a-z0-9]{1,8})?$/),
  size: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  config: z.object({
    subtitle_model: subtitleModelSchema,
    priority: prioritySchema,
    language: languageSchema.optional(),
    audio_track: audioTrackSchema.optional(),
  }),
  /** The session's chapters and notes, as they came. */
  marks: marksSchema.optional(),
  /** When the upload was complete, in ms since 1970. */
  uploadedAt: z.number(),
});
export type TaskRecord = z.infer<typeof taskRecordSchema>;
export type TaskConfig = TaskRecord['config'];

/** Reads the form field `subtitle_model`. Throws a 422 that names the choices. */
export function parseSubtitleModel(value: string): SubtitleModel {
  const model = subtitleModels.find((known) => known === value);
  if (model === undefined) throw new Problem(422, `subtitle_model must be one of ${subtitleModels.join(', ')}`);
  return model;
}

/** Reads the form field `priority`. Throws a 422 that names the range. */
export function parsePriority(value: string): number {
  if (!/^([1-9]|10)$/.test(value)) throw new Problem(422, 'priority must be a whole number from 1 to 10');
  return Number(value);
}

/** Reads the form field `language`: as in BCP 47, of which the first part counts (`en-GB` is English); `auto` and nothing mean found. */
export function parseLanguage(value: string): string | undefined {
  const tag = value.trim().toLowerCase();
  if (tag === '' || tag === 'auto') return undefined;
  const language = /^([a-z]{2,3})(-[a-z0-9]{1,8})*$/.exec(tag)?.[1];
  if (language === undefined) throw new Problem(422, 'language must be a language’s code, such as en or fr, or auto');
  return language;
}

/** Reads the form field `audio_track`, counted from 1; nothing means the first with speech. */
export function parseAudioTrack(value: string): number | undefined {
  if (value === '') return undefined;
  const track = audioTrackSchema.safeParse(Number(value));
  if (!track.success) throw new Problem(422, 'audio_track must be a whole number from 1 to 32');
  return track.data;
}

/** Reads the form field `marks`: JSON, a list of `{offsetMs, kind, text}`. */
export function parseMarks(value: string): Marks {
  let json: unknown;
  try {
    json = JSON.parse(value);
  } catch (cause) {
    throw new Problem(422, 'marks must be JSON', { cause });
  }
  const marks = marksSchema.safeParse(json);
  if (!marks.success) throw new Problem(422, 'marks must be a list of {offsetMs, kind: "chapter" or "note", text}');
  return marks.data;
}
