/** Which scene and profile OBS has now: what `{scene}` and `{profile}` in templates stand for. The last known stay while OBS is away. */
import type { ObsConnection } from './connection.ts';

export interface ScenePlace {
  readonly scene: string;
  readonly profile: string;
}

export class SceneWatch {
  readonly #obs: Pick<ObsConnection, 'ask' | 'on'>;
  readonly #listeners = new Set<() => void>();
  #now: ScenePlace = { scene: '', profile: '' };

  constructor(obs: Pick<ObsConnection, 'ask' | 'on'>) {
    this.#obs = obs;
    obs.on((event) => {
      if (event.type === 'connected') this.#note({ scene: event.readback.scene, profile: event.readback.profile });
      if (event.type === 'scene_changed') this.#note({ scene: event.scene });
      if (event.type === 'profile_changed') this.#note({ profile: event.profile });
      // OBS sends no event for the scene that the new collection begins with.
      if (event.type === 'scene_collection_changed') void this.#askScene();
    });
  }

  /** Called when OBS shows another scene or has another profile. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Empty where OBS has not said. */
  get now(): ScenePlace {
    return this.#now;
  }

  #note(news: { readonly scene?: string | null; readonly profile?: string | null }): void {
    const before = this.#now;
    this.#now = { scene: news.scene ?? before.scene, profile: news.profile ?? before.profile };
    if (this.#now.scene === before.scene && this.#now.profile === before.profile) return;
    for (const listener of this.#listeners) listener();
  }

  async #askScene(): Promise<void> {
    const answer = await this.#obs.ask('GetCurrentProgramScene').catch(() => null);
    if (answer) this.#note({ scene: answer.currentProgramSceneName });
  }
}
