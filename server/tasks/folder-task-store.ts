import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { moveFile, renameFolder, replaceSmallFile, syncFolder, writeSmallFile } from '../intake/disk.ts';
import { type TaskRecord, taskRecordSchema } from './task.ts';
import { ended, queued, type TaskState, taskStateSchema } from './task-state.ts';
import type { IncomingTask, ResultBytes, Task, TaskStore, Workspace } from './task-store.ts';

/**
 * One folder per task, `tasks/<id>/` with `task.json` (what arrived, never changed), `state.json` (where it stands), the file and
 * `results/`. A task begins under `incoming/<id>/` and appears by one rename of that folder, so there is never a task without its
 * file, or a file without its task, whenever the process is killed. One program per folder.
 */
export class FolderTaskStore implements TaskStore {
  readonly #tasksDir: string;
  readonly #incomingDir: string;
  readonly #scratchDir: string;
  readonly #tasks = new Map<string, Task>();
  readonly #byKey = new Map<string, TaskRecord>();
  readonly #listeners = new Set<(task: Task) => void>();
  /** The last change of each task: the next one waits for it. */
  readonly #changes = new Map<string, Promise<unknown>>();
  #incoming = 0;

  private constructor(dir: string) {
    this.#tasksDir = join(dir, 'tasks');
    this.#incomingDir = join(dir, 'incoming');
    this.#scratchDir = join(dir, 'scratch');
  }

