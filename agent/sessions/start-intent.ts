/**
 * Who is about to start a recording, and under which name: told before StartRecord, needed when OBS reports STARTED.
 * Kept in the database, so that a kill between the two neither loses the name nor leaves OBS's file name format changed.
 */
import * as z from 'zod';
import { prioritySchema, startedBySchema, subtitleModelSchema } from '../../shared/domain.ts';
import type { Clock } from '../clock.ts';
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

/** What became of an intent. */
export interface Announced {
  taken: boolean;
}

const stateName = 'startIntent';
/** A start that OBS has not confirmed by then is not coming any more (ms). */
const intentLifeMs = 12_000;

export class StartIntents {
  readonly #state: StateStore;
  readonly #naming: FileNaming;
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  /** When this run of the agent announced it, on the monotonic clock; null: an earlier one did. */
  #announcedAt: number | null = null;
  readonly #lifeMs: number;
  /** The newest that was announced, and whether OBS's start took it. */
  #newest: Announced = { taken: false };
  #timer: NodeJS.Timeout | null = null;

  /** @param lifeMs how long a start may take until OBS confirms it; default: 12 s */
  constructor(state: StateStore, naming: FileNaming, clock: Pick<Clock, 'now' | 'monotonic'>, lifeMs = intentLifeMs) {
    this.#state = state;
    this.#naming = naming;
    this.#clock = clock;
    this.#lifeMs = lifeMs;
  }

  /**
   * Remembers the intent and prepares OBS's file name. A name that OBS cannot be given still names the session.
   * @returns at once: tells from then on whether OBS's start took it, and when OBS's file name is prepared
   */
  announce(intent: Omit<StartIntent, 'at'>): Announced & { readonly prepared: Promise<void> } {
    this.#state.set(stateName, { ...intent, at: this.#clock.now() } satisfies StartIntent);
    this.#announcedAt = this.#clock.monotonic();
    this.#expireLater();
    const announced = { taken: false, prepared: Promise.resolve() };
    this.#newest = announced;
    if (intent.name !== null) announced.prepared = this.#naming.apply(intent.name);
    return announced;
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
    this.#newest.taken = intent !== undefined;
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
    if (intent === undefined) return undefined;
    const since =
      this.#announcedAt === null ? this.#clock.now() - intent.at : this.#clock.monotonic() - this.#announcedAt;
    return since >= 0 && since < this.#lifeMs ? intent : undefined;
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
