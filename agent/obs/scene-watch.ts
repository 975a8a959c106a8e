/**
 * Which scene, scene collection and profile OBS has now: what `{scene}` and `{profile}` in templates stand for. The last known
 * stay while OBS is away.
 *
 * OBS tells a switch of scenes. It does not tell which scene is shown once the collection changed, and of a profile or a collection
 * that is renamed only that the list changed: after each event that may have ended what was known, OBS is asked.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { OBSWebSocketError } from 'obs-websocket-js/json';
import type { ObsConnection } from './connection.ts';
import type { ObsEvent } from './events.ts';

export interface ScenePlace {
  /** Each is empty where OBS has not said. */
  readonly scene: string;
  readonly profile: string;
  readonly sceneCollection: string;
}
type Fact = keyof ScenePlace;

/** RequestStatus::NotReady */
const notReady = 207;
const askAgainMs = 300;

export class SceneWatch {
  readonly #obs: Pick<ObsConnection, 'ask' | 'on'>;
  readonly #listeners = new Set<(now: ScenePlace) => void>();
  #now: ScenePlace = { scene: '', profile: '', sceneCollection: '' };
  /** Counts what was heard of each fact: an answer to a question from before the last event is void. */
  readonly #heard: Record<Fact, number> = { scene: 0, profile: 0, sceneCollection: 0 };
  /** What OBS is being asked for, and what it is to be asked for once more. */
  readonly #asking = new Set<Fact>();
  readonly #due = new Set<Fact>();

  constructor(obs: Pick<ObsConnection, 'ask' | 'on'>) {
    this.#obs = obs;
    obs.on((event) => this.#hear(event));
  }

  /** Called when OBS shows another scene, or has another profile or scene collection, or one of them another name. */
  onChange(listener: (now: ScenePlace) => void): void {
    this.#listeners.add(listener);
  }

  get now(): ScenePlace {
    return this.#now;
  }

  #hear(event: ObsEvent): void {
    switch (event.type) {
      case 'connected': {
        const { scene, profile } = event.readback;
        this.#note({ ...(scene === null ? {} : { scene }), ...(profile === null ? {} : { profile }) });
        void this.#askSceneCollection();
        return;
      }
      case 'scene_changed':
        this.#note({ scene: event.scene });
        return;
      case 'scene_renamed':
        if (event.from === this.#now.scene) this.#note({ scene: event.to });
        return;
      case 'scenes_changed':
        return void this.#askScene();
      case 'profile_changed':
        this.#note({ profile: event.profile });
        return;
      case 'profiles_changed':
        return void this.#askProfile();
      case 'scene_collection_changed':
        this.#note({ sceneCollection: event.sceneCollection });
        return void this.#askScene();
      case 'scene_collections_changed':
        return void this.#askSceneCollection();
      case 'events_missed':
        void this.#askScene();
        void this.#askProfile();
        void this.#askSceneCollection();
        return;
      default:
        return;
    }
  }

  #note(news: Partial<ScenePlace>): void {
    const before = this.#now;
    for (const fact of Object.keys(news) as Fact[]) this.#heard[fact] += 1;
    this.#now = { ...before, ...news };
    if ((Object.keys(before) as Fact[]).every((fact) => before[fact] === this.#now[fact])) return;
    for (const listener of this.#listeners) listener(this.#now);
  }

  /**
   * Where OBS declines, nothing is known any more; while it is not ready yet, it is asked again. Asked for again meanwhile,
   * OBS is asked once more for all of these.
   */
  async #ask(fact: Fact, question: () => Promise<string>): Promise<void> {
    this.#due.add(fact);
    if (this.#asking.has(fact)) return;
    this.#asking.add(fact);
    while (this.#due.delete(fact)) {
      const heard = ++this.#heard[fact];
      const isCurrent = (): boolean => heard === this.#heard[fact] && !this.#due.has(fact);
      for (let answered = false; !answered && isCurrent(); ) {
        try {
          const answer = await question();
          answered = true;
          if (isCurrent()) this.#note({ [fact]: answer });
        } catch (error) {
          answered = !isNotReady(error);
          // It declined. Where it is only away, the last known stays.
          if (answered && error instanceof OBSWebSocketError && isCurrent()) this.#note({ [fact]: '' });
          else if (isCurrent()) await delay(askAgainMs, undefined, { ref: false });
        }
      }
    }
    this.#asking.delete(fact);
  }

  #askScene(): Promise<void> {
    return this.#ask('scene', async () => (await this.#obs.ask('GetCurrentProgramScene')).currentProgramSceneName);
  }

  #askProfile(): Promise<void> {
    return this.#ask('profile', async () => (await this.#obs.ask('GetProfileList')).currentProfileName);
  }

  #askSceneCollection(): Promise<void> {
    return this.#ask('sceneCollection', async () => {
      return (await this.#obs.ask('GetSceneCollectionList')).currentSceneCollectionName;
    });
  }
}

/** OBS accepts a change of scene collection long before it answers anything again (protocol.md, NotReady). */
const isNotReady = (error: unknown): boolean => error instanceof OBSWebSocketError && error.code === notReady;
