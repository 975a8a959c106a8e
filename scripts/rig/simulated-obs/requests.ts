import { statfsSync } from 'node:fs';
import { defaultVideo } from '../obs-config.ts';
import { isObject, type JsonObject, RequestFailure, requestStatus, subscription } from './protocol.ts';
import type { ClientCounters } from './server.ts';
import type { Studio } from './studio.ts';

type Handler = (data: unknown, client: ClientCounters) => JsonObject | undefined;

const pngPixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAYAAADED76LAAAACXBIWXMAAA9hAAAPYQGoP6dpAAAAD0lEQVQYlWNgGAUMDAwMAAEIAAF9QaXOAAAAAElFTkSuQmCC';
/** The same as JPEG, 16 by 16 pixels. */
const jpegPixel = [
  '/9j/4AAQSkZJRgABAgAAAQABAAD//gAQTGF2YzU5LjM3LjEwMAD/2wBDAAgoKC8oLzc3Nzc3N0E8QUNDQ0FBQUFDQ0NISEhVVVVISEhD',
  'Q0hIUFBVVVxfXFdXVVdfX2RkZHh4c3OMjJGsrM//xABKAAEAAAAAAAAAAAAAAAAAAAAAAQEAAAAAAAAAAAAAAAAAAAAAEAEAAAAAAAAA',
  'AAAAAAAAAAAAEQEAAAAAAAAAAAAAAAAAAAAA/8AAEQgAEAAQAwEiAAIRAAMRAP/aAAwDAQACEQMRAD8AAA//2Q==',
].join('');
const realms = ['OBS_WEBSOCKET_DATA_REALM_GLOBAL', 'OBS_WEBSOCKET_DATA_REALM_PROFILE'];

/** Everything that the simulated OBS answers, by request type; what the simulated version does not have is left out. */
export function requestHandlers(studio: Studio): ReadonlyMap<string, Handler> {
  const { traits } = studio.options;
  const handlers: Record<string, Handler> = {
    GetVersion: () => ({
      availableRequests: [...table.keys()],
      obsVersion: traits.obs,
      obsWebSocketVersion: traits.websocket,
      platform: 'simulated',
      platformDescription: traits.platform,
      rpcVersion: 1,
      supportedImageFormats: ['jpeg', 'jpg', 'png'],
    }),
    ...general(studio),
    ...record(studio),
    ...(traits.splitsOnRequest && splitting(studio)),
    ...(traits.setsRecordDirectory && { SetRecordDirectory: setRecordDirectory(studio) }),
    ...outputs(studio),
    ...config(studio),
    ...scenes(studio),
  };
  const table = new Map(Object.entries(handlers));
  return table;
}

function general(studio: Studio): Record<string, Handler> {
  return {
    GetStats: (_data, client) => {
      const frames = studio.recorder.status.frames;
      const { skipped, missed } = studio.options.misbehaviour.lostFrames;
      return {
        activeFps: defaultVideo.fps,
        availableDiskSpace: freeBytes(studio.options.profile.folder) / 2 ** 20,
        averageFrameRenderTime: 1,
        cpuUsage: 1,
        memoryUsage: 200,
        outputSkippedFrames: skipped,
        outputTotalFrames: frames,
        renderSkippedFrames: missed,
        renderTotalFrames: Math.floor(
          ((Date.now() - studio.startedAt) * studio.options.timesFaster * defaultVideo.fps) / 1000,
        ),
        webSocketSessionIncomingMessages: client.incoming,
        webSocketSessionOutgoingMessages: client.outgoing,
      };
    },
    GetHotkeyList: () => ({ hotkeys: studio.hotkeys }),
    TriggerHotkeyByName: (data) => {
      studio.pressHotkey(text(data, 'hotkeyName'));
      return undefined;
    },
    BroadcastCustomEvent: (data) => {
      const eventData = field(data, 'eventData');
      if (!isObject(eventData)) throw wrongType('eventData', 'an object');
      if (Object.keys(eventData).length === 0) throw empty('eventData');
      studio.options.broadcast(subscription.general, 'CustomEvent', eventData);
      return undefined;
    },
    GetStreamStatus: () => outputStatus({ outputActive: false, outputBytes: 0, outputDuration: 0 }, 0),
    GetSourceScreenshot: (data) => {
      studio.scene(text(data, 'sourceName'));
      const format = text(data, 'imageFormat');
      const image = /^jpe?g$/.test(format) ? jpegPixel : pngPixel;
      return { imageData: `data:image/${format};base64,${image}` };
    },
  };
}

/** 0 where the folder is not there (obs-studio, util/platform-nix.c, os_get_free_disk_space). */
function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return 0;
  }
}

