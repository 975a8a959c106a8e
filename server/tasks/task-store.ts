/** Where tasks are kept: the truth about them, whatever queue hands them out. A folder of one machine, or a bucket that several share. */
import type { TaskRecord } from './task.ts';
import type { TaskState } from './task-state.ts';

/** What arrived, and where it stands. */
export interface Task {
  readonly record: TaskRecord;
  readonly state: TaskState;
}

/** A task whose file is still coming in: a folder on this machine's disk. */
export interface IncomingTask {
  readonly taskId: string;
  readonly folder: string;
}

/** A task's files on this machine's disk, for a worker. */
export interface Workspace {
  /** The recording's path; a stage reads it and nothing else. */
  readonly recording: string;
  /** A folder for files that nobody needs afterwards; empty at the beginning of a run, gone after `release`. */
  readonly scratch: string;
  /** The path of a result that an earlier stage has made. */
  result(file: string): Promise<string>;
  /**
   * Takes a file of `scratch` over as a result, in place of one of that name. Durable when it returns.
   * @returns its size in bytes
   */
  keep(scratchFile: string, file: string): Promise<number>;
  release(): Promise<void>;
}

/** A result's bytes, from `start` to `end`, both included. */
export interface ResultBytes {
  readonly size: number;
  read(start: number, end: number): ReadableStream<Uint8Array>;
  close(): Promise<void>;
}

export interface TaskStore {
  /** Tasks there are, those coming in included. */
  readonly count: number;
  find(taskId: string): Promise<Task | undefined>;
  findByKey(idempotencyKey: string): Promise<TaskRecord | undefined>;
  /** Those that wait or are worked on, oldest first: what a queue that forgets is filled from. */
  unfinished(): Promise<readonly Task[]>;
  /** Makes a folder for a task. End it with `commit` or `discard`. */
  begin(): Promise<IncomingTask>;
  /** Publishes a task whose file is in its folder. Durable when it returns. */
  commit(incoming: IncomingTask, details: Omit<TaskRecord, 'version' | 'taskId'>): Promise<Task>;
  /** Removes a task that was not committed, and whatever of its file arrived. */
  discard(incoming: IncomingTask): Promise<void>;
  /**
   * Changes where a task stands. Durable when it returns, and never mixed with another change: `change` is called again on the newer
   * state where somebody else was first. The very same object from `change` writes nothing.
   * @returns the state afterwards; undefined when the task is not there
   */
  update(taskId: string, change: (state: TaskState) => TaskState): Promise<TaskState | undefined>;
  /** Calls the listener after each change that was made here; call what it returns to end that. */
  onChange(listener: (task: Task) => void): () => void;
  workspace(taskId: string): Promise<Workspace>;
  /** The recording itself (`file` null), or one of its results; undefined when it is not there. */
  open(taskId: string, file: string | null): Promise<ResultBytes | undefined>;
  /** Removes a task with all its files. */
  remove(taskId: string): Promise<void>;
}
