/**
 * Where a task stands, and what becomes of it: pure. A task waits for its turn, is worked on stage by stage, and ends. What happens
 * to it is one of the functions below; each gives the next state and leaves the old one as it is.
 */
import * as z from 'zod';
import { prioritySchema, subtitleModelSchema } from '../../shared/domain.ts';
import { audioTrackSchema, languageSchema } from './task.ts';

/** The steps of a task, in their order: get the file, look whether it can be read, make the video, the subtitles, the pictures. */
export const stageNames = ['fetch', 'check', 'video', 'transcribe', 'pictures'] as const;
export type StageName = (typeof stageNames)[number];

/** What a task may be told again while it waits, or when it is made once more. */
export const taskSettingsSchema = z.object({
  model: subtitleModelSchema,
  /** As in BCP 47's first part (`en`, `fr`); null: found in the speech. */
  language: languageSchema.nullable(),
  /** Which of the recording's audio tracks is heard, from 1; null: the first with speech. */
  audioTrack: audioTrackSchema.nullable(),
  priority: prioritySchema,
});
export type TaskSettings = z.infer<typeof taskSettingsSchema>;

/** What went wrong, for people: a stable code, why, and what to do. */
export const taskProblemSchema = z.object({ code: z.string(), cause: z.string(), fix: z.string() });
export type TaskProblem = z.infer<typeof taskProblemSchema>;

/** A file that a stage made, in the task's results. */
export const resultFileSchema = z.object({
  /** Its name in the results' folder: ours, never a client's. */
  file: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,60}$/),
  type: z.string(),
  bytes: z.int().nonnegative(),
  stage: z.enum(stageNames),
});
export type ResultFile = z.infer<typeof resultFileSchema>;

/** Something about the recording that its owner wants to know: a silent track, a black picture. */
export const warningSchema = z.object({ code: z.string(), message: z.string(), stage: z.enum(stageNames) });
export type Warning = z.infer<typeof warningSchema>;

export const taskStatuses = ['uploaded', 'processing', 'completed', 'completed_simple', 'error', 'cancelled'] as const;

export const taskStateSchema = z.object({
  version: z.literal(1),
  status: z.enum(taskStatuses),
  /** From 1; one more each time that it is asked for again. */
  run: z.int().min(1),
  settings: taskSettingsSchema,
  /** How often this run was begun: a program that is killed begins it again. */
  attempts: z.int().nonnegative(),
  /** The stages of this run whose results are there. */
  done: z.array(z.enum(stageNames)),
  stage: z.enum(stageNames).nullable(),
  /** By its name in the answer: `video`, `subtitles`, `thumbnail` … */
  results: z.record(z.string(), resultFileSchema),
  warnings: z.array(warningSchema),
  problem: taskProblemSchema.nullable(),
  /** ms since 1970 */
  queuedAt: z.number(),
  startedAt: z.number().nullable(),
  endedAt: z.number().nullable(),
});
export type TaskState = z.infer<typeof taskStateSchema>;

/** A task's run that is begun so often and never ended takes its worker with it each time. */
export const mostAttempts = 4;

/** A task that has just arrived. */
export function queued(settings: TaskSettings, now: number): TaskState {
  return {
    ...{ version: 1, status: 'uploaded', run: 1, settings, attempts: 0, done: [], stage: null },
    ...{ results: {}, warnings: [], problem: null, queuedAt: now, startedAt: null, endedAt: null },
  };
}

/** Whether nothing more happens to it by itself. */
export function ended({ status }: Pick<TaskState, 'status'>): boolean {
  return status !== 'uploaded' && status !== 'processing';
}

/** A worker has taken it up. */
export function begun(state: TaskState, now: number): TaskState {
  return { ...state, status: 'processing', attempts: state.attempts + 1, startedAt: state.startedAt ?? now };
}

/** A worker is at this stage. */
export function atStage(state: TaskState, stage: StageName): TaskState {
  return { ...state, stage };
}

/** What a stage made is on the disk; it takes the place of what the stage had made before. */
export function stageDone(
  state: TaskState,
  stage: StageName,
  made: {
    readonly results?: Readonly<Record<string, Omit<ResultFile, 'stage'>>>;
    readonly warnings?: readonly Omit<Warning, 'stage'>[];
  },
): TaskState {
  const others = Object.entries(state.results).filter(([, result]) => result.stage !== stage);
  const results = Object.entries(made.results ?? {}).map(([name, result]) => [name, { ...result, stage }] as const);
  const warnings = (made.warnings ?? []).map((warning) => ({ ...warning, stage }));
  return {
    ...state,
    done: [...state.done.filter((name) => name !== stage), stage],
    results: Object.fromEntries([...others, ...results]),
    warnings: [...state.warnings.filter((warning) => warning.stage !== stage), ...warnings],
  };
}

/**
 * It ended well.
 * @param whole whether there are subtitles; without them it is stored, with whatever else was made
 */
export function completed(state: TaskState, whole: boolean, now: number): TaskState {
  return { ...state, status: whole ? 'completed' : 'completed_simple', stage: null, problem: null, endedAt: now };
}

/** It ended, and why. What earlier stages made stays. */
export function failed(state: TaskState, problem: TaskProblem, now: number): TaskState {
  return { ...state, status: 'error', stage: null, problem, endedAt: now };
}

/** Somebody called it off. The recording and what was made stay. */
export function cancelled(state: TaskState, now: number): TaskState {
  return ended(state) ? state : { ...state, status: 'cancelled', stage: null, endedAt: now };
}

/** Goes back into the queue because its worker ends, in order, before it does: that is no failed attempt. */
export function requeued(state: TaskState): TaskState {
  return { ...state, status: 'uploaded', stage: null, attempts: Math.max(0, state.attempts - 1) };
}

/** Another place in the queue. Nothing else of a waiting task changes; of one that is worked on or over, nothing at all. */
export function reprioritised(state: TaskState, priority: number): TaskState {
  return state.status === 'uploaded' ? { ...state, settings: { ...state.settings, priority } } : state;
}

/**
 * The same recording once more: after a failure what was done stays done, with other settings only what does not depend on them.
 * @param settings what is to be different
 */
export function again(state: TaskState, settings: Partial<TaskSettings>, now: number): TaskState {
  const wanted = { ...state.settings, ...settings };
  const heardOtherwise =
    wanted.model !== state.settings.model ||
    wanted.language !== state.settings.language ||
    wanted.audioTrack !== state.settings.audioTrack;
  const redone: readonly StageName[] = heardOtherwise || state.status !== 'error' ? ['transcribe'] : [];
  return {
    ...queued(wanted, now),
    run: state.run + 1,
    done: state.done.filter((stage) => !redone.includes(stage)),
    results: state.results,
    warnings: state.warnings,
  };
}
