import PQueue from 'p-queue';
import { type Job, jobId, type Progress, type Queue, type Work } from './queue.ts';

interface Entry {
  readonly job: Job;
  readonly abort: AbortController;
  done: Promise<void>;
  order: number;
  priority: number;
  running: boolean;
  progress: Progress | null;
}

/**
 * Jobs of one program, in memory: the tasks on the disk are the truth, and whoever opens them puts those that wait in again. What
 * a worker rejects is put in again by the next start of the program alone, for there is no other worker.
 */
export class InProcessQueue implements Queue {
  readonly #queue = new PQueue({ concurrency: 1, autoStart: false });
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<(taskId: string, progress: Progress) => void>();
  readonly #onRejected: (job: Job, error: unknown) => void;
  #work: Work | null = null;
  #order = 0;

  /** @param onRejected hears of a job whose work rejected though it was not aborted */
  constructor(onRejected: (job: Job, error: unknown) => void) {
    this.#onRejected = onRejected;
  }

  async add(job: Job): Promise<void> {
    const id = jobId(job);
    if (this.#entries.has(id)) return;
    const done = Promise.resolve();
    const entry: Entry = {
      ...{ job, abort: new AbortController(), done, running: false, progress: null },
      ...this.#place(job.priority),
    };
    this.#entries.set(id, entry);
    // A free worker begins within this call.
    entry.done = this.#queue.add(() => this.#run(id), { id, priority: job.priority });
  }

  async setPriority(job: Job): Promise<void> {
    const entry = this.#entries.get(jobId(job));
    if (!entry || entry.running) return;
    this.#queue.setPriority(jobId(job), job.priority);
    Object.assign(entry, this.#place(job.priority));
  }

  async remove(job: Job): Promise<void> {
    const entry = this.#entries.get(jobId(job));
    if (!entry) return;
    entry.abort.abort();
    // One that waits passes through the queue without being worked on; nobody waits for its turn.
    if (entry.running) await entry.done;
    else this.#entries.delete(jobId(job));
  }

  async place(job: Job): Promise<number | null> {
    const own = this.#entries.get(jobId(job));
    if (!own || own.running) return null;
    const before = (other: Entry): boolean =>
      !other.running && (other.priority > own.priority || (other.priority === own.priority && other.order < own.order));
    return Array.from(this.#entries.values()).filter(before).length;
  }

  async waiting(): Promise<number> {
    return Array.from(this.#entries.values()).filter(({ running }) => !running).length;
  }

  async progress(job: Job): Promise<Progress | null> {
    return this.#entries.get(jobId(job))?.progress ?? null;
  }

  onProgress(listener: (taskId: string, progress: Progress) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  work(work: Work, concurrency: number): void {
    this.#work = work;
    this.#queue.concurrency = concurrency;
    this.#queue.start();
  }

  async close(): Promise<void> {
    this.#queue.pause();
    this.#queue.clear();
    const running = Array.from(this.#entries.values()).filter((entry) => entry.running);
    for (const { abort } of running) abort.abort();
    await Promise.all(running.map(({ done }) => done));
    this.#entries.clear();
  }

  async #run(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (!entry || !this.#work) return;
    entry.running = true;
    try {
      await this.#work(entry.job, entry.abort.signal, (progress) => this.#report(entry, progress));
    } catch (error) {
      if (!entry.abort.signal.aborted) this.#onRejected(entry.job, error);
    } finally {
      this.#entries.delete(id);
    }
  }

  #report(entry: Entry, progress: Progress): void {
    entry.progress = progress;
    for (const listener of this.#listeners) listener(entry.job.taskId, progress);
  }

  /** Behind those of the same priority. */
  #place(priority: number): { priority: number; order: number } {
    return { priority, order: this.#order++ };
  }
}
