/**
 * Whether OBS is on air (streams or records), and whether it loses frames meanwhile: what uploads must not get in the way of. A dialog of
 * OBS holds its events back for as long as nobody clicks it, so that it is asked as well.
 */
import { type Clock, systemClock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Asking } from './asking.ts';
import type { ObsEvent } from './events.ts';
import { readDroppedFrames, readFrameCounts, readStream } from './read-back.ts';

const lookEveryMs = 2000;
/** OBS has to say so often in a row what none of its events told: one may be on its way. */
const looksToBelieve = 2;
/** A connection that was lost may come back to the same stream: OBS counts as on air that long without it (ms). */
const graceMs = 15_000;

export interface OnAirPorts {
  readonly obs: Asking & { on(listener: (event: ObsEvent) => void): unknown };
  readonly log: Pick<Log, 'debug'>;
  /** Whether anything could get in OBS's way now; frames are counted only then. */
  readonly busy: () => boolean;
  readonly clock?: Clock;
}

/** Frames lost so far, by who counts them. */
type Counts = Readonly<Record<string, number>>;

export class OnAir {
  readonly #ports: OnAirPorts;
  readonly #changeListeners = new Set<() => void>();
  readonly #lostFramesListeners = new Set<(dropped: boolean) => void>();
  readonly #clock: Clock;
  #connected = false;
  #streaming = false;
  #recording = false;
  #timer: unknown;
  #grace: unknown;
  #counts: Counts | null = null;
  /** How often in a row OBS has said otherwise than its events. */
  #against = 0;

  constructor(ports: OnAirPorts) {
    this.#ports = ports;
    this.#clock = ports.clock ?? systemClock;
    ports.obs.on((event) => this.#hear(event));
  }

  /** Called when OBS begins or ends to be on air. */
  onChange(listener: () => void): void {
    this.#changeListeners.add(listener);
  }

  /**
   * Called when OBS lost frames since the last look: skipped while encoding or dropped by the disk, or (`dropped`) by the
   * stream's line.
   */
  onLostFrames(listener: (dropped: boolean) => void): void {
    this.#lostFramesListeners.add(listener);
  }

  /** Whether OBS is on air now. */
  get now(): boolean {
    return this.#streaming || this.#recording;
  }

  close(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#clock.clearTimeout(this.#grace);
    this.#timer = undefined;
  }

  #hear(event: ObsEvent): void {
    switch (event.type) {
      case 'connected':
        this.#clock.clearTimeout(this.#grace);
        this.#set({ streaming: event.readback.streaming, recording: event.readback.recording.active });
        this.#connected = true;
        this.#lookLater();
        return;
      case 'disconnected':
        this.#connected = false;
        this.#lookLater();
        this.#clock.clearTimeout(this.#grace);
        this.#grace = this.#clock.setTimeout(() => this.#set({ streaming: false, recording: false }), graceMs);
        return;
      case 'stream_state':
        this.#set({ streaming: event.active });
        return;
      case 'record_state':
        this.#set({ recording: event.state !== 'stopped' });
        return;
      case 'events_missed':
        void this.#askAgain();
        return;
      default:
        return;
    }
  }

  async #askAgain(): Promise<void> {
    const { log } = this.#ports;
    try {
      this.#set(await this.#read());
    } catch (error) {
      log.debug({ err: error }, 'OBS did not tell whether it is on air');
    }
  }

  #set({ streaming = this.#streaming, recording = this.#recording }): void {
    const before = this.now;
    this.#against = 0;
    this.#streaming = streaming;
    this.#recording = recording;
    if (this.now === before) return;
    this.#counts = null;
    this.#lookLater();
    for (const listener of this.#changeListeners) listener();
  }

  #lookLater(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#connected && !this.now) return;
    const timer = this.#clock.setTimeout(async () => {
      await this.#look();
      // Disconnected meanwhile, or connected anew.
      if (this.#timer === timer) this.#lookLater();
    }, lookEveryMs);
    this.#timer = timer;
  }

  async #look(): Promise<void> {
    const { busy, log } = this.#ports;
    // Where nothing is sent, and OBS is not on air, nothing hangs on it.
    if (!this.now && !busy()) return;
    try {
      await this.#compare();
      if (!this.now || !busy()) {
        // What is lost while nothing is sent is none of our doing.
        this.#counts = null;
        return;
      }
      const counts = await this.#count();
      const lost = this.#counts === null ? [] : lostSince(this.#counts, counts);
      this.#counts = counts;
      if (lost.length === 0 || !this.now) return;
      for (const listener of this.#lostFramesListeners) listener(lost.includes('stream'));
    } catch (error) {
      log.debug({ err: error }, 'OBS did not tell its frames');
    }
  }

  /** Asks OBS whether it is on air. */
  async #compare(): Promise<void> {
    const against = this.#against;
    const now = await this.#read();
    // An event came meanwhile.
    if (against !== this.#against) return;
    const differs = now.recording !== this.#recording || now.streaming !== this.#streaming;
    this.#against = differs ? against + 1 : 0;
    if (this.#against >= looksToBelieve) this.#set(now);
  }

  async #read(): Promise<{ recording: boolean; streaming: boolean }> {
    const { obs } = this.#ports;
    const recording = (await obs.ask('GetRecordStatus')).outputActive;
    return { recording, streaming: (await readStream(obs)).active };
  }

  async #count(): Promise<Counts> {
    const { obs } = this.#ports;
    const { skipped } = await readFrameCounts(obs);
    const stream = this.#streaming ? (await readStream(obs)).dropped : null;
    const record = this.#recording ? await readDroppedFrames(obs) : null;
    return { skipped, ...(stream !== null && { stream }), ...(record !== null && { record }) };
  }
}

/** Who counts more than before. A count that is new, or smaller than before, belongs to an output that began since. */
function lostSince(before: Counts, now: Counts): string[] {
  return Object.keys(now).filter((name) => (now[name] ?? 0) > (before[name] ?? Number.POSITIVE_INFINITY));
}
