/** What the dock knows from the agent, as a pure function of the live channel's messages and of the pages of history. */
import type { SessionsPage } from '../../shared/api.ts';
import type {
  DestinationStatus,
  NextSession,
  ObsStatus,
  Recording,
  Session,
  Task,
  Upload,
} from '../../shared/domain.ts';
import type { ServerMessage, UploadProgress } from '../../shared/live.ts';
import type { SettingsView } from '../../shared/settings.ts';

export interface AgentState {
  readonly obs: ObsStatus;
  readonly destinations: readonly DestinationStatus[];
  readonly nextSession: NextSession;
  readonly settings: SettingsView;
  /** The session that is being recorded now. */
  readonly activeSessionId: string | null;
  /** What it has written so far. */
  readonly recordedBytes: number;
  /** Newest first. Unchanged sessions keep their identity, so that only changed cards are drawn again. */
  readonly sessions: readonly Session[];
  /** Where the history goes on; null: all is here. */
  readonly nextCursor: string | null;
}

/** Everything starts from a snapshot; events before it have nothing to stand on. */
export function reduceAgent(state: AgentState | null, message: ServerMessage): AgentState | null {
  if (message.type === 'snapshot') {
    const { obs, destinations, nextSession, settings, sessions, recording } = message.data;
    const activeSessionId = recording?.session?.id ?? null;
    return {
      obs,
      destinations,
      nextSession,
      settings,
      activeSessionId,
      recordedBytes: recording?.bytes ?? 0,
      sessions: newestFirst(sessions),
      nextCursor: null,
    };
  }
  if (state === null) return null;
  switch (message.type) {
    case 'recording_started':
      return { ...withSession(state, message.data), activeSessionId: message.data.id, recordedBytes: 0 };
    case 'recording_stopped':
      return { ...withSession(state, message.data), activeSessionId: null };
    case 'session_updated':
      return withSession(state, message.data);
    case 'session_deleted':
      return { ...state, sessions: state.sessions.filter(({ id }) => id !== message.data.sessionId) };
    case 'recording_status_update': {
      const { active, durationMs, bytes, sessionId } = message.data;
      const sessions = changeSession(state.sessions, sessionId, (session) => ({ ...session, durationMs }));
      return { ...state, sessions, activeSessionId: active ? sessionId : null, recordedBytes: bytes };
    }
    case 'upload_progress':
      return { ...state, sessions: withProgress(state.sessions, message.data) };
    case 'upload_updated':
    case 'upload_completed':
    case 'upload_failed':
    case 'manual_upload_completed':
      return { ...state, sessions: withUpload(state.sessions, message.data) };
    case 'task_updated':
      return { ...state, sessions: withTask(state.sessions, message.data) };
    case 'next_session_updated':
      return { ...state, nextSession: message.data };
    case 'settings_updated':
      return { ...state, settings: message.data };
    case 'obs_updated':
      return { ...state, obs: message.data };
    case 'destination_updated': {
      const others = state.destinations.filter(({ id }) => id !== message.data.id);
      return { ...state, destinations: [...others, message.data].sort((a, b) => (a.id < b.id ? 1 : -1)) };
    }
    default:
      return state;
  }
}

/** Adds a page of history. Sessions that are already here came by live events and are fresher than the page. */
export function withPage(state: AgentState, page: SessionsPage): AgentState {
  const known = new Set(state.sessions.map(({ id }) => id));
  const added = page.sessions.filter(({ id }) => !known.has(id));
  return { ...state, sessions: newestFirst([...state.sessions, ...added]), nextCursor: page.nextCursor };
}

function newestFirst(sessions: readonly Session[]): Session[] {
  return [...sessions].sort((a, b) => (a.startedAt === b.startedAt ? 0 : a.startedAt < b.startedAt ? 1 : -1));
}

function withSession(state: AgentState, session: Session): AgentState {
  const others = state.sessions.filter(({ id }) => id !== session.id);
  return { ...state, sessions: newestFirst([session, ...others]) };
}

function changeSession(
  sessions: readonly Session[],
  id: string | null,
  change: (session: Session) => Session,
): readonly Session[] {
  return sessions.map((session) => (session.id === id ? change(session) : session));
}

function changeRecording(
  sessions: readonly Session[],
  of: { sessionId: string; recordingId: string },
  change: (recording: Recording) => Recording,
): readonly Session[] {
  return changeSession(sessions, of.sessionId, (session) => ({
    ...session,
    recordings: session.recordings.map((recording) =>
      recording.id === of.recordingId ? change(recording) : recording,
    ),
  }));
}

function withUpload(sessions: readonly Session[], upload: Upload): readonly Session[] {
  return changeRecording(sessions, upload, (recording) => {
    const known = recording.uploads.some(({ id }) => id === upload.id);
    const uploads = known
      ? recording.uploads.map((other) => (other.id === upload.id ? upload : other))
      : [...recording.uploads, upload];
    return { ...recording, uploads };
  });
}

function withProgress(sessions: readonly Session[], progress: UploadProgress): readonly Session[] {
  const { bytesSent, bytesTotal, bytesPerSecond, parts, phase } = progress;
  return changeRecording(sessions, progress, (recording) => ({
    ...recording,
    uploads: recording.uploads.map((upload) =>
      upload.id === progress.uploadId ? { ...upload, bytesSent, bytesTotal, bytesPerSecond, parts, phase } : upload,
    ),
  }));
}

function withTask(sessions: readonly Session[], task: Task): readonly Session[] {
  return sessions.map((session) => {
    const has = session.recordings.some(({ uploads }) => uploads.some(({ id }) => id === task.uploadId));
    if (!has) return session;
    const recordings = session.recordings.map((recording) => ({
      ...recording,
      uploads: recording.uploads.map((upload) => (upload.id === task.uploadId ? { ...upload, task } : upload)),
    }));
    return { ...session, recordings };
  });
}
