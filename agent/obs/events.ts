/** OBS's events as the agent uses them: checked, in our words, in the order in which OBS sent them. */
import type { OBSWebSocket } from 'obs-websocket-js/json';
import type * as z from 'zod';
import {
  anythingSchema,
  profileChangedSchema,
  type RecordPlace,
  type RecordState,
  recordFileChangedSchema,
  recordStateChangedSchema,
  replaySavedSchema,
  sceneChangedSchema,
  sceneCollectionChangedSchema,
  sceneRenamedSchema,
  streamStateChangedSchema,
} from './protocol.ts';
import type { ObsReadback } from './read-back.ts';

export type ObsEvent =
  | { readonly type: 'connected'; readonly readback: ObsReadback }
  | { readonly type: 'disconnected' }
  | ({ readonly type: 'record_state'; readonly state: RecordState } & RecordPlace)
  | { readonly type: 'stream_state'; readonly active: boolean }
  | { readonly type: 'record_file_changed'; readonly path: string }
  | { readonly type: 'replay_saved'; readonly path: string }
  | { readonly type: 'scene_changed'; readonly scene: string }
  | { readonly type: 'scene_renamed'; readonly from: string; readonly to: string }
  /** Scenes were created, removed or sorted. */
  | { readonly type: 'scenes_changed' }
  | { readonly type: 'profile_changed'; readonly profile: string }
  /** Profiles were created, removed or renamed. */
  | { readonly type: 'profiles_changed' }
  | { readonly type: 'scene_collection_changed'; readonly sceneCollection: string }
  /** Scene collections were created, removed or renamed. */
  | { readonly type: 'scene_collections_changed' };

/** Passes on every event that we use; one that makes no sense is reported with its reason and dropped. */
export function hearEvents(
  socket: OBSWebSocket,
  deliver: (event: ObsEvent) => void,
  onNonsense: (reason: string) => void,
): void {
  const hear = <T>(schema: z.ZodType<T>, toEvent: (data: T) => ObsEvent) => {
    return (data: unknown): void => {
      const parsed = schema.safeParse(data);
      if (parsed.success) deliver(toEvent(parsed.data));
      else onNonsense(parsed.error.message);
    };
  };
  socket.on(
    'RecordStateChanged',
    hear(recordStateChangedSchema, ({ outputState, outputPath }) => ({
      type: 'record_state',
      state: outputState,
      ...outputPath,
    })),
  );
  socket.on(
    'StreamStateChanged',
    hear(streamStateChangedSchema, ({ outputState: active }) => ({ type: 'stream_state', active })),
  );
  socket.on(
    'RecordFileChanged',
    hear(recordFileChangedSchema, ({ newOutputPath }) => ({ type: 'record_file_changed', path: newOutputPath })),
  );
  socket.on(
    'ReplayBufferSaved',
    hear(replaySavedSchema, ({ savedReplayPath }) => ({ type: 'replay_saved', path: savedReplayPath })),
  );
  socket.on(
    'CurrentProgramSceneChanged',
    hear(sceneChangedSchema, ({ sceneName }) => ({ type: 'scene_changed', scene: sceneName })),
  );
  socket.on(
    'SceneNameChanged',
    hear(sceneRenamedSchema, ({ oldSceneName, sceneName }) => ({
      type: 'scene_renamed',
      from: oldSceneName,
      to: sceneName,
    })),
  );
  const listEvents = {
    SceneListChanged: 'scenes_changed',
    ProfileListChanged: 'profiles_changed',
    SceneCollectionListChanged: 'scene_collections_changed',
  } as const;
  for (const [name, type] of Object.entries(listEvents) as [keyof typeof listEvents, ObsEvent['type']][]) {
    socket.on(
      name,
      hear(anythingSchema, () => ({ type }) as ObsEvent),
    );
  }
  socket.on(
    'CurrentProfileChanged',
    hear(profileChangedSchema, ({ profileName }) => ({ type: 'profile_changed', profile: profileName })),
  );
  socket.on(
    'CurrentSceneCollectionChanged',
    hear(sceneCollectionChangedSchema, ({ sceneCollectionName }) => ({
      type: 'scene_collection_changed',
      sceneCollection: sceneCollectionName,
    })),
  );
}
