/** What is true in OBS right now, asked at every connect: whoever changed what while we were away, this is what counts. */
import { type Asking, maybe } from './asking.ts';
import { placeOf, type RecordPlace, recordOutputs } from './protocol.ts';
import { type RecordKind, readRecordKind } from './record-kind.ts';

export interface ObsReadback {
  readonly obsVersion: string;
  readonly websocketVersion: string;
  readonly availableRequests: ReadonlySet<string>;
  /** Frames rendered since OBS started: fewer than before means that it is another run of OBS. */
  readonly framesRendered: number;
  readonly recording: RecordingNow;
  readonly streaming: boolean;
  /** The program scene and the profile; null where OBS does not tell (yet). */
  readonly scene: string | null;
  readonly profile: string | null;
}

/** OBS's record output as it is now. */
export interface RecordingNow {
  readonly active: boolean;
  readonly paused: boolean;
  /** Recorded time without pauses, ms. */
  readonly durationMs: number;
  readonly bytes: number;
  readonly timecode: string;
  /** The first file of this run, when anything is recorded and OBS tells. */
  readonly path: string | null;
  readonly elsewhere: string | null;
  /** When OBS had answered, on the clock of `performance.now`. */
  readonly answeredAt: number;
}

/** Asked once per connect, before any event is handled. */
export async function readBack(obs: Asking): Promise<ObsReadback> {
  const version = await obs.ask('GetVersion');
  return {
    obsVersion: version.obsVersion,
    websocketVersion: version.obsWebSocketVersion,
    availableRequests: new Set(version.availableRequests),
    recording: await readRecording(obs),
    streaming: (await readStream(obs)).active,
    scene: (await maybe(obs, 'GetCurrentProgramScene'))?.currentProgramSceneName ?? null,
    profile: (await maybe(obs, 'GetProfileList'))?.currentProfileName ?? null,
    // Last: it is compared with the time that has passed, and OBS may be slow to answer the others.
    framesRendered: (await obs.ask('GetStats')).renderTotalFrames,
  };
}

export async function readRecording(obs: Asking): Promise<RecordingNow> {
  const status = await obs.ask('GetRecordStatus');
  const answeredAt = performance.now();
  return {
    answeredAt,
    active: status.outputActive,
    paused: status.outputPaused,
    durationMs: status.outputDuration,
    bytes: status.outputBytes,
    timecode: status.outputTimecode,
    ...(status.outputActive ? await readRecordPlace(obs) : placeOf(null)),
  };
}

/** Where the active record output writes. GetRecordStatus has no path; the output's settings do (the first file of a split run). */
async function readRecordPlace(obs: Asking): Promise<RecordPlace> {
  for (const outputName of recordOutputs) {
    const status = await maybe(obs, 'GetOutputStatus', { outputName });
    if (!status?.outputActive) continue;
    const settings = (await maybe(obs, 'GetOutputSettings', { outputName }))?.outputSettings;
    const place = placeOf(settings?.path ?? settings?.url);
    if (place.path !== null || place.elsewhere !== null) return place;
  }
  return placeOf(null);
}

/** Frames since OBS started, from which a session takes differences. */
export interface FrameCounts {
  readonly rendered: number;
  readonly skipped: number;
  readonly missed: number;
}

export async function readFrameCounts(obs: Asking): Promise<FrameCounts & { freeBytes: number }> {
  const stats = await obs.ask('GetStats');
  return {
    rendered: stats.renderTotalFrames,
    skipped: stats.outputSkippedFrames,
    missed: stats.renderSkippedFrames,
    freeBytes: Math.round(stats.availableDiskSpace * 1024 * 1024),
  };
}

/** Frames that the running record output dropped; null when OBS does not tell. */
export async function readDroppedFrames(obs: Asking): Promise<number | null> {
  for (const outputName of recordOutputs) {
    const status = await maybe(obs, 'GetOutputStatus', { outputName });
    if (status?.outputActive) return status.outputSkippedFrames;
  }
  return null;
}

/** OBS's stream as it is now; `dropped`: frames that the line was too slow for. */
export async function readStream(obs: Asking): Promise<{ active: boolean; dropped: number }> {
  const status = await maybe(obs, 'GetStreamStatus');
  return { active: status?.outputActive ?? false, dropped: status?.outputSkippedFrames ?? 0 };
}

/** How OBS is set up to record: decides what can be done while it records, and goes into the metadata. */
export interface RecordSetup {
  readonly profile: string;
  readonly sceneCollection: string;
  readonly scene: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly directory: string | null;
  /** What OBS says instead, where that names no folder here: another system's. */
  readonly directoryElsewhere: string | null;
  readonly kind: RecordKind;
}

export async function readSetup(obs: Asking): Promise<RecordSetup> {
  const [profiles, collections, scene, video, directory, kind] = await Promise.all([
    obs.ask('GetProfileList'),
    obs.ask('GetSceneCollectionList'),
    obs.ask('GetCurrentProgramScene'),
    obs.ask('GetVideoSettings'),
    maybe(obs, 'GetRecordDirectory'),
    readRecordKind(obs),
  ]);
  // A path of another system names nothing here: OBS may run on another machine.
  const place = placeOf(directory?.recordDirectory);
  return {
    profile: profiles.currentProfileName,
    sceneCollection: collections.currentSceneCollectionName,
    scene: scene.currentProgramSceneName,
    width: video.outputWidth,
    height: video.outputHeight,
    fps: framesPerSecond(video.fpsNumerator / video.fpsDenominator),
    directory: place.path,
    directoryElsewhere: place.elsewhere,
    kind,
  };
}

/** To three places, within what any film has. */
const framesPerSecond = (told: number): number => Math.round(Math.min(Math.max(told, 0.001), 1000) * 1000) / 1000;
