/** The calls that the dock makes to the agent. Types come from shared/; what arrives is only trusted as far as it is looked at. */
import type { NextSessionChange, ObsConnectionInfo, SessionsPage } from '../../shared/api.ts';
import type { ErrorInfo } from '../../shared/errors.ts';
import type { SettingsChange } from '../../shared/settings.ts';

export type UploadAction = 'pause' | 'resume' | 'retry' | 'cancel';

export interface AgentClient {
  /** Resolves once the agent took it; with `starting`, once OBS's file name is prepared. Waits at most `timeoutMs`. */
  changeNextSession(change: NextSessionChange, timeoutMs?: number): Promise<void>;
  changeSettings(change: SettingsChange): Promise<void>;
  obsConnection(): Promise<ObsConnectionInfo>;
  reconnectObs(): Promise<void>;
  /** A page of the history, newest first. */
  sessions(page: { limit: number; cursor?: string }): Promise<SessionsPage>;
  /** Queues every recording of a session, again or for the first time. */
  uploadNow(sessionId: string): Promise<void>;
  changeUpload(uploadId: string, action: UploadAction): Promise<void>;
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

/** @param base the agent's address without a slash at its end; empty: where the page came from */
export function createAgentClient(token: string | null, base = ''): AgentClient {
  async function request(method: string, path: string, body?: unknown, timeoutMs = defaultTimeoutMs): Promise<unknown> {
    let response: Response;
    let answer: unknown;
    try {
      response = await fetch(`${base}/api/${path}`, {
        method,
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        cache: 'no-store',
        signal: AbortSignal.timeout(timeoutMs),
      });
      answer = await response.json().catch(() => null);
    } catch (cause) {
      throw new AgentError(null, { cause });
    }
    if (!response.ok) throw new AgentError(errorOf(answer));
    return answer;
  }

  const segment = encodeURIComponent;
  return {
    async changeNextSession(change, timeoutMs) {
      await request('PUT', 'integrated/next-session', change, timeoutMs);
    },
    async changeSettings(change) {
      await request('PUT', 'settings', change);
    },
    async obsConnection() {
      const answer = await request('GET', 'obs/connection');
      const { url, password } = Object(answer) as Record<string, unknown>;
      if (typeof url !== 'string') throw new AgentError(null);
      return { url, password: typeof password === 'string' ? password : null };
    },
    async reconnectObs() {
      await request('POST', 'obs/reconnect', {});
    },
    async sessions({ limit, cursor }) {
      const query = new URLSearchParams({ limit: String(limit), ...(cursor === undefined ? {} : { cursor }) });
      const answer = Object(await request('GET', `integrated/recordings?${query}`)) as Partial<SessionsPage>;
      if (!Array.isArray(answer.sessions)) throw new AgentError(null);
      return { sessions: answer.sessions, nextCursor: answer.nextCursor ?? null };
    },
    async uploadNow(sessionId) {
      await request('POST', 'integrated/upload/manual', { sessionId });
    },
    async changeUpload(uploadId, action) {
      await request('POST', `integrated/uploads/${segment(uploadId)}/${action}`, {});
    },
  };
}

function errorOf(answer: unknown): ErrorInfo | null {
  const { error } = Object(answer) as { error?: Partial<ErrorInfo> };
  return typeof error?.code === 'string' && typeof error.message === 'string' ? (error as ErrorInfo) : null;
}
