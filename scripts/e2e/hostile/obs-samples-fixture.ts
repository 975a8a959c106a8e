/** What a well-behaved OBS says, for tests that change it. */
import type { responses } from '../../../agent/obs/protocol.ts';

const output = (outputState: string): object => ({
  ...{ outputActive: true, outputState, outputPath: '/videos/2026-11-28 20-15-00.mkv' },
});

/** The data of every event that the agent hears. */
export const obsEvents: Readonly<Record<string, unknown>> = {
  RecordStateChanged: output('OBS_WEBSOCKET_OUTPUT_STARTED'),
  StreamStateChanged: { outputActive: true, outputState: 'OBS_WEBSOCKET_OUTPUT_RECONNECTING' },
  RecordFileChanged: { newOutputPath: '/videos/2026-11-28 20-16-00.mkv' },
  ReplayBufferSaved: { savedReplayPath: '/videos/Replay.mkv' },
  CurrentProgramSceneChanged: { sceneName: 'Scene', sceneUuid: 'c24bed12-8860-41e1-9352-600000300000' },
  SceneNameChanged: { oldSceneName: 'Scene', sceneName: 'Scene 2' },
  SceneListChanged: { scenes: [{ sceneIndex: 0, sceneName: 'Scene' }] },
  ProfileListChanged: { profiles: ['Untitled'] },
  SceneCollectionListChanged: { sceneCollections: ['Untitled'] },
  CurrentProfileChanged: { profileName: 'Untitled' },
  CurrentSceneCollectionChanged: { sceneCollectionName: 'Untitled' },
};

/** The answer to every request that the agent reads; nothing is recorded. */
export const obsAnswers = {
  GetVersion: { obsVersion: '32.2.2', obsWebSocketVersion: '5.7.2', availableRequests: ['GetVersion', 'StartRecord'] },
  GetRecordStatus: {
    ...{ outputActive: false, outputPaused: false, outputTimecode: '00:00:00.000' },
    ...{ outputDuration: 0, outputBytes: 0 },
  },
  GetStreamStatus: { outputActive: false, outputSkippedFrames: 0 },
  GetStats: {
    ...{ availableDiskSpace: 70_000.5, renderTotalFrames: 1000 },
    ...{ renderSkippedFrames: 1, outputSkippedFrames: 2 },
  },
  GetOutputStatus: { outputActive: false, outputSkippedFrames: 0 },
  GetOutputSettings: { outputSettings: { path: '/videos/a.mkv', url: '' } },
  GetRecordDirectory: { recordDirectory: '/videos' },
  GetProfileParameter: { parameterValue: '%CCYY-%MM-%DD %hh-%mm-%ss', defaultParameterValue: null },
  GetProfileList: { currentProfileName: 'Untitled', profiles: ['Untitled'] },
  GetSceneCollectionList: { currentSceneCollectionName: 'Untitled', sceneCollections: ['Untitled'] },
  GetCurrentProgramScene: { currentProgramSceneName: 'Scene', sceneName: 'Scene' },
  GetSourceScreenshot: { imageData: `data:image/jpg;base64,${'A'.repeat(1000)}` },
  GetVideoSettings: { outputWidth: 640, outputHeight: 360, fpsNumerator: 30_000, fpsDenominator: 1001 },
} satisfies Record<keyof typeof responses, unknown>;
