/** For tests: services that answer with fixed data and note what they were asked, behind a real server. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { NextSession, ObsStatus, RecordingStatus, Session, Upload } from '../../shared/domain.ts';
import { StreamAIError } from '../../shared/errors.ts';
import { defaultSettings, publicSettingsSchema, type SettingsView } from '../../shared/settings.ts';
import { uploadFixture } from '../../shared/upload-fixture.ts';
import { LiveEvents } from '../live-events.ts';
import { createLog, type Log } from '../log.ts';
import type { AgentServices } from '../services.ts';
import { Access } from './access.ts';
import type { LiveLimits } from './live.ts';
import { type RunningServer, startServer } from './server.ts';

const instant = '2026-11-22T18:00:00.000Z';
export const session: Session = {
  id: 'session-1',
  name: 'Élan 🎬',
  state: 'recorded',
  startedBy: 'rest',
  startedAt: instant,
  stoppedAt: instant,
  durationMs: 10_000,
  autoUpload: true,
  subtitleModel: 'base',
  priority: 1,
  notes: '',
  marks: [],
  thumbnail: false,
  revision: 1,
  metadata: { scenes: [], pauses: [] },
  notices: [],
  recordings: [],
};
export const upload = uploadFixture({ sessionId: session.id, manual: true });
const nextSession: NextSession = {
  name: null,
  suggestedName: '2026-11-22 18-00-00',
  fields: {},
  autoUpload: true,
  subtitleModel: 'base',
  priority: 1,
};
const obsStatus: ObsStatus = {
  state: 'connected',
  address: '192.168.7.7:4455',
  version: '32.2.2',
  websocketVersion: '5.7.4',
  problem: null,
  canPause: true,
  canSplit: true,
  canChapter: true,
  pauseProblem: null,
  splitProblem: null,
  recordDirectory: '/videos',
  freeBytes: 1e9,
};
const recordingStatus: RecordingStatus = {
  active: false,
  paused: false,
  session: null,
  durationMs: 0,
  bytes: 0,
  timecode: '00:00:00.000',
};
const settingsView: SettingsView = {
  values: publicSettingsSchema.parse(defaultSettings),
  secrets: { obsPassword: true, processingApiKey: false, objectStorageSecretKey: false },
  fixed: { obsPort: 'OBS_PORT' },
};

/** One call of a service that could change something: its name and arguments. */
export type Call = readonly [name: string, ...args: unknown[]];

