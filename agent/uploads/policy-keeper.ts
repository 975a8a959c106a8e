/** Keeps the pace of all uploads at what the policy says, as settings, OBS and time change. */
import type { ErrorInfo } from '../../shared/errors.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Clock } from '../clock.ts';
import type { OnAir } from '../obs/on-air.ts';
import type { Bandwidth } from './bandwidth.ts';
import { type BackOff, type BackOffEvent, nextBackOff, type Policy, policy, policyNotice } from './policy.ts';
import type { Throughput } from './throughput.ts';

export interface PolicyPorts {
  /** Gets its pace from here. */
  readonly bandwidth: Bandwidth;
  readonly clock: Clock;
  /** Asked at each `refresh`. */
  settings(): Pick<Settings, 'bandwidthLimit' | 'whileOnAir' | 'whileOnAirLimit'>;
  readonly onAir: Pick<OnAir, 'now' | 'onChange' | 'onLostFrames'>;
  readonly throughput: Pick<Throughput, 'speed' | 'needed'>;
}

export class PolicyKeeper {
  readonly #ports: PolicyPorts;
  readonly #listeners = new Set<() => void>();
  #backOff: BackOff | null = null;
  #timer: unknown;
  #policy: Policy = { pace: null, reason: null };

  constructor(ports: PolicyPorts) {
    this.#ports = ports;
    ports.onAir.onChange(() => this.refresh());
    ports.onAir.onLostFrames((dropped) => this.#lostFrames(dropped));
  }

  /** Calls the listener when what uploads may do, or the reason for it, has changed. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  start(): void {
    this.refresh();
  }

  /** Whether a new attempt may begin. */
  get mayStart(): boolean {
    return this.#policy.pace !== 0;
  }

  /** Why uploads do not go, or not at full speed. */
  get notice(): ErrorInfo | null {
    return policyNotice(this.#policy);
  }

  /** Works out anew what uploads may do. Called after a change of the settings, and when OBS goes on or off the air. */
  refresh(): void {
    const { settings, onAir, bandwidth } = this.#ports;
    if (!onAir.now) this.#step({ type: 'over' });
    const before = this.#policy;
    this.#policy = policy({ ...settings(), onAir: onAir.now, backOff: this.#backOff });
    bandwidth.pace = this.#policy.pace;
    if (before.pace === this.#policy.pace && before.reason === this.#policy.reason) return;
    for (const listener of this.#listeners) listener();
  }

  /** OBS lost frames while it was on air. @param dropped the stream's line dropped them, not a late encoder */
  #lostFrames(dropped: boolean): void {
    const { pace } = this.#policy;
    const speed = this.#ports.throughput.speed();
    const bitsPerSecond = speed === null || pace === null ? speed : Math.min(speed, pace);
    const needed = this.#ports.throughput.needed();
    this.#step({ type: 'lost_frames', at: this.#ports.clock.monotonic(), bitsPerSecond, needed, dropped });
    this.refresh();
  }

  close(): void {
    this.#ports.clock.clearTimeout(this.#timer);
  }

  #step(event: BackOffEvent): void {
    const { clock } = this.#ports;
    this.#backOff = nextBackOff(this.#backOff, event);
    clock.clearTimeout(this.#timer);
    if (this.#backOff === null) return;
    this.#timer = clock.setTimeout(
      () => {
        this.#step({ type: 'time', at: clock.monotonic() });
        this.refresh();
      },
      Math.max(this.#backOff.until - clock.monotonic(), 0),
    );
  }
}
