/** What the dock knows from the agent, as a pure function of the live channel's messages and of the pages of history. */
import type { SessionsPage } from '../../shared/api.ts';
import type { DestinationStatus, NextSession, ObsStatus, Recording, Session, Upload } from '../../shared/domain.ts';
import type { ServerMessage } from '../../shared/live.ts';
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
  /** What a search or a filter found, newest first; null: none is on. */
  readonly found: SessionsPage | null;
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
      found: state?.found ?? null,
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
      return inLists(state, (sessions) => sessions.filter(({ id }) => id !== message.data.sessionId));
    case 'recording_status_update': {
      const { active, durationMs, bytes, sessionId } = message.data;
      const changed = inLists(state, (sessions) =>
        changeSession(sessions, sessionId, (session) => ({ ...session, durationMs })),
      );
      return { ...changed, activeSessionId: active ? sessionId : null, recordedBytes: bytes };
    }
    case 'upload_progress': {
      const { uploadId, bytesSent, bytesTotal, bytesPerSecond, parts, phase, behindMs } = message.data;
      const progress = { bytesSent, bytesTotal, bytesPerSecond, parts, phase, behindMs };
      return withUploads(state, message.data, (uploads) => replaced(uploads, uploadId, progress));
    }
    case 'upload_updated':
    case 'upload_completed':
    case 'upload_failed':
    case 'manual_upload_completed': {
      const upload = message.data;
      return withUploads(state, upload, (uploads) =>
        uploads.some(({ id }) => id === upload.id) ? replaced(uploads, upload.id, upload) : [...uploads, upload],
      );
    }
    case 'task_updated': {
      const task = message.data;
      return withUploads(state, null, (uploads) => replaced(uploads, task.uploadId, { task }));
    }
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

/** Takes what a search found: its first page, or one that goes on. */
export function withFound(state: AgentState, page: SessionsPage | null, goesOn: boolean): AgentState {
  if (page === null || !goesOn || state.found === null) return { ...state, found: page };
  const known = new Set(state.found.sessions.map(({ id }) => id));
  const added = page.sessions.filter(({ id }) => !known.has(id));
  return { ...state, found: { sessions: [...state.found.sessions, ...added], nextCursor: page.nextCursor } };
}

/** Changes sessions wherever they are listed. */
function inLists(state: AgentState, change: (sessions: readonly Session[]) => readonly Session[]): AgentState {
  const found = state.found === null ? null : { ...state.found, sessions: [...change(state.found.sessions)] };
  return { ...state, sessions: change(state.sessions), found };
}

function newestFirst(sessions: readonly Session[]): Session[] {
  return [...sessions].sort((a, b) => (a.startedAt === b.startedAt ? 0 : a.startedAt < b.startedAt ? 1 : -1));
}

function withSession(state: AgentState, session: Session): AgentState {
  const changed = inLists(state, (sessions) => changeSession(sessions, session.id, () => session));
  if (state.sessions.some(({ id }) => id === session.id)) return changed;
  // One from a page that is not here yet would stand in a gap of the list.
  const oldest = state.sessions.at(-1);
  if (state.nextCursor !== null && oldest !== undefined && session.startedAt < oldest.startedAt) return changed;
  return { ...changed, sessions: newestFirst([session, ...state.sessions]) };
}

function changeSession(
  sessions: readonly Session[],
  id: string | null,
  change: (session: Session) => Session,
): readonly Session[] {
  return sessions.map((session) => (session.id === id ? change(session) : session));
}

/** Changes an upload among others; all of them as they are where it is none of them. */
function replaced(uploads: readonly Upload[], id: string, change: Partial<Upload>): readonly Upload[] {
  if (!uploads.some((upload) => upload.id === id)) return uploads;
  return uploads.map((upload) => (upload.id === id ? { ...upload, ...change } : upload));
}

/** Changes the uploads of one recording, or of those that it concerns where nobody says which. */
function withUploads(
  state: AgentState,
  of: { readonly sessionId: string; readonly recordingId: string } | null,
  change: (uploads: readonly Upload[]) => readonly Upload[],
): AgentState {
  const inRecording = (recording: Recording): Recording => {
    const uploads = of === null || recording.id === of.recordingId ? change(recording.uploads) : recording.uploads;
    return uploads === recording.uploads ? recording : { ...recording, uploads: [...uploads] };
  };
  return inLists(state, (sessions) =>
    sessions.map((session) => {
      if (of !== null && session.id !== of.sessionId) return session;
      const recordings = session.recordings.map(inRecording);
      return recordings.every((recording, index) => recording === session.recordings[index])
        ? session
        : { ...session, recordings };
    }),
  );
}
