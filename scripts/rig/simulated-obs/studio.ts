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
const firstCollection = 'Untitled';

interface Scene {
  readonly name: string;
  readonly uuid: string;
}
const newScene = (name: string): Scene => ({ name, uuid: randomUUID() });

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
  readonly #collections = new Map<string, Scene[]>();
  #collectionName = firstCollection;
  readonly persistentData = new Map<string, Buffer>();
  startedAt = Date.now();
  recorder: Recorder;
  #programScene = 'Scene A';
  #profileName = firstProfile;
  readonly #heldHotkeys = new Set<string>();
  #transition: NodeJS.Timeout | undefined;

  constructor(options: StudioOptions) {
    this.options = options;
    this.#collections.set(firstCollection, ['Scene B', 'Scene A'].map(newScene));
    this.recorder = new Recorder(options);
  }

  /** Of the present collection. */
  get scenes(): readonly Scene[] {
    return this.#collections.get(this.#collectionName) ?? [];
  }

  get collectionName(): string {
    return this.#collectionName;
  }

  get collectionNames(): string[] {
    return [...this.#collections.keys()];
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
  sceneFields(scene: Scene) {
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

  renameScene(from: string, to: string): void {
    const scene = this.scene(from);
    this.#setScenes(this.scenes.map((each) => (each === scene ? { ...each, name: to } : each)));
    if (this.#programScene === from) this.#programScene = to;
    this.#broadcastScene('SceneNameChanged', { oldSceneName: from, ...this.sceneFields({ ...scene, name: to }) });
  }

  createScene(name: string): Scene {
    const scene = newScene(name);
    this.#setScenes([scene, ...this.scenes]);
    this.#broadcastScene('SceneCreated', { isGroup: false, ...this.sceneFields(scene) });
    this.#broadcastList();
    return scene;
  }

  /** Of the one that is shown OBS goes to another. */
  removeScene(name: string): void {
    const scene = this.scene(name);
    this.#setScenes(this.scenes.filter((each) => each !== scene));
    this.#broadcastScene('SceneRemoved', { isGroup: false, ...this.sceneFields(scene) });
    if (name === this.#programScene) this.switchScene(this.scenes[0]?.name ?? '');
    this.#broadcastList();
  }

  /** The first scene of a collection is shown without an event that says so. */
  switchCollection(name: string): void {
    const { broadcast } = this.options;
    broadcast(subscription.config, 'CurrentSceneCollectionChanging', { sceneCollectionName: this.#collectionName });
    const isNew = !this.#collections.has(name);
    if (isNew) this.#collections.set(name, [newScene('Scene')]);
    this.#collectionName = name;
    clearTimeout(this.#transition);
    this.#programScene = this.scenes[0]?.name ?? '';
    if (isNew) broadcast(subscription.config, 'SceneCollectionListChanged', { sceneCollections: this.collectionNames });
    broadcast(subscription.config, 'CurrentSceneCollectionChanged', { sceneCollectionName: name });
  }

  #setScenes(scenes: Scene[]): void {
    this.#collections.set(this.#collectionName, scenes);
  }

  #broadcastScene(type: string, data: JsonObject): void {
    this.options.broadcast(subscription.scenes, type, data);
  }

  #broadcastList(): void {
    const scenes = this.scenes.map((scene, sceneIndex) => ({ sceneIndex, ...this.sceneFields(scene) }));
    this.#broadcastScene('SceneListChanged', { scenes });
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
