/**
 * What we read from obs-websocket 5, checked: OBS is another program and its answers are untrusted input.
 * Source: obs-websocket's protocol.md; fields that we do not use are ignored.
 */
import path from 'node:path';
import * as z from 'zod';
import { plainText } from '../plain-text.ts';

/** General 1, Config 2, Scenes 4, Outputs 64 (protocol.md, EventSubscription). */
export const eventSubscriptions = 1 | 2 | 4 | 64;

/** WebSocketCloseCode: the ones after which a retry on a timer would be wrong. */
export const closeCodes = {
  authenticationFailed: 4009,
  unsupportedRpcVersion: 4010,
  sessionInvalidated: 4011,
} as const;

/** RequestStatus codes that we tell apart (protocol.md). */
export const requestStatus = {
  outputRunning: 500,
  outputNotRunning: 501,
  outputPaused: 502,
  outputNotPaused: 503,
} as const;

/** A file path from OBS: absolute and of sane length, in this system's notation (OBS on Windows writes slashes). */
export const obsPathSchema = z
  .string()
  .min(1)
  .max(4096)
  .refine((text) => !text.includes('\0') && isPathHere(text))
  .transform((text) => path.normalize(text));

/** On Windows “/home/…” would count as absolute too: on whatever drive StreamAI runs from. */
const isPathHere = (text: string): boolean =>
  path.isAbsolute(text) && (process.platform !== 'win32' || /^(?:[a-z]:[\\/]|[\\/]{2})/i.test(text));

/** Where a recording is written to. */
export interface RecordPlace {
  /** A file's path on this system. */
  readonly path: string | null;
  /** What OBS names instead: a path of another system, or an address, without what follows its host (stream keys do). */
  readonly elsewhere: string | null;
}

