/** What an agent would answer in a scene. */

import { inLanguage as inOneLanguage, reportOf } from '../../agent/doctor/run-checks.ts';
import { type Call, fakeServices } from '../../agent/http/agent-fixture.ts';
import type { AgentServices } from '../../agent/services.ts';
import type { ObsConnectionInfo, Orphan } from '../../shared/api.ts';
import type { Session } from '../../shared/domain.ts';
import { errorInfo, type Language, StreamAIError } from '../../shared/errors.ts';
import type { Snapshot } from '../../shared/live.ts';
import { checkSessionName } from '../../shared/naming.ts';
import { now } from './build-session.ts';
import { doctorChecks } from './doctor-checks.ts';
import { inLanguage } from './texts.ts';

/** A token that takes the first one's place. */
export const newToken = 'VqHZ3nYc0mKx7bT1RkLw9sPf5JdEu2Ga6QoXiBtNv8M';

export interface Said {
  readonly snapshot: Snapshot;
  /** Where the dock finds OBS. */
  readonly obs: ObsConnectionInfo;
  /** The one that the person writes in. */
  readonly language: Language;
  /** Pictures of the sessions in turn, JPEG. */
  readonly thumbnails: readonly Uint8Array<ArrayBuffer>[];
  /** Takes what would have changed something. */
  readonly note: (call: Call) => void;
  /** From now on only that token counts. */
  readonly onNewToken: (token: string) => void;
}

const orphans: readonly Orphan[] = [
  {
    key: 'Lesson 9 – Angles.mp4',
    uploadId: 'orphan',
    initiatedAt: '2026-11-20T18:00:00.000Z',
    bytes: 83_886_080,
    young: false,
    station: null,
  },
  {
    key: 'Podcast 48, the sound of cities.mp4',
    uploadId: 'young',
    initiatedAt: '2026-11-22T14:03:00.000Z',
    bytes: 412_090_368,
    young: true,
    station: null,
  },
  {
    key: 'Interview with the harbour master.mkv',
    uploadId: 'station',
    initiatedAt: '2026-11-19T09:12:00.000Z',
    bytes: 1_288_490_188,
    young: false,
    station: 'k3v9',
  },
];
const link = {
  url: 'https://ewr1.vultrobjects.com/camille-lessons/2026-11-22/10.mp4?X-Amz-Expires=86400&X-Amz-Signature=0f1e2d3c4b5a',
  expiresAt: '2026-11-23T19:42:34.000Z',
};

export function servicesOf(said: Said): AgentServices {
  const { services } = fakeServices();
  const own = <T>(data: T): T => inLanguage(data, said.language);
  const snapshot = own(said.snapshot);
  const { settings, ...status } = snapshot;
  const { sessions } = snapshot;
  const left = new Set(orphans);
  const known = (id: string): Session => {
    const found = sessions.find((session) => session.id === id);
    if (found === undefined) throw new StreamAIError('session_not_found');
    return found;
  };
  return {
    ...services,
    doctor: { examine: async (language) => reportOf(status.version, inOneLanguage(doctorChecks, language)) },
    status: () => status,
    snapshot: () => snapshot,
    sessions: {
      ...services.sessions,
      list: ({ q = '' }) => ({
        sessions: sessions.filter(({ name }) => name.toLowerCase().includes(q.toLowerCase())),
        nextCursor: null,
      }),
      get: known,
      takeFile(id, file, only) {
        said.note(['takeFile', id, file, only]);
        return known(id);
      },
      leaveFile(id, file) {
        said.note(['leaveFile', id, file]);
        return known(id);
      },
      thumbnail(id) {
        const picture = said.thumbnails[sessions.indexOf(known(id)) % said.thumbnails.length];
        if (picture === undefined) throw new StreamAIError('thumbnail_missing');
        return picture;
      },
      async openFolder(id) {
        throw new StreamAIError('folder_not_shown', { file: known(id).recordings[0]?.path ?? '' });
      },
    },
    nextSession: {
      ...services.nextSession,
      async change({ name }) {
        if (name) checkSessionName(name);
        return snapshot.nextSession;
      },
    },
    uploads: {
      ...services.uploads,
      verify: async () => ({ verified: true, checkedAt: now, problem: null }),
      link: async () => own(link),
    },
    settings: { ...services.settings, view: () => settings },
    obs: { ...services.obs, status: () => snapshot.obs, connectionInfo: () => said.obs },
    destinations: {
      ...services.destinations,
      status: () => [...snapshot.destinations],
      test: async (id) =>
        id === 'processing'
          ? { ok: true, problem: null }
          : { ok: false, problem: errorInfo('storage_denied', { bucket: own('camille-lessons') }) },
      orphans: async () => own([...left]),
      async abortOrphan(orphan) {
        said.note(['abortOrphan', orphan]);
        for (const each of left) if (each.uploadId === orphan.uploadId) left.delete(each);
      },
    },
    token: {
      renew() {
        said.onNewToken(newToken);
        return newToken;
      },
    },
  };
}
