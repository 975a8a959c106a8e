import type { SetupAnswer, SetupRequest, SetupView } from '../../../shared/setup.ts';
import type { Part } from '../../lifetime.ts';
import type { StateStore } from '../../storage/state-store.ts';
import { readPending } from './pending.ts';
import type { ObsSetupService } from './setup-service.ts';

/** Setup inside the agent. Its code is loaded when somebody asks for it, or still waits for OBS to be closed: on most days, nobody. */
export class LaterSetup implements Part {
  readonly #state: StateStore;
  readonly #load: () => Promise<ObsSetupService>;
  #service: Promise<ObsSetupService> | null = null;

  constructor(state: StateStore, load: () => Promise<ObsSetupService>) {
    this.#state = state;
    this.#load = load;
  }

  start(): void {
    if (readPending(this.#state).size > 0) void this.#started();
  }

  async close(): Promise<void> {
    await (await this.#service)?.close();
  }

  async view(): Promise<SetupView> {
    return (await this.#started()).view();
  }

  /** @throws as `ObsSetupService.request` */
  async request(request: SetupRequest): Promise<SetupAnswer> {
    return (await this.#started()).request(request);
  }

  #started(): Promise<ObsSetupService> {
    this.#service ??= this.#load().then((service) => {
      service.start();
      return service;
    });
    return this.#service;
  }
}
