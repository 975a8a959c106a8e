/** What the dock knows from the agent: pure functions of the live channel's messages and of the pages of the history. */
import type { SessionsPage } from '../../shared/api.ts';
import type { DestinationStatus, NextSession, ObsStatus, Recording, Session, Upload } from '../../shared/domain.ts';
import type { ServerMessage, SessionUpdate } from '../../shared/live.ts';
import { updatedSession } from '../../shared/session-update.ts';
import type { SettingsView } from '../../shared/settings.ts';

export interface AgentState {
  readonly obs: ObsStatus;
  readonly destinations: readonly DestinationStatus[];
  readonly nextSession: NextSession;
  readonly settings: SettingsView;
  /** The session that is being recorded. */
  readonly activeSessionId: string | null;
  /** What OBS has written for it so far, in bytes. */
  readonly recordedBytes: number;
  /** Newest first. A session that did not change stays the same object, so that only changed cards are drawn again. */
  readonly sessions: readonly Session[];
  /** Where the next page of the history begins; null: there is none. */
  readonly nextCursor: string | null;
  /** What the search or filter found, newest first; null without one. */
  readonly found: SessionsPage | null;
}

/** The state after a message of the live channel. Null until the first snapshot: events before it are ignored. */
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
    case 'session':
      return withSession(state, message.data);
    case 'session_updated':
      return inBothLists(state, (sessions) => sessions.map((session) => updatedSession(session, message.data)));
    case 'session_deleted':
      return inBothLists(state, (sessions) => sessions.filter(({ id }) => id !== message.data.sessionId));
    case 'recording_status_update': {
      const { active, durationMs, bytes, sessionId } = message.data;
      const changed = inBothLists(state, (sessions) =>
        changeSession(sessions, sessionId, (session) => ({ ...session, durationMs })),
      );
      return { ...changed, activeSessionId: active ? sessionId : null, recordedBytes: bytes };
    }
    case 'upload_progress': {
      const { uploadId, bytesSent, bytesTotal, bytesPerSecond, parts, phase, behindMs } = message.data;
      const progress = { bytesSent, bytesTotal, bytesPerSecond, parts, phase, behindMs };
      return withUploads(state, message.data, (uploads) => changeUpload(uploads, uploadId, progress));
    }
    case 'upload_updated':
    case 'upload_completed':
    case 'upload_failed':
    case 'manual_upload_completed': {
      const upload = message.data;
      return withUploads(state, upload, (uploads) =>
        uploads.some(({ id }) => id === upload.id) ? changeUpload(uploads, upload.id, upload) : [...uploads, upload],
      );
    }
    case 'task_updated': {
      const task = message.data;
      return withUploads(state, null, (uploads) => changeUpload(uploads, task.uploadId, { task }));
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

/** Adds a page of the history. */
export function withHistoryPage(state: AgentState, { sessions, nextCursor }: SessionsPage): AgentState {
  return { ...state, sessions: newestFirst(withUnknown(state.sessions, sessions)), nextCursor };
}

/**
 * Takes a page of what a search found.
 * @param page null ends the search
 * @param isFirst whether a new search begins with this page; else it is added to the pages before it
 */
export function withSearchPage(state: AgentState, page: SessionsPage | null, isFirst: boolean): AgentState {
  if (page === null || isFirst || state.found === null) return { ...state, found: page };
  return { ...state, found: { ...page, sessions: withUnknown(state.found.sessions, page.sessions) } };
}

/** Adds the sessions that are not listed yet. Those that are came by live events, and are newer than the page. */
function withUnknown(listed: readonly Session[], page: readonly Session[]): Session[] {
  const known = new Set(listed.map(({ id }) => id));
  return [...listed, ...page.filter(({ id }) => !known.has(id))];
}

/** Changes the sessions of the history and of what a search found. */
function inBothLists(state: AgentState, change: (sessions: readonly Session[]) => readonly Session[]): AgentState {
  const found = state.found === null ? null : { ...state.found, sessions: [...change(state.found.sessions)] };
  return { ...state, sessions: change(state.sessions), found };
}

function newestFirst(sessions: readonly Session[]): Session[] {
  return [...sessions].sort((a, b) => (a.startedAt === b.startedAt ? 0 : a.startedAt < b.startedAt ? 1 : -1));
}

/** Whether this update's session has to be asked for: it is known otherwise, or missing from a list that has all. */
export function isBehind({ sessions, nextCursor, found }: AgentState, { id, revision }: SessionUpdate): boolean {
  const known = [...sessions, ...(found?.sessions ?? [])].filter((session) => session.id === id);
  return known[0] === undefined ? nextCursor === null : known.some((session) => session.revision < revision);
}

function withSession(state: AgentState, session: Session): AgentState {
  const changed = inBothLists(state, (sessions) => changeSession(sessions, session.id, () => session));
  if (state.sessions.some(({ id }) => id === session.id)) return changed;
  // A session of a page that is not loaded yet comes with that page: the list has no gaps.
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

/** Changes the upload with this id. Without such an upload, the same array comes back. */
function changeUpload(uploads: readonly Upload[], id: string, change: Partial<Upload>): readonly Upload[] {
  if (!uploads.some((upload) => upload.id === id)) return uploads;
  return uploads.map((upload) => (upload.id === id ? { ...upload, ...change } : upload));
}

/**
 * Changes the uploads of one recording, or of all where `of` is null.
 * @param change gives back the same array where nothing changes, so that the session stays the same object
 */
function withUploads(
  state: AgentState,
  of: { readonly sessionId: string; readonly recordingId: string } | null,
  change: (uploads: readonly Upload[]) => readonly Upload[],
): AgentState {
  const inRecording = (recording: Recording): Recording => {
    const uploads = of === null || recording.id === of.recordingId ? change(recording.uploads) : recording.uploads;
    return uploads === recording.uploads ? recording : { ...recording, uploads: [...uploads] };
  };
  return inBothLists(state, (sessions) =>
    sessions.map((session) => {
      if (of !== null && session.id !== of.sessionId) return session;
      const recordings = session.recordings.map(inRecording);
      return recordings.every((recording, index) => recording === session.recordings[index])
        ? session
        : { ...session, recordings };
    }),
  );
}
