/** Whether OBS is on air (streams or records), and whether it loses frames meanwhile: what uploads must not get in the way of. */
import { type Clock, systemClock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Asking } from './asking.ts';
import type { ObsEvent } from './events.ts';
import { readDroppedFrames, readFrameCounts, readStream } from './read-back.ts';

const lookEveryMs = 2000;
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
  #streaming = false;
  #recording = false;
  #timer: unknown;
  #grace: unknown;
  #counts: Counts | null = null;

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
  }

  #hear(event: ObsEvent): void {
    switch (event.type) {
      case 'connected':
        this.#clock.clearTimeout(this.#grace);
        this.#set({ streaming: event.readback.streaming, recording: event.readback.recording.active });
        return;
      case 'disconnected':
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
    const { obs, log } = this.#ports;
    try {
      const recording = (await obs.ask('GetRecordStatus')).outputActive;
      this.#set({ recording, streaming: (await readStream(obs)).active });
    } catch (error) {
      log.debug({ err: error }, 'OBS did not tell whether it is on air');
    }
  }

  #set({ streaming = this.#streaming, recording = this.#recording }): void {
    const before = this.now;
    this.#streaming = streaming;
    this.#recording = recording;
    if (this.now === before) return;
    this.#clock.clearTimeout(this.#timer);
    this.#counts = null;
    if (this.now) this.#lookLater();
    for (const listener of this.#changeListeners) listener();
  }

  #lookLater(): void {
    this.#timer = this.#clock.setTimeout(async () => {
      await this.#look();
      if (this.now) this.#lookLater();
    }, lookEveryMs);
  }

  async #look(): Promise<void> {
    const { busy, log } = this.#ports;
    if (!busy()) {
      // What is lost while nothing is sent is none of our doing.
      this.#counts = null;
      return;
    }
    try {
      const counts = await this.#count();
      const lost = this.#counts === null ? [] : lostSince(this.#counts, counts);
      this.#counts = counts;
      if (lost.length === 0 || !this.now) return;
      for (const listener of this.#lostFramesListeners) listener(lost.includes('stream'));
    } catch (error) {
      log.debug({ err: error }, 'OBS did not tell its frames');
    }
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