function record(studio: Studio): Record<string, Handler> {
  const { recorder } = studio;
  return {
    GetRecordStatus: () => {
      const { frames: _, ...status } = recorder.status;
      return status;
    },
    StartRecord: () => {
      if (recorder.active) throw new RequestFailure(requestStatus.outputRunning);
      recorder.start();
      return undefined;
    },
    StopRecord: () => {
      if (!recorder.active) throw new RequestFailure(requestStatus.outputNotRunning);
      recorder.stop();
      return { outputPath: recorder.path };
    },
    ToggleRecord: () => {
      const outputActive = !recorder.active;
      if (outputActive) recorder.start();
      else recorder.stop();
      return { outputActive };
    },
    // Pausing what is not recording, or cannot pause, is a success that does nothing; so says real OBS.
    PauseRecord: () => {
      if (recorder.paused) throw new RequestFailure(requestStatus.outputPaused);
      recorder.pause();
      return undefined;
    },
    ResumeRecord: () => {
      if (!recorder.paused) throw new RequestFailure(requestStatus.outputNotPaused);
      recorder.resume();
      return undefined;
    },
    ToggleRecordPause: () => {
      const outputPaused = !recorder.paused;
      if (outputPaused) recorder.pause();
      else recorder.resume();
      return { outputPaused };
    },
    GetRecordDirectory: () => {
      const { misbehaviour, profile } = studio.options;
      return { recordDirectory: misbehaviour.foreignFolder ?? profile.folder };
    },
  };
}

function splitting({ recorder }: Studio): Record<string, Handler> {
  return {
    SplitRecordFile: () => {
      if (!recorder.active) throw new RequestFailure(requestStatus.outputNotRunning);
      if (recorder.split()) return undefined;
      const comment = 'Verify that file splitting is enabled in the output settings.';
      throw new RequestFailure(requestStatus.requestProcessingFailed, comment);
    },
    CreateRecordChapter: (data) => {
      if (!recorder.active) throw new RequestFailure(requestStatus.outputNotRunning);
      const name = isObject(data) && data.chapterName !== undefined ? text(data, 'chapterName', true) : undefined;
      if (recorder.addChapter(name)) return undefined;
      const comment = 'Verify that the output being used supports chapter markers.';
      throw new RequestFailure(requestStatus.requestProcessingFailed, comment);
    },
  };
}

function setRecordDirectory({ recorder, options }: Studio): Handler {
  return (data) => {
    if (recorder.active) throw new RequestFailure(requestStatus.outputRunning);
    options.profile.folder = text(data, 'recordDirectory');
    return undefined;
  };
}

function outputs({ recorder, options }: Studio): Record<string, Handler> {
  const name = options.profile.advanced ? 'adv_file_output' : 'simple_file_output';
  const checked = (data: unknown) => {
    const wanted = text(data, 'outputName');
    if (wanted === name) return;
    throw new RequestFailure(requestStatus.resourceNotFound, `No output was found with the name \`${wanted}\`.`);
  };
  return {
    GetOutputList: () => {
      const { outputActive } = recorder.status;
      return {
        outputs: [
          {
            outputActive,
            outputFlags: {
              OBS_OUTPUT_AUDIO: true,
              OBS_OUTPUT_ENCODED: true,
              OBS_OUTPUT_MULTI_TRACK: true,
              OBS_OUTPUT_SERVICE: false,
              OBS_OUTPUT_VIDEO: true,
            },
            outputHeight: outputActive ? defaultVideo.height : 0,
            outputKind: options.profile.format === 'hybrid_mp4' ? 'mp4_output' : 'ffmpeg_muxer',
            outputName: name,
            outputWidth: outputActive ? defaultVideo.width : 0,
          },
        ],
      };
    },
    GetOutputSettings: (data) => {
      checked(data);
      return { outputSettings: recorder.settings };
    },
    GetOutputStatus: (data) => {
      checked(data);
      const { outputActive, outputBytes, outputDuration, frames } = recorder.status;
      const outputSkippedFrames = options.misbehaviour.lostFrames.dropped;
      return { ...outputStatus({ outputActive, outputBytes, outputDuration }, frames), outputSkippedFrames };
    },
  };
}

