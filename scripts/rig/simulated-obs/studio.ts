import { randomUUID } from 'node:crypto';
import type { Misbehaviour } from './misbehaviour.ts';
import type { Profile } from './profile.ts';
import { type JsonObject, RequestFailure, requestStatus, subscription } from './protocol.ts';
import { Recorder } from './recorder.ts';
import type { ObsTraits } from './versions.ts';

export interface StudioOptions {
  readonly traits: ObsTraits;
  readonly profile: Profile;
  readonly misbehaviour: Misbehaviour;
  /** Video bitrate in kbit/s. */
  kbps(): number;
  /** Times that OBS's clock goes faster than ours. */
  readonly timesFaster: number;
  readonly broadcast: (intent: number, type: string, data?: JsonObject) => void;
}

/** How long OBS's default transition takes; the new scene is announced at its end. */
const transitionMs = 300;
const firstProfile = 'Untitled';

/** The two hotkeys of each pair do nothing while the other one is held: obs-studio, libobs/obs-hotkey.c. */
const hotkeyPairs: Readonly<Record<string, string>> = {
  'OBSBasic.StartRecording': 'OBSBasic.StopRecording',
  'OBSBasic.StopRecording': 'OBSBasic.StartRecording',
  'OBSBasic.PauseRecording': 'OBSBasic.UnpauseRecording',
  'OBSBasic.UnpauseRecording': 'OBSBasic.PauseRecording',
};

/** One run of OBS, without its network side: scenes, profile, hotkeys, persistent data and the record output. */
export class Studio {
  readonly options: StudioOptions;
  readonly scenes: readonly { readonly name: string; readonly uuid: string }[];
  readonly persistentData = new Map<string, Buffer>();
  startedAt = Date.now();
  recorder: Recorder;
  #programScene = 'Scene A';
  #profileName = firstProfile;
  readonly #heldHotkeys = new Set<string>();
  #transition: NodeJS.Timeout | undefined;

  constructor(options: StudioOptions) {
    this.options = options;
    this.scenes = ['Scene B', 'Scene A'].map((name) => ({ name, uuid: randomUUID() }));
    this.recorder = new Recorder(options);
  }

  get programScene() {
    return this.scene(this.#programScene);
  }

  get profileName(): string {
    return this.#profileName;
  }

  /** @throws {RequestFailure} in OBS's words when there is no such scene */
  scene(name: string) {
    const scene = this.scenes.find((candidate) => candidate.name === name);
    if (scene) return scene;
    const where = this.options.traits.sceneUuids ? ' within the canvas `Main`' : '';
    throw new RequestFailure(requestStatus.resourceNotFound, `No source was found by the name of \`${name}\`${where}.`);
  }

  /** A scene as requests and events show it. */
  sceneFields(scene: { readonly name: string; readonly uuid: string }) {
    return { sceneName: scene.name, ...(this.options.traits.sceneUuids && { sceneUuid: scene.uuid }) };
  }

  switchScene(name: string): void {
    const scene = this.scene(name);
    if (name === this.#programScene) return;
    this.#programScene = name;
    clearTimeout(this.#transition);
    this.#transition = setTimeout(() => {
      this.options.broadcast(subscription.scenes, 'CurrentProgramSceneChanged', this.sceneFields(scene));
    }, transitionMs / this.options.timesFaster);
  }

  switchProfile(name: string): void {
    const { broadcast } = this.options;
    broadcast(subscription.config, 'CurrentProfileChanging', { profileName: this.#profileName });
    this.#profileName = name;
    broadcast(subscription.config, 'CurrentProfileChanged', { profileName: name });
  }

  get hotkeys(): readonly string[] {
    return Object.keys(this.#hotkeyActions);
  }

  pressHotkey(name: string): void {
    const action = this.#hotkeyActions[name];
    if (!action) throw new RequestFailure(requestStatus.resourceNotFound, 'No hotkeys were found by that name.');
    const other = hotkeyPairs[name];
    if (other && this.#heldHotkeys.has(other)) return;
    // A hotkey that has nothing to do does not count as held.
    if (action() && !this.options.traits.releasesHotkeys) this.#heldHotkeys.add(name);
  }

  /** Without a goodbye. */
  kill(): void {
    clearTimeout(this.#transition);
    this.recorder.kill();
  }

  /** Begins anew, with the same settings and scenes. */
  restart(): void {
    this.#heldHotkeys.clear();
    this.startedAt = Date.now();
    this.recorder = new Recorder(this.options);
  }

  /** What each hotkey does; false: nothing, as things are. */
  get #hotkeyActions(): Readonly<Record<string, () => boolean>> {
    const { recorder } = this;
    const when = (possible: boolean, action: () => void) => {
      if (possible) action();
      return possible;
    };
    return {
      'OBSBasic.StartRecording': () => when(!recorder.active, () => recorder.start()),
      'OBSBasic.StopRecording': () => when(recorder.active, () => recorder.stop()),
      'OBSBasic.PauseRecording': () => when(recorder.active && !recorder.paused, () => recorder.pause()),
      'OBSBasic.UnpauseRecording': () => when(recorder.paused, () => recorder.resume()),
      'OBSBasic.SplitFile': () => recorder.split(),
      ...(this.options.traits.splitsOnRequest && {
        'OBSBasic.AddChapterMarker': () => recorder.addChapter(undefined),
      }),
    };
  }
}