export function fakeServices(): { services: AgentServices; calls: Call[] } {
  const calls: Call[] = [];
  const noted = <T>(name: string, answer: T, ...args: unknown[]): T => {
    calls.push([name, ...args]);
    return answer;
  };
  const known = (id: string): Session => {
    if (id !== session.id) throw new StreamAIError('session_not_found');
    return session;
  };
  const uploadAction =
    (name: string) =>
    (id: string): Upload => {
      if (id !== upload.id) throw new StreamAIError('upload_not_found');
      return noted(name, upload, id);
    };
  const status = {
    version: '0.1.0',
    obs: obsStatus,
    destinations: [],
    recording: recordingStatus,
    nextSession,
    uploads: { queued: 0, uploading: 0, waiting: 0, paused: 0, failed: 0 },
    sessions: [session],
  };
  const services: AgentServices = {
    version: '0.1.0',
    live: new LiveEvents(),
    recorder: {
      start: async (request) => noted('start', session, request),
      stop: async () => noted('stop', session),
      pause: async () => noted('pause', session),
      resume: async () => noted('resume', session),
      split: async () => noted('split', session),
      chapter: async (name) => noted('chapter', session, name),
      status: () => recordingStatus,
    },
    sessions: {
      list: () => ({ sessions: [session], nextCursor: null }),
      get: known,
      change: (id, change) => noted('change', known(id), id, change),
      discard: (id) => noted('discard', known(id), id),
      takeFile: (id, file, only) => noted('takeFile', known(id), id, file, only),
      leaveFile: (id, file) => noted('leaveFile', known(id), id, file),
      forget: (id) => void noted('forget', known(id), id),
      thumbnail: (id) => {
        known(id);
        throw new StreamAIError('thumbnail_missing');
      },
      openFolder: async (id, recordingId) => void noted('openFolder', known(id), id, recordingId),
    },
    marks: {
      add: async (id, mark) => noted('addMark', known(id), id, mark),
      change: (id, markId, change) => noted('changeMark', known(id), id, markId, change),
      remove: (id, markId) => noted('removeMark', known(id), id, markId),
    },
    nextSession: {
      get: () => nextSession,
      change: async (change) => noted('nextSession', nextSession, change),
    },
    uploads: {
      counts: () => status.uploads,
      manual: async (request) => noted('manual', [upload], request),
      pause: uploadAction('pauseUpload'),
      resume: uploadAction('resumeUpload'),
      retry: uploadAction('retryUpload'),
      cancel: uploadAction('cancelUpload'),
      verify: async (id) => {
        uploadAction('verifyUpload')(id);
        return { verified: true, checkedAt: instant, problem: null };
      },
      link: async (id, seconds) => {
        if (id !== upload.id) throw new StreamAIError('upload_not_found');
        return noted('linkUpload', { url: 'https://s3.example/o?X-Amz-Signature=s', expiresAt: instant }, id, seconds);
      },
    },
    settings: { view: () => settingsView, change: async (change) => noted('settings', settingsView, change) },
    obs: {
      status: () => obsStatus,
      connectionInfo: () => ({ url: 'ws://192.168.7.7:4455', password: 'obs-password' }),
      reconnect: () => void noted('reconnect', undefined),
    },
    destinations: {
      status: () => [],
      test: async (id) => noted('testDestination', { ok: true, problem: null }, id),
      orphans: async () => [],
      abortOrphan: async (orphan) => void noted('abortOrphan', undefined, orphan),
    },
    doctor: {
      examine: async () => ({ version: '0.1.0', checks: [], counts: { good: 0, warning: 0, fault: 0, skipped: 0 } }),
    },
    setup: {
      view: async () => ({ obs: [] }),
      request: async (request) => noted('setup', { obs: [], done: [] }, request),
    },
    token: { renew: () => noted('renewToken', testToken) },
    shutDown: () => void noted('shutDown', undefined),
    status: () => status,
    snapshot: () => ({ ...status, settings: settingsView }),
  };
  return { services, calls };
}

export const testToken = 'test-token-0123456789-0123456789-0123456789';

export interface FakeAgent extends RunningServer {
  readonly access: Access;
  readonly services: AgentServices;
  readonly calls: Call[];
  readonly dockDir: string;
  /** host:port */
  readonly host: string;
}

/** Starts a server with fake services on a free port; `dockDir` is an empty folder that `close` removes. */
export async function startFakeAgent(
  options: { services?: Partial<AgentServices>; liveLimits?: Partial<LiveLimits>; log?: Log; devOrigin?: string } = {},
): Promise<FakeAgent> {
  const fake = fakeServices();
  const services = { ...fake.services, ...options.services };
  const dockDir = await mkdtemp(path.join(tmpdir(), 'streamai-dock-'));
  const access = new Access(testToken);
  const server = await startServer({
    services,
    host: '127.0.0.1',
    port: 0,
    access,
    dockDir,
    devOrigin: options.devOrigin ?? null,
    log: options.log ?? createLog({ level: 'silent' }),
    liveLimits: options.liveLimits ?? {},
  });
  return {
    ...server,
    access,
    services,
    calls: fake.calls,
    dockDir,
    host: `127.0.0.1:${server.port}`,
    async close() {
      await server.close();
      await rm(dockDir, { recursive: true, force: true });
    },
  };
}
