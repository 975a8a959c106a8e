import { OBSWebSocketError } from 'obs-websocket-js/json';
import { describe, expect, test } from 'vitest';
import type { ObsEvent } from './events.ts';
import { type ScenePlace, SceneWatch } from './scene-watch.ts';

interface World {
  readonly watch: SceneWatch;
  /** What listeners were told. */
  readonly heard: ScenePlace[];
  hear(event: ObsEvent): void;
  /** OBS answers the oldest open question to that request; an error: it refuses. */
  answer(request: string, name: string | Error): Promise<void>;
  /** Requests that are not answered yet. */
  open(): string[];
}

const answers: Readonly<Record<string, string>> = {
  GetCurrentProgramScene: 'currentProgramSceneName',
  GetProfileList: 'currentProfileName',
  GetSceneCollectionList: 'currentSceneCollectionName',
};

function world(): World {
  let hear: (event: ObsEvent) => void = () => undefined;
  const asked: { request: string; resolve: (answer: object) => void; reject: (error: Error) => void }[] = [];
  const watch = new SceneWatch({
    on: (listener) => {
      hear = listener;
      return () => undefined;
    },
    ask: (request) =>
      new Promise<never>((resolve, reject) => {
        asked.push({ request, resolve: resolve as (answer: object) => void, reject });
      }),
  });
  const heard: ScenePlace[] = [];
  watch.onChange((now) => heard.push(now));
  return {
    watch,
    heard,
    hear: (event) => hear(event),
    async answer(request, name) {
      const index = asked.findIndex((each) => each.request === request);
      const [question] = asked.splice(index, 1);
      if (name instanceof Error) question?.reject(name);
      else question?.resolve({ [answers[request] ?? '']: name });
      await new Promise((resolve) => setImmediate(resolve));
    },
    open: () => asked.map(({ request }) => request),
  };
}

/** OBS shows Scene A. */
function shown(): World {
  const all = world();
  all.hear({ type: 'scene_changed', scene: 'Scene A' });
  all.hear({ type: 'profile_changed', profile: 'Untitled' });
  all.heard.length = 0;
  return all;
}

test('a scene that is renamed has its new name, if it is the one that is shown', () => {
  const { watch, hear, heard } = shown();
  hear({ type: 'scene_renamed', from: 'Scene B', to: 'Other' });
  expect(heard).toEqual([]);
  hear({ type: 'scene_renamed', from: 'Scene A', to: 'Main' });
  expect(watch.now.scene).toBe('Main');
  expect(heard).toHaveLength(1);
});

describe('OBS is asked after each event that may have ended what was known', () => {
  test.each<[ObsEvent, request: string, fact: keyof ScenePlace]>([
    [{ type: 'scenes_changed' }, 'GetCurrentProgramScene', 'scene'],
    [{ type: 'scene_collection_changed', sceneCollection: 'Other' }, 'GetCurrentProgramScene', 'scene'],
    [{ type: 'profiles_changed' }, 'GetProfileList', 'profile'],
    [{ type: 'scene_collections_changed' }, 'GetSceneCollectionList', 'sceneCollection'],
  ])('%j', async (event, request, fact) => {
    const { watch, hear, answer, open } = shown();
    hear(event);
    expect(open()).toEqual([request]);
    await answer(request, 'New');
    expect(watch.now[fact]).toBe('New');
  });

  test('an answer to a question from before the last event is void', async () => {
    const { watch, hear, answer } = shown();
    hear({ type: 'scenes_changed' });
    hear({ type: 'scene_changed', scene: 'Scene B' });
    await answer('GetCurrentProgramScene', 'Scene A');
    expect(watch.now.scene).toBe('Scene B');
    hear({ type: 'scenes_changed' });
    hear({ type: 'scenes_changed' });
    await answer('GetCurrentProgramScene', 'Older');
    expect(watch.now.scene).toBe('Scene B');
    await answer('GetCurrentProgramScene', 'Newer');
    expect(watch.now.scene).toBe('Newer');
  });

  test('asked for again and again meanwhile, it is asked once more', async () => {
    const { watch, hear, answer, open } = shown();
    for (let number = 0; number < 100; number++) hear({ type: 'scenes_changed' });
    expect(open()).toEqual(['GetCurrentProgramScene']);
    await answer('GetCurrentProgramScene', 'Older');
    expect(open()).toEqual(['GetCurrentProgramScene']);
    await answer('GetCurrentProgramScene', 'Newest');
    expect(open()).toEqual([]);
    expect(watch.now.scene).toBe('Newest');
  });

  test('after events were missed, for everything', () => {
    const { hear, open } = shown();
    hear({ type: 'events_missed', since: 0 });
    expect(open().sort()).toEqual(['GetCurrentProgramScene', 'GetProfileList', 'GetSceneCollectionList']);
  });

  test('what OBS does not answer is not known any more', async () => {
    const { watch, hear, answer } = shown();
    hear({ type: 'scene_collection_changed', sceneCollection: 'Other' });
    await answer('GetCurrentProgramScene', new OBSWebSocketError(600, 'no such scene'));
    expect(watch.now).toEqual({ scene: '', profile: 'Untitled', sceneCollection: 'Other' });
  });

  test('an OBS that is not ready yet, in the middle of its change, is asked again', async () => {
    const { watch, hear, answer, open } = shown();
    hear({ type: 'scene_collection_changed', sceneCollection: 'Other' });
    for (let tries = 0; tries < 2; tries++) {
      await expect.poll(open).toEqual(['GetCurrentProgramScene']);
      await answer('GetCurrentProgramScene', new OBSWebSocketError(207, 'OBS is not ready to perform the request.'));
    }
    await expect.poll(open).toEqual(['GetCurrentProgramScene']);
    expect(watch.now.scene).toBe('Scene A');
    await answer('GetCurrentProgramScene', 'New');
    expect(watch.now.scene).toBe('New');
  });

  test('listeners hear of what is another, and of nothing else', async () => {
    const { hear, heard, answer } = shown();
    hear({ type: 'scenes_changed' });
    await answer('GetCurrentProgramScene', 'Scene A');
    hear({ type: 'scene_changed', scene: 'Scene A' });
    expect(heard).toEqual([]);
  });
});
