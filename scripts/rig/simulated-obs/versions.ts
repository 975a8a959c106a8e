/** Where OBS's versions differ, as far as recording over obs-websocket shows it. Measured on real OBS 29.0.2 and 32.2.2. */
export interface ObsTraits {
  readonly obs: string;
  /** What Hello and GetVersion call obs-websocket. */
  readonly websocket: string;
  /** Hello's obsStudioVersion; older ones do not tell. */
  readonly hello: string | undefined;
  readonly platform: string;
  readonly formatKey: 'RecFormat' | 'RecFormat2';
  readonly defaultFormat: string;
  /** obs-websocket keeps its configuration in a JSON file instead of global.ini (from 30.2). */
  readonly jsonWebsocketConfig: boolean;
  /** SetRecordDirectory, from obs-websocket 5.3. */
  readonly setsRecordDirectory: boolean;
  /** SplitRecordFile, CreateRecordChapter and RecordFileChanged, from obs-websocket 5.5. */
  readonly splitsOnRequest: boolean;
  /** Scenes have UUIDs, from obs-websocket 5.5. */
  readonly sceneUuids: boolean;
  /**
   * TriggerHotkeyByName lets go of the key. 29.0 does not: OBS pairs start with stop and pause with unpause, and while
   * one of a pair is held the other does nothing.
   */
  readonly releasesHotkeys: boolean;
  /** GetPersistentData gives non-ASCII text back as it was set; older ones read their own UTF-8 as Latin-1. */
  readonly keepsUnicode: boolean;
  /** For how long after STOPPED the output still counts as active; a StartRecord in that time is lost. */
  readonly activeAfterStoppedMs: number;
}

export type SimulatedVersion = '32.2' | '29.0';

export const obsVersions: Readonly<Record<SimulatedVersion, ObsTraits>> = {
  '32.2': {
    obs: '32.2.2',
    websocket: '5.7.4',
    hello: '32.2.2',
    platform: 'Simulated OBS 32.2',
    formatKey: 'RecFormat2',
    defaultFormat: 'hybrid_mp4',
    jsonWebsocketConfig: true,
    setsRecordDirectory: true,
    splitsOnRequest: true,
    sceneUuids: true,
    releasesHotkeys: true,
    keepsUnicode: true,
    activeAfterStoppedMs: 5,
  },
  '29.0': {
    obs: '29.0.2',
    websocket: '5.1.0',
    hello: undefined,
    platform: 'Simulated OBS 29.0',
    formatKey: 'RecFormat',
    defaultFormat: 'mkv',
    jsonWebsocketConfig: false,
    setsRecordDirectory: false,
    splitsOnRequest: false,
    sceneUuids: false,
    releasesHotkeys: false,
    keepsUnicode: false,
    activeAfterStoppedMs: 50,
  },
};
