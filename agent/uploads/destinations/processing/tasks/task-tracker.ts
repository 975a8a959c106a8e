/** Follows every task to its end: asks its server again and again, keeps what it says, announces what changed. */
import type { Task } from '../../../../../shared/domain.ts';
import { StreamAIError } from '../../../../../shared/errors.ts';
import type { Settings } from '../../../../../shared/settings.ts';
import { type Clock, systemClock } from '../../../../clock.ts';
import type { LiveBus } from '../../../../live-events.ts';
import type { Database } from '../../../../storage/database.ts';
import type { Log } from '../../../log.ts';
import { DestinationError } from '../../failures.ts';
import { getBounded } from '../http/get.ts';
import { answerFailure, networkFailure } from '../http/http-failure.ts';
import { isCurrentServer, type ProcessingServer, resolveServer, routeUrl } from '../http/server.ts';
import { parseStatusAnswer } from './status-answer.ts';
import { firstPoll, nextPoll, nextTask, type PollOutcome, type PollState } from './task-state.ts';
import { type TaskRecord, TaskStore, toTask } from './task-store.ts';

const pollMs = 10_000;
const answerBytes = 256 * 1024;
const mostPollsAtOnce = 4;

export interface TrackerOptions {
  readonly database: Database;
  readonly live: LiveBus;
  readonly log: Log;
  /** Read at each poll, so that changes apply at once. */
  settings(): Pick<Settings, 'statusEndpoint' | 'processingApiKey'>;
  /** The configured server or the embedded receiver; null while there is neither. */
  processingServer(): ProcessingServer | null;
  readonly clock?: Clock;
}

/** A task under watch. */
interface Watched {
  readonly taskId: string;
  poll: PollState;
  timer: unknown;
}

export class TaskTracker {
  readonly #options: TrackerOptions;
  readonly #store: TaskStore;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  readonly #watched = new Map<string, Watched>();
  /** Due, but four others are being asked. */
  readonly #due = new Set<string>();
  readonly #polls = new Set<Promise<void>>();
  readonly #endedListeners = new Set<(task: Task) => void>();

  constructor(options: TrackerOptions) {
    this.#options = options;
    this.#store = new TaskStore(options.database);
    this.#clock = options.clock ?? systemClock;
  }

  /** Takes up every task that has not ended. */
  start(): void {
    for (const task of this.#store.open()) this.watch(task.uploadId);
  }

  /** Follows the task of an upload that has just been completed. */
  watch(uploadId: string): void {
    const task = this.#store.get(uploadId);
    if (this.#closing.signal.aborted || task === undefined || task.endedAt !== null) return;
    this.#clock.clearTimeout(this.#watched.get(uploadId)?.timer);
    const watched: Watched = { taskId: task.id, poll: firstPoll, timer: undefined };
    this.#watched.set(uploadId, watched);
    this.#schedule(uploadId, watched);
  }

  /** Called when a task has ended, after that was announced. @returns ends it */
  onEnded(listener: (task: Task) => void): () => void {
    this.#endedListeners.add(listener);
    return () => this.#endedListeners.delete(listener);
  }

  /** Resolves when no poll is under way; open tasks go on with the next start. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const watched of this.#watched.values()) this.#clock.clearTimeout(watched.timer);
    this.#watched.clear();
    this.#due.clear();
    await Promise.all(this.#polls);
  }

  #schedule(uploadId: string, watched: Watched): void {
    watched.timer = this.#clock.setTimeout(() => {
      this.#due.add(uploadId);
      this.#pump();
    }, watched.poll.delayMs);
  }

  #pump(): void {
    for (const uploadId of this.#due) {
      if (this.#polls.size >= mostPollsAtOnce) return;
      this.#due.delete(uploadId);
      const watched = this.#watched.get(uploadId);
      if (watched === undefined) continue;
      const poll = this.#poll(uploadId, watched)
        .catch((error: unknown) => {
          this.#options.log.error({ err: error, uploadId }, 'task poll broke');
          if (this.#watched.get(uploadId) === watched) this.#schedule(uploadId, watched);
        })
        .finally(() => {
          this.#polls.delete(poll);
          this.#pump();
        });
      this.#polls.add(poll);
    }
  }

  async #poll(uploadId: string, watched: Watched): Promise<void> {
    const asked = this.#store.get(uploadId);
    if (asked === undefined || asked.id !== watched.taskId) {
      this.#forget(uploadId, watched);
      return;
    }
    const outcome = await this.#ask(asked);
    // Closed, or replaced by the task of a repeated upload, while the answer was on its way.
    if (this.#closing.signal.aborted || this.#watched.get(uploadId) !== watched) return;
    const after = nextTask(asked, watched.poll, outcome, this.#clock.now());
    const known = after === asked ? this.#store.get(uploadId) !== undefined : this.#store.update(after);
    if (!known) {
      this.#forget(uploadId, watched);
      return;
    }
    const moved = after.status !== asked.status || after.progress !== asked.progress;
    watched.poll = nextPoll(watched.poll, outcome, moved);
    // Before the announcement: a listener may watch a new task of this upload.
    if (after.endedAt === null) this.#schedule(uploadId, watched);
    else this.#forget(uploadId, watched);
    if (after !== asked) this.#announce(after);
  }

  async #ask(task: TaskRecord): Promise<PollOutcome> {
    const { settings, processingServer, log } = this.#options;
    const { statusEndpoint, processingApiKey } = settings();
    const current = processingServer();
    // The key belongs to the server that is set now, not to whoever gave this task.
    const apiKey = isCurrentServer(task.server, current) ? processingApiKey : null;
    try {
      const base = resolveServer(task.server, current);
      if (base === null) throw new StreamAIError('destination_unreachable', { reason: 'embedded' });
      const url = routeUrl(base, `${statusEndpoint.replace(/\/+$/, '')}/${encodeURIComponent(task.id)}`);
      const limits = { timeoutMs: pollMs, maxBytes: answerBytes, signal: this.#closing.signal };
      const answer = await getBounded(url, { apiKey, ...limits });
      if (answer.status === 404) return { type: 'missing' };
      const failure = answerFailure(answer, this.#clock.now(), apiKey) ?? answer.bodyProblem;
      if (failure !== null) throw failure;
      return { type: 'answer', answer: parseStatusAnswer(answer.text, task.id, base) };
    } catch (error) {
      const failure = networkFailure(error);
      if (!this.#closing.signal.aborted) log.warn({ err: error, uploadId: task.uploadId }, 'task poll failed');
      const retryAfterMs = failure instanceof DestinationError ? failure.retryAfterMs : null;
      return { type: 'problem', error: failure.info(), retryAfterMs };
    }
  }

  #forget(uploadId: string, watched: Watched): void {
    if (this.#watched.get(uploadId) === watched) this.#watched.delete(uploadId);
  }

  #announce(record: TaskRecord): void {
    const task = toTask(record);
    this.#options.live.publish('task_updated', task);
    if (record.endedAt !== null) for (const listener of this.#endedListeners) listener(task);
  }
}