function config(studio: Studio): Record<string, Handler> {
  const { profile } = studio.options;
  const slot = (data: unknown) => {
    const realm = text(data, 'realm');
    const key = `${realm}/${text(data, 'slotName')}`;
    if (realms.includes(realm)) return key;
    throw new RequestFailure(requestStatus.resourceNotFound, 'You have specified an invalid persistent data realm.');
  };
  return {
    GetProfileParameter: (data) => profile.parameter(text(data, 'parameterCategory'), text(data, 'parameterName')),
    SetProfileParameter: (data) => {
      const [category, name] = [text(data, 'parameterCategory'), text(data, 'parameterName')];
      const value = isObject(data) ? (data.parameterValue ?? null) : null;
      if (typeof value !== 'string' && value !== null) {
        throw new RequestFailure(requestStatus.invalidRequestFieldType, 'The field `parameterValue` must be a string.');
      }
      profile.setParameter(category, name, value);
      return undefined;
    },
    GetProfileList: () => ({ currentProfileName: studio.profileName, profiles: [studio.profileName] }),
    GetSceneCollectionList: () => ({
      currentSceneCollectionName: studio.collectionName,
      sceneCollections: studio.collectionNames,
    }),
    CreateSceneCollection: (data) => {
      studio.switchCollection(text(data, 'sceneCollectionName'));
      return undefined;
    },
    SetCurrentSceneCollection: (data) => {
      const name = text(data, 'sceneCollectionName');
      if (!studio.collectionNames.includes(name)) throw new RequestFailure(requestStatus.resourceNotFound);
      studio.switchCollection(name);
      return undefined;
    },
    GetVideoSettings: () => ({
      baseHeight: defaultVideo.height,
      baseWidth: defaultVideo.width,
      fpsDenominator: 1,
      fpsNumerator: defaultVideo.fps,
      outputHeight: defaultVideo.height,
      outputWidth: defaultVideo.width,
    }),
    GetPersistentData: (data) => {
      const stored = studio.persistentData.get(slot(data)) ?? Buffer.from('null');
      return { slotValue: JSON.parse(stored.toString(studio.options.traits.keepsUnicode ? 'utf8' : 'latin1')) };
    },
    SetPersistentData: (data) => {
      studio.persistentData.set(slot(data), Buffer.from(JSON.stringify(field(data, 'slotValue'))));
      return undefined;
    },
  };
}

function scenes(studio: Studio): Record<string, Handler> {
  const { sceneUuids } = studio.options.traits;
  const program = () => {
    const { name, uuid } = studio.programScene;
    return { currentProgramSceneName: name, ...(sceneUuids && { currentProgramSceneUuid: uuid }) };
  };
  return {
    GetSceneList: () => ({
      currentPreviewSceneName: null,
      ...(sceneUuids && { currentPreviewSceneUuid: null }),
      ...program(),
      scenes: studio.scenes.map((scene, sceneIndex) => ({ sceneIndex, ...studio.sceneFields(scene) })),
    }),
    GetCurrentProgramScene: () => ({ ...program(), ...(sceneUuids && studio.sceneFields(studio.programScene)) }),
    SetSceneName: (data) => {
      studio.renameScene(text(data, 'sceneName'), text(data, 'newSceneName'));
      return undefined;
    },
    CreateScene: (data) => {
      const { uuid } = studio.createScene(text(data, 'sceneName'));
      return sceneUuids ? { sceneUuid: uuid } : undefined;
    },
    RemoveScene: (data) => {
      studio.removeScene(text(data, 'sceneName'));
      return undefined;
    },
    SetCurrentProgramScene: (data) => {
      studio.switchScene(text(data, 'sceneName'));
      return undefined;
    },
  };
}

function outputStatus(status: { outputActive: boolean; outputBytes: number; outputDuration: number }, frames: number) {
  return {
    ...status,
    outputCongestion: 0,
    outputReconnecting: false,
    outputSkippedFrames: 0,
    outputTimecode: new Date(status.outputDuration).toISOString().slice(11, -1),
    outputTotalFrames: frames,
  };
}

/** A field that must be there; the failures are obs-websocket's: src/requesthandler/rpc/Request.cpp. */
function field(data: unknown, name: string): unknown {
  if (!isObject(data)) {
    const comment = 'Your request data is missing or invalid (non-object)';
    throw new RequestFailure(requestStatus.missingRequestData, comment);
  }
  const value = data[name];
  if (value !== undefined && value !== null) return value;
  throw new RequestFailure(requestStatus.missingRequestField, `Your request is missing the \`${name}\` field.`);
}

function text(data: unknown, name: string, mayBeEmpty = false): string {
  const value = field(data, name);
  if (typeof value !== 'string') throw wrongType(name, 'a string');
  if (value === '' && !mayBeEmpty) throw empty(name);
  return value;
}

function wrongType(name: string, type: string): RequestFailure {
  return new RequestFailure(requestStatus.invalidRequestFieldType, `The field value of \`${name}\` must be ${type}.`);
}

function empty(name: string): RequestFailure {
  return new RequestFailure(requestStatus.requestFieldEmpty, `The field value of \`${name}\` must not be empty.`);
}
