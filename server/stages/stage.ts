/** What a task is made of: each stage is a file of its own beside this one. */
import type { ResultFile, StageName, TaskProblem, Warning } from '../tasks/task-state.ts';
import type { Task, Workspace } from '../tasks/task-store.ts';

export interface StageContext {
  /** As it stood when this run began; results of earlier stages are in `results`. */
  readonly task: Task;
  readonly results: Readonly<Record<string, ResultFile>>;
  readonly workspace: Workspace;
  /** Aborts when the task was cancelled or the program ends: whatever runs is killed then. */
  readonly signal: AbortSignal;
  /** @param fraction of this stage, 0 to 1; only what was really done counts */
  readonly progress: (fraction: number) => void;
}

/** What a stage made. */
export interface Made {
  readonly results?: Readonly<Record<string, Omit<ResultFile, 'stage'>>>;
  readonly warnings?: readonly Omit<Warning, 'stage'>[];
}

export interface Stage {
  readonly name: StageName;
  /**
   * Looks whether this machine has what the stage needs; asked at the start, and again for each task.
   * @returns what is missing and how to get it, or null
   */
  missing(): Promise<TaskProblem | null>;
  /** @throws RecordingProblem when the recording cannot be used so, with what its owner can do */
  run(context: StageContext): Promise<Made>;
}

/** What is wrong with a recording or its settings: the task ends with it, and trying again would change nothing. */
export class RecordingProblem extends Error {
  readonly problem: TaskProblem;

  constructor(code: string, cause: string, fix: string, options?: ErrorOptions) {
    super(cause, options);
    this.name = 'RecordingProblem';
    this.problem = { code, cause, fix };
  }
}
