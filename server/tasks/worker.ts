/** Works on tasks: stage after stage, each one's results on the disk before the next one begins. */
import { ModelUnavailable } from '../models/model-unavailable.ts';
import type { Job, Progress } from '../queue/queue.ts';
import { RecordingProblem, type Stage } from '../stages/stage.ts';
import {
  atStage,
  begun,
  completed,
  ended,
  failed,
  mostAttempts,
  requeued,
  stageDone,
  type TaskProblem,
} from './task-state.ts';
import type { Task, TaskStore } from './task-store.ts';

export interface WorkerParts {
  readonly store: TaskStore;
  /** In their order. */
  readonly stages: readonly Stage[];
  readonly now?: () => number;
  /** Hears of what failed and is not the recording's fault. */
  readonly onFailure: (taskId: string, error: unknown) => void;
}

/** The queue's Work. It never rejects for what a recording is; a run that was aborted goes back into the queue unless it was cancelled. */
export class Worker {
  readonly #parts: WorkerParts;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
  }

  readonly work = async (job: Job, signal: AbortSignal, report: (progress: Progress) => void): Promise<void> => {
    const { store } = this.#parts;
    const now = this.#parts.now ?? Date.now;
    const task = await store.find(job.taskId);
    if (!task || task.state.run !== job.run || ended(task.state)) return;
    const { taskId } = job;
    if (task.state.attempts >= mostAttempts) {
      await store.update(taskId, (state) => failed(state, workerLost, now()));
      return;
    }
    await store.update(taskId, (state) => (state.run === job.run && !ended(state) ? begun(state, now()) : state));
    try {
      const whole = await this.#stages(task, job, signal, report);
      await store.update(taskId, (state) => (ended(state) ? state : completed(state, whole, now())));
    } catch (error) {
      if (signal.aborted) {
        await store.update(taskId, (state) => (ended(state) ? state : requeued(state)));
        return;
      }
      const problem = error instanceof RecordingProblem ? error.problem : ours(error);
      if (!(error instanceof RecordingProblem)) this.#parts.onFailure(taskId, error);
      await store.update(taskId, (state) => (ended(state) ? state : failed(state, problem, now())));
    }
  };

  /** @returns whether there are subtitles */
  async #stages(task: Task, job: Job, signal: AbortSignal, report: (progress: Progress) => void): Promise<boolean> {
    const { store, stages } = this.#parts;
    const { taskId } = job;
    const workspace = await store.workspace(taskId);
    try {
      let { state } = task;
      for (const stage of stages) {
        signal.throwIfAborted();
        if (state.done.includes(stage.name) || (await stage.missing()) !== null) continue;
        await store.update(taskId, (current) => atStage(current, stage.name));
        report({ stage: stage.name, fraction: 0 });
        const made = await stage.run({
          ...{ task, results: state.results, workspace, signal },
          progress: (fraction) => report({ stage: stage.name, fraction: Math.min(1, Math.max(0, fraction)) }),
        });
        signal.throwIfAborted();
        state = (await store.update(taskId, (current) => stageDone(current, stage.name, made))) ?? state;
      }
      return state.done.includes('transcribe');
    } finally {
      await workspace.release();
    }
  }
}

const workerLost: TaskProblem = {
  code: 'worker_lost',
  cause: `The program that works on it ended ${mostAttempts} times while it did.`,
  fix: 'Look at the server\u2019s log and memory, then ask for the task once more.',
};

const ours = (error: unknown): TaskProblem => {
  if (error instanceof ModelUnavailable) return error.problem;
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC'
    ? {
        code: 'disk_full',
        cause: 'The server\u2019s disk is full.',
        fix: 'Make room on the server, then ask for the task once more.',
      }
    : {
        code: 'server_failed',
        cause: 'The server failed while it worked on it.',
        fix: 'Its log says why. Ask for the task once more when that is mended.',
      };
};
