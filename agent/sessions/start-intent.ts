/**
 * Who is about to start a recording, and under which name: told before StartRecord, needed when OBS reports STARTED.
 * Kept in the database, so that a kill between the two neither loses the name nor leaves OBS's file name format changed.
 */
import * as z from 'zod';
import { prioritySchema, startedBySchema, subtitleModelSchema } from '../../shared/domain.ts';
import type { FileNaming } from '../obs/file-naming.ts';
import type { StateStore } from '../storage/state-store.ts';

const intentSchema = z.object({
  by: startedBySchema,
  /** The unique name that was given to OBS, or null for one from the template. */
  name: z.string().nullable(),
  autoUpload: z.boolean().optional(),
  subtitleModel: subtitleModelSchema.optional(),
  priority: prioritySchema.optional(),
  at: z.number(),
});
export type StartIntent = z.infer<typeof intentSchema>;

const stateName = 'startIntent';
/** A start that OBS has not confirmed by then is not coming any more (ms). */
const intentLifeMs = 12_000;

export class StartIntents {
  readonly #state: StateStore;
  readonly #naming: FileNaming;
  readonly #now: () => number;
  readonly #lifeMs: number;
  #timer: NodeJS.Timeout | null = null;

  /** @param now ms since 1970. @param lifeMs how long a start may take until OBS confirms it; default: 12 s */
  constructor(state: StateStore, naming: FileNaming, now: () => number, lifeMs = intentLifeMs) {
    this.#state = state;
    this.#naming = naming;
    this.#now = now;
    this.#lifeMs = lifeMs;
  }

  /** Remembers the intent and prepares OBS's file name. A name that OBS cannot be given still names the session. */
  async announce(intent: Omit<StartIntent, 'at'>): Promise<void> {
    this.#state.set(stateName, { ...intent, at: this.#now() } satisfies StartIntent);
    this.#expireLater();
    if (intent.name !== null) await this.#naming.apply(intent.name);
  }

  /**
   * After a connect: a start that is still under way keeps its file name for the rest of its time; a file name that is left of any
   * other is taken back, also one that an agent left that was killed.
   */
  async tidyUp(): Promise<void> {
    if (this.#fresh() === undefined) await this.#naming.restore();
    else this.#expireLater();
  }

  /** OBS has started: the intent that fits, once. */
  take(): StartIntent | undefined {
    const intent = this.#fresh();
    this.#forget();
    return intent;
  }

  /** The start did not happen. */
  async cancel(): Promise<void> {
    this.#forget();
    await this.#naming.restore();
  }

  /** OBS must not keep the name of a recording that never came. */
  async close(): Promise<void> {
    await this.cancel();
  }

  #fresh(): StartIntent | undefined {
    const intent = this.#state.get(stateName, intentSchema);
    const age = intent && this.#now() - intent.at;
    return age !== undefined && age >= 0 && age < this.#lifeMs ? intent : undefined;
  }

  #forget(): void {
    this.#stopTimer();
    this.#state.delete(stateName);
  }

  #stopTimer(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #expireLater(): void {
    this.#stopTimer();
    this.#timer = setTimeout(() => void this.cancel(), this.#lifeMs);
    this.#timer.unref();
  }
}
