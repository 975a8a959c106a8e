/**
 * How many of OBS's events are let in. People, and OBS by itself, bring about a few in a second; thousands come only from an OBS gone
 * wrong, or from somebody in its place. What comes faster than anybody could act on is dropped unread. Once it is over, one line of
 * the log says how many there were, and OBS is asked how things stand, as after any time in which events were missed.
 */
import { type Clock, systemClock } from '../clock.ts';
import type { Log } from '../log.ts';

interface Pace {
  /** So many at once. */
  readonly burst: number;
  /** And so many more in each second. */
  readonly perSecond: number;
}
const usual: Pace = { burst: 100, perSecond: 20 };
const paces: Readonly<Record<string, Pace>> = {
  // Somebody plays with them, or a program switches them to the beat; each is only counted (session-tracker.ts).
  CurrentProgramSceneChanged: { burst: 1000, perSecond: 500 },
  // A split takes OBS a keyframe at least, mostly a second; each file makes its session's list longer.
  RecordFileChanged: { burst: 100, perSecond: 1 },
};

/** A flood is over when nothing came for so long; one that does not end is told of every minute. ms */
const quietMs = 1000;
const longestMs = 60_000;

interface Flood {
  /** Events that were dropped, or made no sense, by OBS's name for them. */
  readonly counts: Map<string, number>;
  /** ms since 1970; null: none was dropped. */
  droppedSince: number | null;
  /** Of the first one that made no sense. */
  reason: string | null;
  readonly began: number;
  last: number;
}

export interface EventGatePorts {
  readonly log: Pick<Log, 'warn'>;
  /** Called when events were dropped and no more come. @param since ms since 1970 */
  readonly onMissed: (since: number) => void;
  readonly clock?: Clock;
}

export class EventGate {
  readonly #ports: EventGatePorts;
  readonly #clock: Clock;
  readonly #left = new Map<string, { tokens: number; at: number }>();
  #flood: Flood | null = null;
  #timer: unknown;

  constructor(ports: EventGatePorts) {
    this.#ports = ports;
    this.#clock = ports.clock ?? systemClock;
  }

  /** Whether an event of this name is to be read; asked once for each, before anything else is done with it. */
  admits(name: string): boolean {
    const { burst, perSecond } = paces[name] ?? usual;
    const now = this.#clock.monotonic();
    const left = this.#left.get(name) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, left.tokens + ((now - left.at) / 1000) * perSecond);
    this.#left.set(name, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    if (tokens >= 1) return true;
    this.#note(name).droppedSince ??= this.#clock.now();
    return false;
  }

  /** One that was read makes no sense. */
  nonsense(name: string, reason: () => string): void {
    this.#note(name).reason ??= reason();
  }

  /** Nothing more comes; what was to be told is told. */
  close(): void {
    this.#tell();
  }

  #note(name: string): Flood {
    const now = this.#clock.monotonic();
    this.#flood ??= this.#begin(now);
    this.#flood.last = now;
    this.#flood.counts.set(name, (this.#flood.counts.get(name) ?? 0) + 1);
    return this.#flood;
  }

  #begin(now: number): Flood {
    this.#later();
    return { counts: new Map(), droppedSince: null, reason: null, began: now, last: now };
  }

  #later(): void {
    this.#timer = this.#clock.setTimeout(() => this.#look(), quietMs);
  }

  #look(): void {
    const now = this.#clock.monotonic();
    const flood = this.#flood;
    if (flood !== null && now - flood.last < quietMs && now - flood.began < longestMs) {
      this.#later();
      return;
    }
    const since = flood?.droppedSince ?? null;
    this.#tell();
    if (since !== null) this.#ports.onMissed(since);
  }

  #tell(): void {
    this.#clock.clearTimeout(this.#timer);
    const flood = this.#flood;
    this.#flood = null;
    if (flood === null) return;
    const events = Object.fromEntries(flood.counts);
    const count = [...flood.counts.values()].reduce((sum, each) => sum + each, 0);
    const dropped = flood.droppedSince !== null;
    this.#ports.log.warn(
      { count, events, ...(flood.reason !== null && { reason: flood.reason }) },
      dropped ? 'OBS sent more events than can be acted on: these were dropped' : 'OBS sent events that make no sense',
    );
  }
}
