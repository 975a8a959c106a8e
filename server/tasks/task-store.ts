import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { renameFolder, syncFolder, writeSmallFile } from '../intake/disk.ts';
import { type TaskRecord, taskRecordSchema } from './task.ts';

/** A task whose file is still coming in. */
export type IncomingTask = { taskId: string; folder: string };

/**
 * The receiver's memory: one folder per task, `tasks/<id>/` with `task.json` and the file. A task begins under
 * `incoming/<id>/` and appears by one rename of that folder, so there is never a task without its file, or a file
 * without its task, whenever the process is killed. One receiver per folder.
 */
export class TaskStore {
  readonly #tasksDir: string;
  readonly #incomingDir: string;
  readonly #tasks = new Map<string, TaskRecord>();
  readonly #byKey = new Map<string, TaskRecord>();
  #incoming = 0;

  private constructor(dir: string) {
    this.#tasksDir = join(dir, 'tasks');
    this.#incomingDir = join(dir, 'incoming');
  }

  /**
   * Opens the folder, makes it if needed, clears what a killed receiver left half-received. `onUnreadable` hears of
   * task folders that are damaged; they are left alone.
   */
  static async open(dir: string, onUnreadable: (folder: string, error: unknown) => void): Promise<TaskStore> {
    const store = new TaskStore(dir);
    await mkdir(store.#tasksDir, { recursive: true });
    await rm(store.#incomingDir, { recursive: true, force: true, maxRetries: 5 });
    await mkdir(store.#incomingDir);
    for (const entry of await readdir(store.#tasksDir)) {
      try {
        const text = await readFile(join(store.#tasksDir, entry, 'task.json'), 'utf8');
        const task = taskRecordSchema.parse(JSON.parse(text));
        if (task.taskId !== entry) throw new Error('task.json belongs to another task');
        store.#remember(task);
      } catch (error) {
        onUnreadable(entry, error);
      }
    }
    return store;
  }

  /** Finished tasks and those coming in. */
  get count(): number {
    return this.#tasks.size + this.#incoming;
  }

  find(taskId: string): TaskRecord | undefined {
    return this.#tasks.get(taskId);
  }

  findByKey(idempotencyKey: string): TaskRecord | undefined {
    return this.#byKey.get(idempotencyKey);
  }

  filePath(task: TaskRecord): string {
    return join(this.#tasksDir, task.taskId, task.storedName);
  }

  /** Makes a folder for a task. End it with `commit` or `discard`. */
  async begin(): Promise<IncomingTask> {
    this.#incoming++;
    const taskId = randomUUID();
    const folder = join(this.#incomingDir, taskId);
    try {
      await mkdir(folder);
      return { taskId, folder };
    } catch (error) {
      this.#incoming--;
      throw error;
    }
  }

  /** Publishes a task whose file is already on the disk. Durable when it returns. */
  async commit(incoming: IncomingTask, details: Omit<TaskRecord, 'version' | 'taskId'>): Promise<TaskRecord> {
    const task: TaskRecord = { version: 1, taskId: incoming.taskId, ...details };
    await writeSmallFile(join(incoming.folder, 'task.json'), `${JSON.stringify(task, null, 2)}\n`);
    await syncFolder(incoming.folder);
    await renameFolder(incoming.folder, join(this.#tasksDir, task.taskId));
    this.#remember(task);
    this.#incoming--;
    await syncFolder(this.#tasksDir);
    return task;
  }

  /** Removes a task that was not committed, and whatever of its file arrived. */
  async discard(incoming: IncomingTask): Promise<void> {
    // Once renamed it is a task, even when the last fsync failed.
    if (this.#tasks.has(incoming.taskId)) return;
    this.#incoming--;
    await rm(incoming.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #remember(task: TaskRecord): void {
    this.#tasks.set(task.taskId, task);
    if (task.idempotencyKey !== undefined) this.#byKey.set(task.idempotencyKey, task);
  }
}
