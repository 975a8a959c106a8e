/** Whether a destination can be reached: what was seen last, by asking it or by sending to it. */
// Tests: destination-contract-fixture.ts
import type { DestinationStatus } from '../../../shared/domain.ts';
import type { LiveEvents } from '../../live-events.ts';

/** What was seen of whatever is at an address. */
export type Seen = Pick<DestinationStatus, 'address' | 'reachable' | 'problem'>;

export interface ReachabilityPorts {
  readonly live: LiveEvents;
  /** What is set up now, and where. */
  setUp(): Omit<DestinationStatus, 'reachable' | 'problem'>;
  /** Asks whether it is there. @returns null where there is nobody to ask; never throws */
  ask(signal: AbortSignal): Promise<Seen | null>;
}

export class Reachability {
  readonly #ports: ReachabilityPorts;
  readonly #closing = new AbortController();
  #seen: Seen = { address: null, reachable: null, problem: null };
  #checking: Promise<void> | null = null;

  constructor(ports: ReachabilityPorts) {
    this.#ports = ports;
  }

  status(): DestinationStatus {
    const setUp = this.#ports.setUp();
    // What was seen at one address says nothing about another.
    const { reachable, problem } =
      setUp.configured && this.#seen.address === setUp.address ? this.#seen : { reachable: null, problem: null };
    return { ...setUp, reachable, problem };
  }

  /** Notes what was seen, and announces the status where that changes it. */
  note(seen: Seen): void {
    const before = JSON.stringify(this.status());
    this.#seen = seen;
    const after = this.status();
    if (JSON.stringify(after) !== before) this.#ports.live.publish('destination_updated', after);
  }

  /** Asks and notes the answer; whoever comes while it is being asked shares that answer. */
  check(): Promise<void> {
    this.#checking ??= this.#ask().finally(() => {
      this.#checking = null;
    });
    return this.#checking;
  }

  /** Resolves when nothing is being asked; what comes of it is not noted any more. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#checking;
  }

  async #ask(): Promise<void> {
    const { signal } = this.#closing;
    const seen = await this.#ports.ask(signal);
    if (seen !== null && !signal.aborted) this.note(seen);
  }
}
