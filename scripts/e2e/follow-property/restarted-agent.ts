/** An agent that is started again whenever it ends, with its clock as it was set. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { AgentProcess } from '../../rig/agent-process.ts';
import type { AgentFault } from '../agent-fault-fixture.ts';

export class RestartedAgent {
  /** How often it has ended. */
  kills = 0;
  readonly #agent: AgentProcess;
  /** How long it is away the next time, ms. */
  #downMs = 0;
  #clockMs = 0;
  #up: Promise<void> = Promise.resolve();
  #disposed = false;

  /** @param agent it runs, and has preloaded ../preload-clock-fixture.ts and ../preload-fault-fixture.ts */
  constructor(agent: AgentProcess) {
    this.#agent = agent;
    this.#watch();
  }

  /** Resolves once it runs. */
  get up(): Promise<void> {
    return this.#up;
  }

  async kill(downMs: number): Promise<void> {
    this.#downMs = downMs;
    await this.#up;
    process.kill(this.#agent.pid, 'SIGKILL');
  }

  /** It is to end at a write of its journal; null: no longer. */
  async arm(fault: AgentFault | null, downMs = 0): Promise<void> {
    await this.#up;
    this.#downMs = downMs;
    await this.#tell({ fault });
  }

  /** Sets its time of day off by so much, ms. */
  async setClock(ms: number): Promise<void> {
    if (this.#clockMs === ms) return;
    this.#clockMs = ms;
    await this.#up;
    // When it is killed meanwhile, it begins with this.
    await this.#tell({ clockMs: ms });
  }

  /** What it answers once it runs; null when it is killed meanwhile or refuses. */
  async tried<T>(work: () => Promise<T>): Promise<T | null> {
    await this.#up;
    return work().catch(() => null);
  }

  /** It is not started again. Resolves when nothing of it is under way. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    await this.#up.catch(() => {});
  }

  /** It may be killed before it answers. */
  async #tell(message: object): Promise<void> {
    const { child } = this.#agent;
    const told = new AbortController();
    const gone = once(child, 'exit', { signal: told.signal }).catch(() => {});
    await Promise.race([this.#agent.ask(message).catch(() => {}), gone]);
    told.abort();
  }

  #watch(): void {
    this.#agent.child.once('exit', () => {
      if (this.#disposed) return;
      this.kills += 1;
      this.#up = delay(this.#downMs)
        .then(() => this.#agent.start({ STREAMAI_TEST_CLOCK: String(this.#clockMs) }))
        .then(() => this.#watch());
      this.#up.catch(() => {}); // whoever waits for it is told
    });
  }
}
