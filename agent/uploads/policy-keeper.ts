/** Keeps the pace of all uploads at what the policy says, as settings, OBS and time change. */
import type { ErrorInfo } from '../../shared/errors.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Clock } from '../clock.ts';
import type { Bandwidth } from './bandwidth.ts';
import { type BackOff, type BackOffEvent, nextBackOff, type Policy, policy, policyNotice } from './policy.ts';

export interface PolicyPorts {
  readonly bandwidth: Bandwidth;
  readonly clock: Clock;
  settings(): Pick<Settings, 'bandwidthLimit' | 'whileLive' | 'whileLiveLimit'>;
  /** Whether OBS streams or records. */
  live(): boolean;
  /** How fast uploads go now, bits per second; null: nothing is sent, or it is too early to tell. */
  speed(): number | null;
  /** What recordings that are sent while they grow need to keep up, bits per second. */
  needed(): number;
  /** What uploads may do, or the reason for it, changed. */
  onChange(): void;
}

export class PolicyKeeper {
  readonly #ports: PolicyPorts;
  #backOff: BackOff | null = null;
  #timer: unknown;
  #policy: Policy = { pace: null, reason: null };

  constructor(ports: PolicyPorts) {
    this.#ports = ports;
  }

  /** Whether a new attempt may begin. */
  get mayStart(): boolean {
    return this.#policy.pace !== 0;
  }

  /** Why uploads do not go, or not at full speed. */
  get notice(): ErrorInfo | null {
    return policyNotice(this.#policy);
  }

  /** Settings changed, or OBS began or ended to be live. */
  refresh(): void {
    if (!this.#ports.live()) this.#step({ type: 'over' });
    const { settings, live, bandwidth, onChange } = this.#ports;
    const before = this.#policy;
    this.#policy = policy({ ...settings(), live: live(), backOff: this.#backOff });
    bandwidth.pace = this.#policy.pace;
    if (before.pace !== this.#policy.pace || before.reason !== this.#policy.reason) onChange();
  }

  /** OBS lost frames while it was live. @param dropped by the line, and not by a late encoder */
  lostFrames(dropped: boolean): void {
    const { pace } = this.#policy;
    const speed = this.#ports.speed();
    const bitsPerSecond = speed === null || pace === null ? speed : Math.min(speed, pace);
    const needed = this.#ports.needed();
    this.#step({ type: 'lost_frames', at: this.#ports.clock.now(), bitsPerSecond, needed, dropped });
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
        this.#step({ type: 'time', at: clock.now() });
        this.refresh();
      },
      Math.max(this.#backOff.until - clock.now(), 0),
    );
  }
}
