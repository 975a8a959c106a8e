/**
 * Gives every operation on a file that OBS names an end. A drive that is gone (NFS, SMB, a USB disk) can hold a system call for ever,
 * and with it one of the few threads that Node does all its file work with; a handful of them, and nothing is read any more.
 *
 * So an operation that takes too long is given up: whoever waits for it hears `file_away`, which passes. What is stuck keeps its
 * thread. Therefore one folder never has more than a few operations under way, and while one of them is late nothing more is begun
 * there, nor in any other folder of its drive (a folder for each day would take all threads, one after the other); all folders together
 * leave threads over. When the drive answers again, the late ones return, and everything goes on.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { StreamAIError } from '../../shared/errors.ts';
import { driveOf } from './drive-of.ts';

/** How many threads the process should have: scripts/launch and agent/run.ts ask for them. */
export const fileThreads = 16;
/** How many Node has where nobody asked for more. */
const usualThreads = 4;

export interface FileWorkLimits {
  /** What an operation may take, its wait for a turn included (ms): a disk that has to spin up takes up to ten seconds. */
  readonly answerMs: number;
  /** Under way at once in one folder. */
  readonly inFolder: number;
  /** Under way at once in all of them. */
  readonly inAll: number;
}

/** For as many threads as there are: one folder leaves half of them over and more, all of them together a quarter. */
function usualLimits(): FileWorkLimits {
  const threads = runningThreads() || Number(process.env.UV_THREADPOOL_SIZE) || usualThreads;
  return { answerMs: 15_000, inFolder: Math.max(1, Math.min(4, threads / 2)), inAll: Math.max(1, (threads * 3) / 4) };
}

/**
 * How many threads run already: where something needed one before this process had said how many it wants, there are fewer. libuv starts
 * them all at once (src/threadpool.c), and Linux tells their names. 0: none was needed yet, or the system does not tell.
 */
function runningThreads(): number {
  const tasks = '/proc/self/task';
  try {
    const names = readdirSync(tasks).map((id) => readFileSync(`${tasks}/${id}/comm`, 'utf8').trim());
    return names.filter((name) => name === 'libuv-worker').length;
  } catch {
    return 0;
  }
}

interface Folder {
  /** Who asked for something and has not heard of its end. */
  callers: number;
  running: number;
  /** Of those that run, given up. */
  late: number;
  readonly waiting: Set<() => void>;
}

export class FileWork {
  readonly #given: Partial<FileWorkLimits>;
  #known: FileWorkLimits | null = null;
  readonly #folders = new Map<string, Folder>();
  /** Gives up one operation each. */
  readonly #pending = new Set<() => void>();
  #running = 0;
  #ended = false;

  constructor(limits: Partial<FileWorkLimits> = {}) {
    this.#given = limits;
  }

  /** Asked for when something is done for the first time: by then the process has said how many threads it wants. */
  get #limits(): FileWorkLimits {
    this.#known ??= { ...usualLimits(), ...this.#given };
    return this.#known;
  }

  /** Operations that were given up and have not returned: each holds a thread. */
  get late(): number {
    return [...this.#folders.values()].reduce((sum, { late }) => sum + late, 0);
  }

  /**
   * Does one operation.
   * @param file its folder stands for the drive
   * @param onLate called with what came of it after all, once that was given up: a file that is open by then has to be closed
   * @throws StreamAIError file_away when the drive does not answer; what `work` throws
   */
  async do<T>(file: string, work: () => Promise<T>, onLate?: (result: T) => void): Promise<T> {
    const name = path.dirname(file);
    const folder = this.#folders.get(name) ?? { callers: 0, running: 0, late: 0, waiting: new Set<() => void>() };
    this.#folders.set(name, folder);
    const patience = Promise.withResolvers<'late'>();
    const giveUp = (): void => patience.resolve('late');
    const timer = setTimeout(giveUp, this.#limits.answerMs);
    this.#pending.add(giveUp);
    folder.callers += 1;
    try {
      if (this.#isOnLateDrive(name) || !(await this.#turn(folder, patience.promise))) throw silent(file);
      const result = this.#begin(folder, work);
      const first = await Promise.race([result.then((value) => ({ value })), patience.promise]);
      if (first !== 'late') return first.value;
      folder.late += 1;
      this.#wake(folder);
      result
        .then(onLate, () => {})
        .finally(() => {
          folder.late -= 1;
          this.#tidy(name, folder);
        });
      throw silent(file);
    } finally {
      clearTimeout(timer);
      this.#pending.delete(giveUp);
      folder.callers -= 1;
      this.#tidy(name, folder);
    }
  }

  /** The same with a folder. */
  doIn<T>(folder: string, work: () => Promise<T>): Promise<T> {
    return this.do(path.join(folder, path.basename(folder)), work);
  }

  /** Gives up everything that is under way, and all that would still begin: the process ends. */
  end(): void {
    this.#ended = true;
    for (const giveUp of this.#pending) giveUp();
  }

  /** Whether another folder of the same drive has an operation that is late. Which drive that is, is asked only while there is one. */
  #isOnLateDrive(name: string): boolean {
    const late = [...this.#folders].filter(([other, folder]) => folder.late > 0 && other !== name);
    if (late.length === 0) return false;
    const drive = driveOf(name);
    return drive !== null && late.some(([other]) => driveOf(other) === drive);
  }

  /** @returns whether its turn has come: it counts as running from then on */
  async #turn(folder: Folder, late: Promise<'late'>): Promise<boolean> {
    for (;;) {
      if (folder.late > 0 || this.#ended) return false;
      if (folder.running < this.#limits.inFolder && this.#running < this.#limits.inAll) {
        // Here, not when it begins: others may ask in the same moment.
        folder.running += 1;
        this.#running += 1;
        return true;
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      folder.waiting.add(resolve);
      const first = await Promise.race([promise, late]);
      folder.waiting.delete(resolve);
      if (first === 'late') return false;
    }
  }

  async #begin<T>(folder: Folder, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      folder.running -= 1;
      this.#running -= 1;
      // Where all of them had too much, there is room for any now.
      const wasFull = this.#running === this.#limits.inAll - 1;
      for (const each of wasFull ? this.#folders.values() : [folder]) this.#wake(each);
    }
  }

  #wake({ waiting }: Folder): void {
    for (const resolve of waiting) resolve();
  }

  #tidy(name: string, { callers, late }: Folder): void {
    if (callers + late === 0) this.#folders.delete(name);
  }
}

const silent = (file: string): StreamAIError => new StreamAIError('file_away', { file: path.basename(file) });

/** Of this process: its threads are one pool. */
export const fileWork = new FileWork();