  /**
   * Opens the folder, makes it if needed, clears what a killed program left half-received or half-made.
   * @param onUnreadable hears of task folders that are damaged; they are left alone
   */
  static async open(dir: string, onUnreadable: (folder: string, error: unknown) => void): Promise<FolderTaskStore> {
    const store = new FolderTaskStore(dir);
    await mkdir(store.#tasksDir, { recursive: true });
    for (const leftOver of [store.#incomingDir, store.#scratchDir]) {
      await rm(leftOver, { recursive: true, force: true, maxRetries: 5 });
      await mkdir(leftOver);
    }
    for (const entry of await readdir(store.#tasksDir)) {
      try {
        store.#remember(await readTask(join(store.#tasksDir, entry), entry));
      } catch (error) {
        onUnreadable(entry, error);
      }
    }
    return store;
  }

  get count(): number {
    return this.#tasks.size + this.#incoming;
  }

  async find(taskId: string): Promise<Task | undefined> {
    return this.#tasks.get(taskId);
  }

  async findByKey(idempotencyKey: string): Promise<TaskRecord | undefined> {
    return this.#byKey.get(idempotencyKey);
  }

  async unfinished(): Promise<readonly Task[]> {
    return Array.from(this.#tasks.values())
      .filter(({ state }) => !ended(state))
      .sort((a, b) => a.state.queuedAt - b.state.queuedAt);
  }

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

  async commit(incoming: IncomingTask, details: Omit<TaskRecord, 'version' | 'taskId'>): Promise<Task> {
    const record: TaskRecord = { version: 1, taskId: incoming.taskId, ...details };
    const { subtitle_model: model, priority, language, audio_track: audioTrack } = record.config;
    const settings = { model, priority, language: language ?? null, audioTrack: audioTrack ?? null };
    const task = { record, state: queued(settings, record.uploadedAt) };
    await writeSmallFile(join(incoming.folder, 'task.json'), json(record));
    await writeSmallFile(join(incoming.folder, 'state.json'), json(task.state));
    await syncFolder(incoming.folder);
    await renameFolder(incoming.folder, join(this.#tasksDir, record.taskId));
    this.#remember(task);
    this.#incoming--;
    await syncFolder(this.#tasksDir);
    return task;
  }

  async discard(incoming: IncomingTask): Promise<void> {
    // Once renamed it is a task, even when the last fsync failed.
    if (this.#tasks.has(incoming.taskId)) return;
    this.#incoming--;
    await rm(incoming.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async update(taskId: string, change: (state: TaskState) => TaskState): Promise<TaskState | undefined> {
    const before = this.#changes.get(taskId) ?? Promise.resolve();
    const changed = before.then(() => this.#update(taskId, change));
    const settled = changed.catch(() => undefined);
    this.#changes.set(taskId, settled);
    try {
      return await changed;
    } finally {
      if (this.#changes.get(taskId) === settled) this.#changes.delete(taskId);
    }
  }

  onChange(listener: (task: Task) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async workspace(taskId: string): Promise<Workspace> {
    const { record } = this.#get(taskId);
    const folder = join(this.#tasksDir, taskId);
    const results = join(folder, 'results');
    const scratch = join(this.#scratchDir, randomUUID());
    await mkdir(results, { recursive: true });
    await mkdir(scratch);
    return {
      recording: join(folder, record.storedName),
      scratch,
      result: async (file) => join(results, file),
      async keep(scratchFile, file) {
        const { size } = await stat(join(scratch, scratchFile));
        await moveFile(join(scratch, scratchFile), join(results, file));
        return size;
      },
      release: () => rm(scratch, { recursive: true, force: true, maxRetries: 5 }),
    };
  }

  async open(taskId: string, file: string | null): Promise<ResultBytes | undefined> {
    const task = this.#tasks.get(taskId);
    if (!task) return undefined;
    const folder = join(this.#tasksDir, taskId);
    const path = file === null ? join(folder, task.record.storedName) : join(folder, 'results', file);
    const handle = await open(path).catch(() => undefined);
    if (!handle) return undefined;
    const { size } = await handle.stat();
    return {
      size,
      // The stream closes the descriptor, also when the client goes away.
      read: (start, end) => Readable.toWeb(handle.createReadStream({ start, end })) as ReadableStream<Uint8Array>,
      close: () => handle.close(),
    };
  }

  async remove(taskId: string): Promise<void> {
    const task = this.#tasks.get(taskId);
    if (!task) return;
    // Under `incoming` it is nobody's task: what a kill leaves of it the next start removes. Where it cannot be moved (a scanner holds
    // a file of it), it stays what it was.
    const leaving = join(this.#incomingDir, `removed-${taskId}`);
    await renameFolder(join(this.#tasksDir, taskId), leaving);
    this.#tasks.delete(taskId);
    const { idempotencyKey } = task.record;
    if (idempotencyKey !== undefined) this.#byKey.delete(idempotencyKey);
    await syncFolder(this.#tasksDir);
    await rm(leaving, { recursive: true, force: true, maxRetries: 5 });
  }

  async #update(taskId: string, change: (state: TaskState) => TaskState): Promise<TaskState | undefined> {
    const task = this.#tasks.get(taskId);
    if (!task) return undefined;
    const state = change(task.state);
    if (state === task.state) return state;
    await replaceSmallFile(join(this.#tasksDir, taskId, 'state.json'), json(state));
    // Removed meanwhile: it stays so.
    if (!this.#tasks.has(taskId)) return undefined;
    const changed = { record: task.record, state };
    this.#tasks.set(taskId, changed);
    for (const listener of this.#listeners) listener(changed);
    return state;
  }

  #get(taskId: string): Task {
    const task = this.#tasks.get(taskId);
    if (!task) throw new Error(`No task ${taskId}`);
    return task;
  }

  #remember(task: Task): void {
    const { taskId, idempotencyKey } = task.record;
    this.#tasks.set(taskId, task);
    if (idempotencyKey !== undefined) this.#byKey.set(idempotencyKey, task.record);
  }
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

async function readTask(folder: string, taskId: string): Promise<Task> {
  const record = taskRecordSchema.parse(JSON.parse(await readFile(join(folder, 'task.json'), 'utf8')));
  if (record.taskId !== taskId) throw new Error('task.json belongs to another task');
  return { record, state: (await readState(folder)) ?? storedBefore(record) };
}

async function readState(folder: string): Promise<TaskState | undefined> {
  const text = await readFile(join(folder, 'state.json'), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : taskStateSchema.parse(JSON.parse(text));
}

/** A task of the time when files were stored and nothing was made of them: that is what was promised, and it stays so. */
function storedBefore({ config, uploadedAt }: TaskRecord): TaskState {
  const settings = { model: config.subtitle_model, priority: config.priority, language: null, audioTrack: null };
  return { ...queued(settings, uploadedAt), status: 'completed_simple', endedAt: uploadedAt };
}
