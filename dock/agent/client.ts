/**
 * The dock's calls to the agent's REST API. Answers are checked only where a wrong one would break the page: zod, which could
 * check them all, is too large for it.
 */
import type {
  DestinationTest,
  MarkChange,
  NewMark,
  NextSessionChange,
  ObsConnectionInfo,
  SessionChange,
  SessionFilter,
  SessionsPage,
} from '../../shared/api.ts';
import type { Destination, Session } from '../../shared/domain.ts';
import type { ErrorInfo, Language } from '../../shared/errors.ts';
import type { SettingsChange } from '../../shared/settings.ts';

export type UploadAction = 'pause' | 'resume' | 'retry' | 'cancel';

/** Which page of the history: `cursor` is the `nextCursor` of the page before, `q` the searched words. */
export interface SessionsQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly q?: string | undefined;
  readonly filter?: SessionFilter | undefined;
}

/** A call by its method, its path below /api/, its body, and how long it may take. It rejects with an AgentError. */
export type Call<T> = (method: string, path: string, body?: unknown, timeoutMs?: number) => Promise<T>;

/** A call that fails rejects with an AgentError. What only panels ask for is in details-calls.ts and settings-calls.ts. */
export interface AgentClient {
  readonly request: Call<Response>;
  /** The object that the agent answers with; its fields are not checked. */
  readonly query: Call<Record<string, unknown>>;
  /** A call whose answer does not matter. */
  readonly send: Call<void>;
  /** Resolves once the agent has accepted it; with `starting`, once OBS's file name is set. Waits at most `timeoutMs`. */
  changeNextSession(change: NextSessionChange, timeoutMs?: number): Promise<void>;
  changeSettings(change: SettingsChange): Promise<void>;
  obsConnection(): Promise<ObsConnectionInfo>;
  reconnectObs(): Promise<void>;
  /** A page of the history, newest first. */
  sessions(query: SessionsQuery): Promise<SessionsPage>;
  /** Takes a file in that a notice names, or lets it be sent by itself: with `only` it alone, else all of its folder. */
  takeFile(id: string, path: string, only?: boolean): Promise<void>;
  /** Ends the question that a notice asks; the file stays. */
  leaveFile(id: string, path: string): Promise<void>;
  /** Adds a chapter at this moment of the recording, also to OBS's file where OBS can. Answers with the session. */
  addChapter(name: string): Promise<Session | null>;
  addMark(id: string, mark: NewMark): Promise<void>;
  changeMark(id: string, markId: string, change: MarkChange): Promise<void>;
  /** The session's picture, JPEG. */
  thumbnail(id: string): Promise<Blob>;
  changeSession(id: string, change: SessionChange): Promise<void>;
  /** Queues every recording of a session, uploaded before or not. Without `destination`: for the default ones. */
  uploadNow(sessionId: string, destination?: Destination): Promise<void>;
  changeUpload(uploadId: string, action: UploadAction): Promise<void>;
  testDestination(id: Destination): Promise<DestinationTest>;
}

/** The agent refused (`info` says why) or gave no answer that makes sense (`info` is null). */
export class AgentError extends Error {
  readonly info: ErrorInfo | null;

  constructor(info: ErrorInfo | null, options?: ErrorOptions) {
    super(info?.message, options);
    this.name = 'AgentError';
    this.info = info;
  }
}

/** The agent's reason; null where it did not answer, or the error is another one. */
export const reasonOf = (error: unknown): ErrorInfo | null => (error instanceof AgentError ? error.info : null);

/** Paths of what a call is about. */
export const sessionPath = (id: string): string => `integrated/recordings/${encodeURIComponent(id)}`;
export const markPath = (id: string, markId: string): string =>
  `${sessionPath(id)}/marks/${encodeURIComponent(markId)}`;
export const uploadPath = (id: string): string => `integrated/uploads/${encodeURIComponent(id)}`;

const defaultTimeoutMs = 10_000;
/** The agent asks the destination, and has time limits of its own for that. */
export const testTimeoutMs = 60_000;

/**
 * @param key the live channel's; while it is null, nobody there has proven to be the agent, and no call is made
 * @param language the language that the agent shall write errors in
 * @param base the agent's address without a slash at its end; empty: the address that the page came from
 */
export function createAgentClient(key: () => string | null, language: () => Language, base = ''): AgentClient {
  /** @throws AgentError */
  async function request(
    method: string,
    path: string,
    body?: unknown,
    timeoutMs = defaultTimeoutMs,
  ): Promise<Response> {
    const bearer = key();
    if (bearer === null) throw new AgentError(null);
    let response: Response;
    try {
      response = await fetch(`${base}/api/${path}`, {
        method,
        headers: {
          'accept-language': language(),
          authorization: `Bearer ${bearer}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify(body),
        cache: 'no-store',
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (cause) {
      throw new AgentError(null, { cause });
    }
    if (!response.ok) throw new AgentError(errorOf(await response.json().catch(() => null)));
    return response;
  }

  /** The object that the agent answers with; its fields are not checked. */
  async function query(...call: Parameters<typeof request>): Promise<Record<string, unknown>> {
    const response = await request(...call);
    return Object(await response.json().catch(() => null));
  }
  /** A call whose answer does not matter. */
  async function send(...call: Parameters<typeof request>): Promise<void> {
    await query(...call);
  }

  return {
    request,
    query,
    send,
    changeNextSession: (change, timeoutMs) => send('PUT', 'integrated/next-session', change, timeoutMs),
    changeSettings: (change) => send('PUT', 'settings', change),
    async obsConnection() {
      const { url, password } = await query('GET', 'obs/connection');
      if (typeof url !== 'string') throw new AgentError(null);
      return { url, password: typeof password === 'string' ? password : null };
    },
    reconnectObs: () => send('POST', 'obs/reconnect', {}),
    async sessions(wanted) {
      const given = Object.entries(wanted).filter(([, value]) => value !== undefined && value !== '');
      const answer = await query('GET', `integrated/recordings?${new URLSearchParams(Object.fromEntries(given))}`);
      const { sessions, nextCursor } = answer as Partial<SessionsPage>;
      if (!Array.isArray(sessions)) throw new AgentError(null);
      return { sessions, nextCursor: nextCursor ?? null };
    },
    takeFile: (id, path, only) => send('POST', `${sessionPath(id)}/files`, { path, only }),
    leaveFile: (id, path) => send('DELETE', `${sessionPath(id)}/files`, { path }),
    async addChapter(name) {
      const answer = await query('POST', 'integrated/recording/chapter', name === '' ? {} : { name });
      return (answer.session as Session | undefined) ?? null;
    },
    changeSession: (id, change) => send('PATCH', sessionPath(id), change),
    addMark: (id, newMark) => send('POST', `${sessionPath(id)}/marks`, newMark),
    changeMark: (id, markId, change) => send('PATCH', markPath(id, markId), change),
    async thumbnail(id) {
      return (await request('GET', `${sessionPath(id)}/thumbnail`)).blob();
    },
    uploadNow: (sessionId, destination) =>
      send('POST', 'integrated/upload/manual', { sessionId, ...(destination === undefined ? {} : { destination }) }),
    changeUpload: (id, action) => send('POST', `${uploadPath(id)}/${action}`, {}),
    testDestination: async (id) =>
      (await query('POST', `destinations/${id}/test`, {}, testTimeoutMs)) as DestinationTest,
  };
}

function errorOf(answer: unknown): ErrorInfo | null {
  const { error } = Object(answer) as { error?: Partial<ErrorInfo> };
  return typeof error?.code === 'string' && typeof error.message === 'string' ? (error as ErrorInfo) : null;
}
