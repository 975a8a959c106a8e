/** The calls that the dock makes to the agent. Types come from shared/; what arrives is only trusted as far as it is looked at. */
import type {
  AbortOrphan,
  ChapterFormat,
  DestinationTest,
  Link,
  MarkChange,
  NewMark,
  NextSessionChange,
  ObsConnectionInfo,
  Orphan,
  SessionChange,
  SessionFilter,
  SessionsPage,
  Verification,
} from '../../shared/api.ts';
import type { Destination, Session } from '../../shared/domain.ts';
import type { ErrorInfo, Language } from '../../shared/errors.ts';
import type { SettingsChange } from '../../shared/settings.ts';

export type UploadAction = 'pause' | 'resume' | 'retry' | 'cancel';

/** What to look for in the history; `cursor` of the page before. */
export interface SessionsQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly q?: string | undefined;
  readonly filter?: SessionFilter | undefined;
}

export interface AgentClient {
  /** Resolves once the agent took it; with `starting`, once OBS's file name is prepared. Waits at most `timeoutMs`. */
  changeNextSession(change: NextSessionChange, timeoutMs?: number): Promise<void>;
  changeSettings(change: SettingsChange): Promise<void>;
  obsConnection(): Promise<ObsConnectionInfo>;
  reconnectObs(): Promise<void>;
  /** A page of the history, newest first. */
  sessions(query: SessionsQuery): Promise<SessionsPage>;
  changeSession(id: string, change: SessionChange): Promise<void>;
  /** Forgets a session; its files stay. */
  forget(id: string): Promise<void>;
  /** Nothing of the session is uploaded by itself any more. */
  discard(id: string): Promise<void>;
  openFolder(id: string): Promise<void>;
  /** A chapter at this moment of the recording, in OBS's file too where that can be. Answers the session with it. */
  chapter(name: string): Promise<Session | null>;
  addMark(id: string, mark: NewMark): Promise<void>;
  changeMark(id: string, markId: string, change: MarkChange): Promise<void>;
  deleteMark(id: string, markId: string): Promise<void>;
  exportChapters(id: string, format: ChapterFormat): Promise<string>;
  thumbnail(id: string): Promise<Blob>;
  /** Queues every recording of a session, again or for the first time. */
  uploadNow(sessionId: string, destination?: Destination): Promise<void>;
  changeUpload(uploadId: string, action: UploadAction): Promise<void>;
  /** Reads all of the file and asks for its copy: can take long. */
  verify(uploadId: string): Promise<Verification>;
  link(uploadId: string, expiresInSeconds: number): Promise<Link>;
  testDestination(id: Destination): Promise<DestinationTest>;
  orphans(): Promise<readonly Orphan[]>;
  abortOrphan(orphan: AbortOrphan): Promise<void>;
}

/** The agent said no (`info` says why), or did not answer at all (`info` is null). */
export class AgentError extends Error {
  readonly info: ErrorInfo | null;

  constructor(info: ErrorInfo | null, options?: ErrorOptions) {
    super(info?.message ?? 'The agent did not answer', options);
    this.name = 'AgentError';
    this.info = info;
  }
}

const defaultTimeoutMs = 10_000;
/** A real round trip to a destination, with its own time limits. */
const testTimeoutMs = 60_000;
/** The whole file is read, from a disk that OBS may be writing to. */
const verifyTimeoutMs = 30 * 60_000;

/**
 * @param language that errors are told in
 * @param base the agent's address without a slash at its end; empty: where the page came from
 */
