/** Where every part announces what changed, and where every client of the live channel listens. */
import type { Session } from '../shared/domain.ts';
import type { LiveEvent, LiveEventType } from '../shared/live.ts';

/** What is announced: the live events, but sessions always whole. Clients are told what changed of one (http/session-updates.ts). */
export type Announcement =
  | Exclude<LiveEvent, { type: 'session_updated' }>
  | { type: 'session_updated'; timestamp: string; data: Session };
/** The data of one type of announcement. */
export type AnnouncementData<T extends LiveEventType> = Extract<Announcement, { type: T }>['data'];
export type LiveListener = (event: Announcement) => void;

const atOnce = (announce: () => void): void => announce();

export class LiveEvents {
  readonly #listeners = new Set<LiveListener>();
  readonly #now: () => number;
  readonly #when: (announce: () => void) => void;

  /**
   * @param now ms since 1970
   * @param when calls its argument when an event may be heard. The agent passes `afterCommit` of its database: nobody hears of
   *   what is not in there
   */
  constructor(now: () => number = Date.now, when: (announce: () => void) => void = atOnce) {
    this.#now = now;
    this.#when = when;
  }

  /** Announces one event to all listeners. They hear events in the order in which these were published. */
  publish<T extends LiveEventType>(type: T, data: AnnouncementData<T>): void {
    const event = { type, timestamp: new Date(this.#now()).toISOString(), data } as Announcement;
    this.#when(() => {
      for (const listener of this.#listeners) listener(event);
    });
  }

  /** Calls the listener with each event from now on. @returns ends the subscription */
  subscribe(listener: LiveListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