/** What OBS's word for a recording's file means here. */
export function placeOf(told: unknown): RecordPlace {
  const file = obsPathSchema.safeParse(told);
  if (file.success) return { path: file.data, elsewhere: null };
  const text = z.string().min(1).max(4096).safeParse(told);
  if (!text.success) return { path: null, elsewhere: null };
  const address = /^[a-z][a-z0-9+.-]+:\/\/(?:[^/?#@]*@)?[^/?#]*/i.exec(text.data)?.[0].replace(/\/\/[^/]*@/, '//');
  return { path: null, elsewhere: plainText(address ?? text.data).trim() || null };
}

/** Whether what stands for a recording's place is an address and not a path. */
export const isAddress = (elsewhere: string): boolean => elsewhere.includes('://');

const recordStates = {
  OBS_WEBSOCKET_OUTPUT_STARTING: 'starting',
  OBS_WEBSOCKET_OUTPUT_STARTED: 'started',
  OBS_WEBSOCKET_OUTPUT_STOPPING: 'stopping',
  OBS_WEBSOCKET_OUTPUT_STOPPED: 'stopped',
  OBS_WEBSOCKET_OUTPUT_PAUSED: 'paused',
  OBS_WEBSOCKET_OUTPUT_RESUMED: 'resumed',
} as const;
type WireRecordState = keyof typeof recordStates;
export type RecordState = (typeof recordStates)[WireRecordState];

export const recordStateChangedSchema = z.object({
  outputState: z
    .enum(Object.keys(recordStates) as [WireRecordState, ...WireRecordState[]])
    .transform((wire) => recordStates[wire]),
  // A path that is no path must not hide the event itself.
  outputPath: z.unknown().transform(placeOf),
});
/** `StreamStateChanged`: whether the stream's connection is wanted, also while OBS builds it up again. */
export const streamStateChangedSchema = z.object({
  outputState: z
    .enum([
      'OBS_WEBSOCKET_OUTPUT_STARTING',
      'OBS_WEBSOCKET_OUTPUT_STARTED',
      'OBS_WEBSOCKET_OUTPUT_RECONNECTING',
      'OBS_WEBSOCKET_OUTPUT_RECONNECTED',
      'OBS_WEBSOCKET_OUTPUT_STOPPING',
      'OBS_WEBSOCKET_OUTPUT_STOPPED',
    ])
    .transform((wire) => wire !== 'OBS_WEBSOCKET_OUTPUT_STOPPED'),
});
export const replaySavedSchema = z.object({ savedReplayPath: obsPathSchema });
export const recordFileChangedSchema = z.object({ newOutputPath: obsPathSchema });
/** What OBS may be told again as it said it. */
const exactText = z.string().max(1000);
/** What is only shown, or compared with its like. */
const text = exactText.transform(plainText);
export const sceneChangedSchema = z.object({ sceneName: text });
export const profileChangedSchema = z.object({ profileName: text });
export const sceneCollectionChangedSchema = z.object({ sceneCollectionName: text });
export const sceneRenamedSchema = z.object({ oldSceneName: text, sceneName: text });
/** Events after which OBS is asked anew, whatever they say. */
export const anythingSchema = z.unknown();

/** JSON has numbers beyond every type that they end up in: dates, the database's integers. `1e999` is read as infinite. */
const anyNumber = z.custom<number>((value) => typeof value === 'number' && !Number.isNaN(value));
/** A whole number from 0 to `most`. What cannot be true says nothing, and counts as 0: the answer's other fields may be true. */
const countUpTo = (most: number) =>
  anyNumber.transform((value) => (value >= 0 && value <= most ? Math.round(value) : 0));
const count = countUpTo(Number.MAX_SAFE_INTEGER);
/** The nearest number within bounds. */
const within = (least: number, most: number) => anyNumber.transform((value) => Math.min(Math.max(value, least), most));
/** A picture's side, in whole pixels. */
const side = within(1, 65_535).transform(Math.round);

/** Longer than any recording, ms: ten years. */
export const longestRecordingMs = 10 * 366 * 24 * 60 * 60_000;
/** MB of the largest disk that a number of bytes can tell. */
const mostMegabytes = Number.MAX_SAFE_INTEGER / 1024 / 1024;
export const responses = {
  GetVersion: z.object({ obsVersion: text, obsWebSocketVersion: text, availableRequests: z.array(text).max(5000) }),
  GetRecordStatus: z.object({
    outputActive: z.boolean(),
    outputPaused: z.boolean(),
    outputTimecode: text,
    outputDuration: countUpTo(longestRecordingMs),
    outputBytes: count,
  }),
  GetStreamStatus: z.object({ outputActive: z.boolean(), outputSkippedFrames: count }),
  // MB in OBS's own counting: bytes / 1024 / 1024
  GetStats: z.object({
    availableDiskSpace: within(0, mostMegabytes),
    renderTotalFrames: count,
    renderSkippedFrames: count,
    outputSkippedFrames: count,
  }),
  GetOutputStatus: z.object({ outputActive: z.boolean(), outputSkippedFrames: count }),
  GetOutputSettings: z.object({ outputSettings: z.record(z.string(), z.unknown()) }),
  GetRecordDirectory: z.object({ recordDirectory: z.string().max(4096) }),
  GetProfileParameter: z.object({
    parameterValue: exactText.nullable(),
    defaultParameterValue: exactText.nullable(),
  }),
  GetProfileList: z.object({ currentProfileName: text }),
  GetSceneCollectionList: z.object({ currentSceneCollectionName: text }),
  GetCurrentProgramScene: z
    .object({ currentProgramSceneName: exactText })
    .transform(({ currentProgramSceneName: exactName }) => ({
      currentProgramSceneName: plainText(exactName),
      /** As OBS has to be told it again. */
      exactName,
    })),
  // 256 kB of base64: what asks for more than a small picture gets none.
  GetSourceScreenshot: z.object({ imageData: z.string().max(256 * 1024) }),
  GetVideoSettings: z.object({
    outputWidth: side,
    outputHeight: side,
    fpsNumerator: within(0, Number.MAX_SAFE_INTEGER),
    fpsDenominator: within(1, Number.MAX_SAFE_INTEGER),
  }),
} as const;
/** Requests whose answer we read. */
export type AskedRequest = keyof typeof responses;
export type Answer<R extends AskedRequest> = z.infer<(typeof responses)[R]>;

/** Outputs that record, by OBS's own names: advanced mode and simple mode, each also with FFmpeg's own output (custom; lossless). */
export const recordOutputs = [
  'adv_file_output',
  'simple_file_output',
  'adv_ffmpeg_output',
  'simple_ffmpeg_output',
] as const;