export function createAgentClient(token: string | null, language: () => Language, base = ''): AgentClient {
  async function respond(
    method: string,
    path: string,
    body?: unknown,
    timeoutMs = defaultTimeoutMs,
  ): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(`${base}/api/${path}`, {
        method,
        headers: {
          'accept-language': language(),
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        cache: 'no-store',
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (cause) {
      throw new AgentError(null, { cause });
    }
    if (!response.ok) throw new AgentError(errorOf(await response.json().catch(() => null)));
    return response;
  }

  /** An answer's object, whose fields may be anything. */
  async function ask(...request: Parameters<typeof respond>): Promise<Record<string, unknown>> {
    const response = await respond(...request);
    return Object(await response.json().catch(() => null));
  }
  async function tell(...request: Parameters<typeof respond>): Promise<void> {
    await ask(...request);
  }

  const session = (id: string): string => `integrated/recordings/${encodeURIComponent(id)}`;
  const mark = (id: string, markId: string): string => `${session(id)}/marks/${encodeURIComponent(markId)}`;
  const upload = (id: string): string => `integrated/uploads/${encodeURIComponent(id)}`;
  const orphansPath = 'destinations/object-storage/orphans';
  return {
    changeNextSession: (change, timeoutMs) => tell('PUT', 'integrated/next-session', change, timeoutMs),
    changeSettings: (change) => tell('PUT', 'settings', change),
    async obsConnection() {
      const { url, password } = await ask('GET', 'obs/connection');
      if (typeof url !== 'string') throw new AgentError(null);
      return { url, password: typeof password === 'string' ? password : null };
    },
    reconnectObs: () => tell('POST', 'obs/reconnect', {}),
    async sessions(query) {
      const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
      const answer = await ask('GET', `integrated/recordings?${new URLSearchParams(Object.fromEntries(given))}`);
      const { sessions, nextCursor } = answer as Partial<SessionsPage>;
      if (!Array.isArray(sessions)) throw new AgentError(null);
      return { sessions, nextCursor: nextCursor ?? null };
    },
    changeSession: (id, change) => tell('PATCH', session(id), change),
    forget: (id) => tell('DELETE', session(id)),
    discard: (id) => tell('POST', `${session(id)}/discard`, {}),
    openFolder: (id) => tell('POST', `${session(id)}/open-folder`, {}),
    async chapter(name) {
      const answer = await ask('POST', 'integrated/recording/chapter', name === '' ? {} : { name });
      return (answer.session as Session | undefined) ?? null;
    },
    addMark: (id, newMark) => tell('POST', `${session(id)}/marks`, newMark),
    changeMark: (id, markId, change) => tell('PATCH', mark(id, markId), change),
    deleteMark: (id, markId) => tell('DELETE', mark(id, markId)),
    async exportChapters(id, format) {
      const response = await respond('GET', `${session(id)}/chapters?format=${format}&language=${language()}`);
      return response.text();
    },
    async thumbnail(id) {
      return (await respond('GET', `${session(id)}/thumbnail`)).blob();
    },
    uploadNow: (sessionId, destination) =>
      tell('POST', 'integrated/upload/manual', { sessionId, ...(destination === undefined ? {} : { destination }) }),
    changeUpload: (id, action) => tell('POST', `${upload(id)}/${action}`, {}),
    verify: async (id) => (await ask('POST', `${upload(id)}/verify`, {}, verifyTimeoutMs)) as Verification,
    link: async (id, expiresInSeconds) => (await ask('POST', `${upload(id)}/link`, { expiresInSeconds })) as Link,
    testDestination: async (id) => (await ask('POST', `destinations/${id}/test`, {}, testTimeoutMs)) as DestinationTest,
    async orphans() {
      const { orphans } = await ask('GET', orphansPath, undefined, testTimeoutMs);
      return Array.isArray(orphans) ? (orphans as Orphan[]) : [];
    },
    abortOrphan: ({ key, uploadId }) => tell('DELETE', orphansPath, { key, uploadId }, testTimeoutMs),
  };
}

function errorOf(answer: unknown): ErrorInfo | null {
  const { error } = Object(answer) as { error?: Partial<ErrorInfo> };
  return typeof error?.code === 'string' && typeof error.message === 'string' ? (error as ErrorInfo) : null;
}
