/** Setup for the dock and REST: does what it is asked at once, or as soon as that OBS has been closed. */
import { type ErrorInfo, StreamAIError } from '../../../shared/errors.ts';
import type { SetupAction, SetupAnswer, SetupObs, SetupRequest, SetupView } from '../../../shared/setup.ts';
import type { Clock } from '../../clock.ts';
import type { Part } from '../../lifetime.ts';
import type { LiveEvents } from '../../live-events.ts';
import type { Log } from '../../log.ts';
import type { StateStore } from '../../storage/state-store.ts';
import type { FoundObs } from './installations.ts';
import { type LookOptions, lookAt } from './look.ts';
import { readPending, writePending } from './pending.ts';
import { setupId } from './record.ts';

export interface ObsSetupServiceOptions extends LookOptions {
  readonly find: () => Promise<readonly FoundObs[]>;
  readonly state: StateStore;
  readonly live: LiveEvents;
  readonly log: Log;
  readonly clock: Clock;
  /** Whether OBS streams or records: it is not about to be closed, and needs the machine. */
  readonly onAir: () => boolean;
  /** Somebody has decided: it needs not be asked again. */
  readonly onDecided: () => void;
}

/** How often is looked whether OBS has been closed, ms: on most systems, each look starts a program. */
const lookEveryMs = 5000;
/** While OBS streams or records. Another OBS than that one may be waited for, so that it is looked all the same. */
const lookOnAirEveryMs = 60_000;

export class ObsSetupService implements Part {
  readonly #options: ObsSetupServiceOptions;
  /** By the OBS's id. */
  readonly #pending: Map<string, SetupAction>;
  /**
   * Of every OBS that was found last, by its id: looking for them anew starts programs and reads many folders. null: not since the
   * start.
   */
  #roots: ReadonlyMap<string, string> | null = null;
  /** Monotonic, ms. */
  #lookedAt = Number.NEGATIVE_INFINITY;
  readonly #problems = new Map<string, ErrorInfo>();
  #timer: unknown;
  #closed = false;
  /** One after the other: two of them would write the same files. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: ObsSetupServiceOptions) {
    this.#options = options;
    this.#pending = readPending(options.state);
  }

  start(): void {
    this.#waitOn();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#options.clock.clearTimeout(this.#timer);
    await this.#work.catch(() => {});
  }

  async view(): Promise<SetupView> {
    const found = await this.#find();
    return { obs: await Promise.all(found.map((obs) => this.#look(obs))) };
  }

  /** @throws StreamAIError setup_obs_not_found | setup_obs_unknown, and where one OBS is named, why that one cannot be set up */
  request(request: SetupRequest): Promise<SetupAnswer> {
    return this.#inTurn(() => this.#request(request));
  }

  async #request({ obs: id, undo = false, dryRun = false, cancel = false }: SetupRequest): Promise<SetupAnswer> {
    const found = await this.#find();
    if (found.length === 0) throw new StreamAIError('setup_obs_not_found');
    const wanted = found.filter((obs) => id === undefined || setupId(obs.root) === id);
    if (wanted.length === 0) throw new StreamAIError('setup_obs_unknown');
    const done: SetupAnswer['done'] = [];
    for (const obs of wanted) {
      const action = undo ? 'undo' : 'setup';
      const changes = cancel
        ? this.#cancel(obs)
        : dryRun
          ? await this.#preview(obs, action)
          : await this.#do(obs, action, id !== undefined);
      if (changes.length > 0) done.push({ id: setupId(obs.root), changes: [...changes] });
    }
    if (!dryRun) this.#options.onDecided();
    this.#waitOn();
    return { ...(dryRun ? await this.view() : await this.#announce()), done };
  }

  #cancel(obs: FoundObs): ErrorInfo[] {
    this.#setPending(obs, null);
    return [];
  }

