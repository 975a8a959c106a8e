/** What there is to be seen, and what the agent would say of it. */
import type { DestinationStatus, NextSession, ObsStatus, RecordingStatus, Session } from '../../shared/domain.ts';
import { errorInfo } from '../../shared/errors.ts';
import type { Snapshot } from '../../shared/live.ts';
import {
  defaultSettings,
  publicSettingsSchema,
  type Settings,
  type SettingsView,
  settingVariables,
} from '../../shared/settings.ts';

export interface Scene {
  /** Newest first. */
  readonly sessions: readonly Session[];
  /** Of the first session; null: nothing is recorded. */
  readonly recording?: { readonly paused: boolean } | null;
  readonly obs?: 'connected' | 'away' | 'refused';
  /** With which status OBS refuses to start; default: it takes the request, and nothing happens. */
  readonly startRefused?: number;
  /** OBS streams with the encoder that records. */
  readonly sharesEncoder?: boolean;
  readonly destinations?: readonly DestinationStatus[];
  readonly nextSession?: Partial<NextSession>;
  readonly settings?: Partial<Settings>;
  /** Which settings the environment fixes. */
  readonly fixed?: readonly (keyof typeof settingVariables)[];
  /** How long the disk lasts at the recording's rate, ms. Default: many hours. */
  readonly diskLeftMs?: number;
  /** The agent takes no client of its live channel. */
  readonly deaf?: boolean;
  /** The page does not get what it loads later. */
  readonly panels?: 'lost';
  /** The page has another agent's token. */
  readonly strange?: boolean;
}

/** What a recording writes. */
export const bytesPerSecond = 750_000;

export const processing: DestinationStatus = {
  id: 'processing',
  configured: true,
  reachable: true,
  address: 'https://subtitles.example.com',
  proxy: null,
  embedded: false,
  problem: null,
};
export const objectStorage: DestinationStatus = {
  ...processing,
  id: 'object-storage',
  address: 'https://ewr1.vultrobjects.com/camille-lessons',
};
/** As after the first start: nothing is set up, and the embedded receiver stands in. */
export const embeddedOnly: readonly DestinationStatus[] = [
  { ...processing, embedded: true, address: 'http://127.0.0.1:5003' },
  { ...objectStorage, configured: false, reachable: null, address: null },
];

export const recordDirectory = '/home/camille/Videos/OBS';

/** Room on the disk that OBS records to. */
export function freeBytesOf({ diskLeftMs }: Scene): number {
  return diskLeftMs === undefined ? 412e9 : (diskLeftMs / 1000) * bytesPerSecond;
}

/** @param address of OBS */
export function snapshotOf(scene: Scene, address: string): Snapshot {
  const [active] = scene.recording ? scene.sessions : [];
  const durationMs = active?.durationMs ?? 0;
  const recording: RecordingStatus = {
    active: active !== undefined,
    paused: scene.recording?.paused ?? false,
    session: active ?? null,
    durationMs,
    bytes: (durationMs / 1000) * bytesPerSecond,
    timecode: '00:00:00.000',
  };
  return {
    version: '0.1.0',
    obs: obsOf(scene, address),
    destinations: [...(scene.destinations ?? [processing, objectStorage])],
    recording,
    nextSession: {
      name: null,
      suggestedName: '2026-11-22 20-42-34',
      fields: {},
      autoUpload: true,
      subtitleModel: 'base',
      priority: 1,
      ...scene.nextSession,
    },
    uploads: { queued: 0, uploading: 0, waiting: 0, paused: 0, failed: 0 },
    sessions: [...scene.sessions],
    settings: settingsOf(scene),
  };
}

function obsOf(scene: Scene, address: string): ObsStatus {
  const { obs = 'connected', sharesEncoder = false } = scene;
  const connected = obs === 'connected';
  const problem = obs === 'refused' ? errorInfo('obs_password_wrong') : errorInfo('obs_not_connected');
  return {
    state: obs === 'away' ? 'waiting' : obs,
    address,
    version: connected ? '32.2.2' : null,
    websocketVersion: connected ? '5.7.4' : null,
    problem: connected ? null : problem,
    canPause: !sharesEncoder,
    canSplit: connected,
    canChapter: connected,
    pauseProblem: sharesEncoder ? errorInfo('pause_unavailable') : null,
    splitProblem: null,
    recordDirectory: connected ? recordDirectory : null,
    freeBytes: connected ? freeBytesOf(scene) : null,
  };
}

function settingsOf({ settings, fixed = [] }: Scene): SettingsView {
  return {
    values: publicSettingsSchema.parse({
      ...defaultSettings,
      processingUrl: processing.address,
      objectStorageEndpoint: 'https://ewr1.vultrobjects.com',
      objectStorageBucket: 'camille-lessons',
      objectStorageAccessKey: 'A1B2C3D4E5F6G7H8J9K0',
      ...settings,
    }),
    secrets: { obsPassword: false, processingApiKey: true, objectStorageSecretKey: true },
    fixed: Object.fromEntries(fixed.map((name) => [name, settingVariables[name] ?? ''])),
  };
}
