/** OBS's events as the agent uses them: checked, in our words, in the order in which OBS sent them. */
import type { OBSEventTypes, OBSWebSocket } from 'obs-websocket-js/json';
import type * as z from 'zod';
import type { EventGate } from './event-gate.ts';
import { checkHello } from './hello.ts';
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
  /** OBS sent more events than can be acted on, and some were dropped since (ms since 1970); by now it has slowed down. */
  | { readonly type: 'events_missed'; readonly since: number }
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

/**
 * Passes on every event that we use and the gate lets in; one that makes no sense is reported to it and dropped.
 * @param withPaths gives an event's data this machine's paths
 */
export function hearEvents(
  socket: OBSWebSocket,
  deliver: (event: ObsEvent) => unknown,
  gate: Pick<EventGate, 'admits' | 'nonsense'>,
  withPaths: (name: string, data: unknown) => unknown = (_, data) => data,
): void {
  const hear = <T>(name: keyof OBSEventTypes, schema: z.ZodType<T>, toEvent: (data: T) => ObsEvent): void => {
    socket.on(name, (data?: unknown): void => {
      if (!gate.admits(name)) return;
      const parsed = schema.safeParse(withPaths(name, data));
      if (parsed.success) deliver(toEvent(parsed.data));
      else gate.nonsense(name, () => parsed.error.message);
    });
  };
  hear('RecordStateChanged', recordStateChangedSchema, ({ outputState, outputPath }) => ({
    type: 'record_state',
    state: outputState,
    ...outputPath,
  }));
  hear('StreamStateChanged', streamStateChangedSchema, ({ outputState: active }) => ({ type: 'stream_state', active }));
  hear('RecordFileChanged', recordFileChangedSchema, ({ newOutputPath: path }) => ({
    type: 'record_file_changed',
    path,
  }));
  hear('ReplayBufferSaved', replaySavedSchema, ({ savedReplayPath: path }) => ({ type: 'replay_saved', path }));
  hear('CurrentProgramSceneChanged', sceneChangedSchema, ({ sceneName: scene }) => ({ type: 'scene_changed', scene }));
  hear('SceneNameChanged', sceneRenamedSchema, ({ oldSceneName: from, sceneName: to }) => ({
    type: 'scene_renamed',
    from,
    to,
  }));
  const listEvents = {
    SceneListChanged: 'scenes_changed',
    ProfileListChanged: 'profiles_changed',
    SceneCollectionListChanged: 'scene_collections_changed',
  } as const;
  // What it throws ends `connect` before our proof of the password is made.
  socket.on('Hello', checkHello);
  for (const [name, type] of Object.entries(listEvents) as [keyof typeof listEvents, ObsEvent['type']][]) {
    hear(name, anythingSchema, () => ({ type }) as ObsEvent);
  }
  hear('CurrentProfileChanged', profileChangedSchema, ({ profileName }) => ({
    type: 'profile_changed',
    profile: profileName,
  }));
  hear('CurrentSceneCollectionChanged', sceneCollectionChangedSchema, ({ sceneCollectionName }) => ({
    type: 'scene_collection_changed',
    sceneCollection: sceneCollectionName,
  }));
}