  async #preview(obs: FoundObs, action: SetupAction): Promise<readonly ErrorInfo[]> {
    const { setup } = this.#options;
    const look = await this.#look(obs);
    if (action === 'undo') return look.undo;
    return look.problem === null ? (await setup.plan(obs)).changes : [];
  }

  /** @param isNamed whether a problem is thrown, or shown at that OBS while the others go on */
  async #do(obs: FoundObs, action: SetupAction, isNamed: boolean): Promise<readonly ErrorInfo[]> {
    const { setup, log } = this.#options;
    this.#problems.delete(setupId(obs.root));
    try {
      const changes = await (action === 'undo' ? setup.undo(obs) : setup.apply(obs));
      this.#setPending(obs, null);
      if (changes.length > 0)
        log.info(
          { folder: obs.root, codes: changes.map(({ code }) => code) },
          'OBS was set up, or that was taken back',
        );
      return changes;
    } catch (error) {
      const problem = error instanceof StreamAIError ? error : new StreamAIError('internal', {}, { cause: error });
      this.#setPending(obs, problem.code === 'setup_obs_running' ? action : null);
      if (problem.code === 'setup_obs_running') return [];
      log.warn({ err: error, folder: obs.root }, 'OBS could not be set up');
      if (isNamed) throw problem;
      this.#problems.set(setupId(obs.root), problem.info());
      return [];
    }
  }

  async #look(obs: FoundObs): Promise<SetupObs> {
    const look = await lookAt(obs, this.#options);
    const problem = look.problem ?? this.#problems.get(look.id) ?? null;
    return { ...look, problem, pending: this.#pending.get(look.id) ?? null };
  }

  #setPending({ root }: FoundObs, action: SetupAction | null): void {
    const id = setupId(root);
    if ((this.#pending.get(id) ?? null) === action) return;
    if (action === null) this.#pending.delete(id);
    else this.#pending.set(id, action);
    writePending(this.#options.state, this.#pending);
  }

  #waitOn(): void {
    const { clock, log } = this.#options;
    clock.clearTimeout(this.#timer);
    if (this.#pending.size === 0 || this.#closed) return;
    this.#timer = clock.setTimeout(() => {
      this.#inTurn(() => this.#lookForClosed()).catch((error: unknown) => {
        log.error({ err: error }, 'looking whether OBS was closed failed');
        this.#waitOn();
      });
    }, lookEveryMs);
  }

  async #lookForClosed(): Promise<void> {
    const { clock, onAir } = this.#options;
    const isDue = !onAir() || clock.monotonic() - this.#lookedAt >= lookOnAirEveryMs;
    if (isDue && (await this.#isAnyClosed())) await this.#doPending();
    this.#waitOn();
  }

  async #isAnyClosed(): Promise<boolean> {
    const { clock, isRunning } = this.#options;
    this.#lookedAt = clock.monotonic();
    if (this.#roots === null) await this.#find();
    for (const id of this.#pending.keys()) {
      const root = this.#roots?.get(id);
      if (root !== undefined && !this.#closed && !(await isRunning(root))) return true;
    }
    return false;
  }

  /** Finds every OBS anew: while one ran, it may have got another version or profile. */
  async #doPending(): Promise<void> {
    let acted = false;
    for (const obs of await this.#find()) {
      const action = this.#pending.get(setupId(obs.root));
      if (action === undefined || this.#closed || (await this.#options.isRunning(obs.root))) continue;
      await this.#do(obs, action, false);
      acted = true;
    }
    if (acted) await this.#announce();
  }

  async #find(): Promise<readonly FoundObs[]> {
    const found = await this.#options.find();
    this.#roots = new Map(found.map(({ root }) => [setupId(root), root]));
    return found;
  }

  async #announce(): Promise<SetupView> {
    const view = await this.view();
    this.#options.live.publish('setup_updated', view);
    return view;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#work.then(work, work);
    this.#work = turn.catch(() => {});
    return turn;
  }
}
