/** Tracks every task to its end: asks its server again and again, keeps what it says, announces what changed. */
import { StreamAIError } from '../../../../../shared/errors.ts';
import type { Settings } from '../../../../../shared/settings.ts';
import { type Clock, systemClock } from '../../../../clock.ts';
import type { LiveEvents } from '../../../../live-events.ts';
import type { Log } from '../../../../log.ts';
import { type Database, transaction } from '../../../../storage/database.ts';
import type { ProxyFinder } from '../../connect.ts';
import { DestinationError } from '../../failures.ts';
import { getBounded } from '../http/get.ts';
import { answerFailure, networkFailure } from '../http/http-failure.ts';
import { isCurrentServer, type ProcessingServer, resolveServer, statusUrl } from '../http/server.ts';
import { parseStatusAnswer } from './status-answer.ts';
import { firstPoll, nextPoll, nextTask, type PollOutcome, type PollState } from './task-state.ts';
import { type TaskRecord, TaskStore, toTask } from './task-store.ts';

const pollMs = 10_000;
const answerBytes = 256 * 1024;
const mostPollsAtOnce = 4;

export interface TrackerOptions {
  readonly database: Database;
  readonly live: LiveEvents;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  /** Read at each poll, so that changes apply at once. */
  settings(): Pick<Settings, 'statusEndpoint'>;
  /** The configured server or the embedded receiver; null while there is neither. */
  processingServer(): ProcessingServer | null;
  /** Which proxy the way to a server leads through; default: none. */
  readonly proxyFor?: ProxyFinder;
  readonly clock?: Clock;
}

/** A task that has not ended. */
interface Tracked {
  readonly taskId: string;
  poll: PollState;
  timer: unknown;
}

export class TaskTracker {
  readonly #options: TrackerOptions;
  readonly #store: TaskStore;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  readonly #tracked = new Map<string, Tracked>();
  /** Due, but four others are being asked. */
  readonly #due = new Set<string>();
  readonly #polls = new Set<Promise<void>>();

  constructor(options: TrackerOptions) {
    this.#options = options;
    this.#store = new TaskStore(options.database);
    this.#clock = options.clock ?? systemClock;
  }

  /** Takes up every task that has not ended. */
  start(): void {
    for (const task of this.#store.open()) this.track(task.uploadId);
  }

  /** Tracks the task of an upload that has just been completed. */
  track(uploadId: string): void {
    const task = this.#store.get(uploadId);
    if (this.#closing.signal.aborted || task === undefined || task.endedAt !== null) return;
    this.#clock.clearTimeout(this.#tracked.get(uploadId)?.timer);
    const tracked: Tracked = { taskId: task.id, poll: firstPoll, timer: undefined };
    this.#tracked.set(uploadId, tracked);
    this.#schedule(uploadId, tracked);
  }

  /** Resolves when no poll is under way; open tasks go on with the next start. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const tracked of this.#tracked.values()) this.#clock.clearTimeout(tracked.timer);
    this.#tracked.clear();
    this.#due.clear();
    await Promise.all(this.#polls);
  }

  #schedule(uploadId: string, tracked: Tracked): void {
    tracked.timer = this.#clock.setTimeout(() => {
      this.#due.add(uploadId);
      this.#pump();
    }, tracked.poll.delayMs);
  }

  #pump(): void {
    for (const uploadId of this.#due) {
      if (this.#polls.size >= mostPollsAtOnce) return;
      this.#due.delete(uploadId);
      const tracked = this.#tracked.get(uploadId);
      if (tracked === undefined) continue;
      const poll = this.#poll(uploadId, tracked)
        .catch((error: unknown) => {
          this.#options.log.error({ err: error, uploadId }, 'task poll broke');
          if (this.#tracked.get(uploadId) === tracked) this.#schedule(uploadId, tracked);
        })
        .finally(() => {
          this.#polls.delete(poll);
          this.#pump();
        });
      this.#polls.add(poll);
    }
  }

  async #poll(uploadId: string, tracked: Tracked): Promise<void> {
    const asked = this.#store.get(uploadId);
    if (asked === undefined || asked.id !== tracked.taskId) {
      this.#forget(uploadId, tracked);
      return;
    }
    const outcome = await this.#ask(asked);
    // Closed, or replaced by the task of a repeated upload, while the answer was on its way.
    if (this.#closing.signal.aborted || this.#tracked.get(uploadId) !== tracked) return;
    const after = nextTask(asked, tracked.poll, outcome, this.#clock.now());
    const known = after === asked ? this.#store.get(uploadId) !== undefined : this.#write(after);
    if (!known) {
      this.#forget(uploadId, tracked);
      return;
    }
    const moved = after.status !== asked.status || after.progress !== asked.progress;
    tracked.poll = nextPoll(tracked.poll, outcome, moved);
    if (after.endedAt === null) this.#schedule(uploadId, tracked);
    else this.#forget(uploadId, tracked);
  }

  async #ask(task: TaskRecord): Promise<PollOutcome> {
    const { settings, processingServer, log } = this.#options;
    const { statusEndpoint } = settings();
    const current = processingServer();
    // The key belongs to the server that is set now, not to whoever gave this task.
    const apiKey = current !== null && isCurrentServer(task.server, current) ? current.apiKey : null;
    try {
      const base = resolveServer(task.server, current);
      if (base === null) throw new StreamAIError('destination_unreachable', { reason: 'embedded' });
      const url = statusUrl(base, statusEndpoint, task.id);
      const limits = { timeoutMs: pollMs, maxBytes: answerBytes, signal: this.#closing.signal };
      const answer = await getBounded(url, { apiKey, proxyFor: this.#options.proxyFor, ...limits });
      if (answer.status === 404) return { type: 'missing' };
      const failure = answerFailure(answer, this.#clock.now(), apiKey) ?? answer.bodyProblem;
      if (failure !== null) throw failure;
      return { type: 'answer', answer: parseStatusAnswer(answer.text, task.id, base, apiKey) };
    } catch (error) {
      const failure = networkFailure(error);
      if (!this.#closing.signal.aborted) log.warn({ err: error, uploadId: task.uploadId }, 'task poll failed');
      const retryAfterMs = failure instanceof DestinationError ? failure.retryAfterMs : null;
      return { type: 'problem', error: failure.info(), retryAfterMs };
    }
  }

  #forget(uploadId: string, tracked: Tracked): void {
    if (this.#tracked.get(uploadId) === tracked) this.#tracked.delete(uploadId);
  }

  /** Writes a task down, and announces it then. @returns false when it is gone */
  #write(record: TaskRecord): boolean {
    const { database, live } = this.#options;
    return transaction(database, () => {
      if (!this.#store.update(record)) return false;
      live.publish('task_updated', toTask(record));
      return true;
    });
  }
}
