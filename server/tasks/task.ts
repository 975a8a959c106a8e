import * as z from 'zod';
import { prioritySchema, type SubtitleModel, subtitleModelSchema, subtitleModels } from '../../shared/domain.ts';
import { Problem } from '../http/problem.ts';

/** What a task's folder remembers about it, in `task.json`. */
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
  config: z.object({ subtitle_model: subtitleModelSchema, priority: prioritySchema }),
  /** When the upload was complete, in ms since 1970. */
  uploadedAt: z.number(),
});
export type TaskRecord = z.infer<typeof taskRecordSchema>;
export type TaskConfig = TaskRecord['config'];

/** How long a task stays in its first two states, in ms; afterwards it is `completed_simple` for ever. */
export type TaskSteps = { uploadedMs: number; processingMs: number };
export const defaultTaskSteps: TaskSteps = { uploadedMs: 500, processingMs: 1500 };

const stored = 'Stored, no subtitles: this is the embedded receiver.';

/**
 * The answer of the status route. It is computed from the time of the upload, so it is the same after a restart and
 * needs no timers. `progress` is in percent.
 */
export function taskStatus(task: TaskRecord, now: number, steps: TaskSteps) {
  const elapsed = Math.max(0, now - task.uploadedAt);
  const common = {
    task_id: task.taskId,
    filename: task.filename,
    size: task.size,
    sha256: task.sha256,
    config: task.config,
  };
  if (elapsed < steps.uploadedMs) {
    return { ...common, status: 'uploaded', progress: 0, message: 'Received, waiting to be looked at.' } as const;
  }
  const processed = elapsed - steps.uploadedMs;
  if (processed < steps.processingMs) {
    const progress = Math.floor((processed / steps.processingMs) * 100);
    return { ...common, status: 'processing', progress, message: 'Looking at the file.' } as const;
  }
  const result = { video: `/results/${task.taskId}/video` };
  return { ...common, status: 'completed_simple', progress: 100, message: stored, result } as const;
}

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
