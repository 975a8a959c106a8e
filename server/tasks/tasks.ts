/** What can be asked of tasks: where one stands, and to call it off, do it once more, or do it sooner. */
import { Problem } from '../http/problem.ts';
import type { Job, Queue } from '../queue/queue.ts';
import { statusAnswer } from './status-answer.ts';
import { again, cancelled, ended, reprioritised, type TaskSettings } from './task-state.ts';
import type { Task, TaskStore } from './task-store.ts';

export type StatusAnswer = ReturnType<typeof statusAnswer>;

export class Tasks {
  readonly #store: TaskStore;
  readonly #queue: Queue;

  constructor(store: TaskStore, queue: Queue) {
    this.#store = store;
    this.#queue = queue;
  }

  /** Puts into the queue what was not over when the last program ended. */
  async resume(): Promise<void> {
    for (const task of await this.#store.unfinished()) await this.#queue.add(job(task));
  }

  /** Puts a task that has just arrived into the queue. */
  async enqueue(task: Task): Promise<void> {
    await this.#queue.add(job(task));
  }

  /** @throws Problem 404 */
  async get(taskId: string): Promise<Task> {
    const task = await this.#store.find(taskId);
    if (!task) throw new Problem(404, 'Unknown task');
    return task;
  }

  /** @throws Problem 404 */
  async status(taskId: string): Promise<StatusAnswer> {
    const task = await this.get(taskId);
    const [progress, place] = await Promise.all([this.#queue.progress(job(task)), this.#queue.place(job(task))]);
    return statusAnswer({ task, progress, place, now: Date.now() });
  }

  /**
   * Calls a task off: one that is worked on is stopped. One that is over already stays as it is.
   * @throws Problem 404
   */
  async cancel(taskId: string): Promise<StatusAnswer> {
    const task = await this.get(taskId);
    await this.#store.update(taskId, (state) => cancelled(state, Date.now()));
    await this.#queue.remove(job(task));
    return this.status(taskId);
  }

  /**
   * Does a task once more, with other settings where some are given.
   * @throws Problem 404, 409 while it is not over
   */
  async again(taskId: string, settings: Partial<TaskSettings>): Promise<StatusAnswer> {
    await this.get(taskId);
    let refused = false;
    const state = await this.#store.update(taskId, (current) => {
      refused = !ended(current);
      return refused ? current : again(current, settings, Date.now());
    });
    if (refused) throw new Problem(409, 'The task is not over yet: cancel it first');
    if (state) await this.#queue.add(job(await this.get(taskId)));
    return this.status(taskId);
  }

  /**
   * Gives a task that waits another place.
   * @throws Problem 404, 409 when it does not wait
   */
  async setPriority(taskId: string, priority: number): Promise<StatusAnswer> {
    await this.get(taskId);
    const state = await this.#store.update(taskId, (current) => reprioritised(current, priority));
    if (state?.status !== 'uploaded') throw new Problem(409, 'The task does not wait any more');
    await this.#queue.setPriority(job(await this.get(taskId)));
    return this.status(taskId);
  }

  /**
   * Removes a task with its files; one that is worked on is stopped before.
   * @throws Problem 404
   */
  async remove(taskId: string): Promise<void> {
    await this.cancel(taskId);
    await this.#store.remove(taskId);
  }

  /**
   * Calls the listener when the task has moved on; call what it returns to end that. It is told that something changed, and asks
   * with `status` what.
   */
  onChange(taskId: string, listener: () => void): () => void {
    const offs = [
      this.#store.onChange((task) => task.record.taskId === taskId && listener()),
      this.#queue.onProgress((id) => id === taskId && listener()),
    ];
    return () => {
      for (const off of offs) off();
    };
  }
}

const job = ({ record, state }: Task): Job => ({
  taskId: record.taskId,
  run: state.run,
  priority: state.settings.priority,
});
