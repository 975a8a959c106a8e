/** What runs when. One interface for the engine in this process and for the one that several machines share. */
import type { StageName } from '../tasks/task-state.ts';

/** A task's run that waits for a worker. */
export interface Job {
  readonly taskId: string;
  /** Which run of the task: a job of an older run is nobody's any more. */
  readonly run: number;
  /** 1 to 10; higher is sooner, equal ones in the order in which they came. */
  readonly priority: number;
}

/** How far the stage that is under way has come. */
export interface Progress {
  readonly stage: StageName;
  /** Of this stage, 0 to 1. */
  readonly fraction: number;
}

/**
 * Does a job. Resolves when it is done for good, also when it ended in an error that is the recording's; rejects only when another
 * worker should try it.
 * @param signal aborts when the job was removed, or when this worker must end
 * @param report says how far it has come; as often as it likes, nothing waits for it
 */
export type Work = (job: Job, signal: AbortSignal, report: (progress: Progress) => void) => Promise<void>;

export interface Queue {
  /** Puts a job in. Twice the same job is one job. */
  add(job: Job): Promise<void>;
  /** Another priority for a job that still waits; nothing for any other. */
  setPriority(job: Job): Promise<void>;
  /** Takes a job out: one that waits is gone, one that is worked on is aborted. */
  remove(job: Job): Promise<void>;
  /** How many jobs are before it, 0 for the next one; null when it does not wait. */
  place(job: Job): Promise<number | null>;
  /** How many wait. */
  waiting(): Promise<number>;
  /** What was last reported of a job; null while it waits, and when it is over. */
  progress(job: Job): Promise<Progress | null>;
  /** Calls the listener with what is reported, of any worker's jobs; call what it returns to end that. */
  onProgress(listener: (taskId: string, progress: Progress) => void): () => void;
  /** Begins to work, several jobs at a time. Call it once. */
  work(work: Work, concurrency: number): void;
  /** Takes no more, aborts what is worked on, and resolves when that has ended. Jobs that wait are kept where the engine keeps them. */
  close(): Promise<void>;
}

/** One name for a task's run. BullMQ allows no `:` in it. */
export const jobId = ({ taskId, run }: Pick<Job, 'taskId' | 'run'>): string => `${taskId}.${run}`;
