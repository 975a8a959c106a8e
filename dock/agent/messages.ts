/**
 * What arrives on the live channel, looked at as far as the dock depends on it. The agent is the one that validates (zod,
 * shared/live.ts); here it only matters that a newer agent's message never breaks an older page.
 */
import type { LiveEventType, ServerMessage } from '../../shared/live.ts';

/** For each message the fields that must be there, and what they must be. */
const required: Record<
  LiveEventType | 'snapshot',
  Readonly<Record<string, 'string' | 'array' | 'object' | 'boolean'>>
> = {
  snapshot: { obs: 'object', destinations: 'array', nextSession: 'object', sessions: 'array', settings: 'object' },
  recording_started: { id: 'string', recordings: 'array' },
  recording_stopped: { id: 'string', recordings: 'array' },
  recording_status_update: { active: 'boolean', paused: 'boolean' },
  session_updated: { id: 'string', recordings: 'array' },
  session_deleted: { sessionId: 'string' },
  upload_progress: { uploadId: 'string', recordingId: 'string', sessionId: 'string' },
  upload_updated: { id: 'string', sessionId: 'string', recordingId: 'string' },
  upload_completed: { id: 'string', sessionId: 'string', recordingId: 'string' },
  upload_failed: { id: 'string', sessionId: 'string', recordingId: 'string' },
  manual_upload_completed: { id: 'string', sessionId: 'string', recordingId: 'string' },
  task_updated: { id: 'string', uploadId: 'string' },
  next_session_updated: { suggestedName: 'string' },
  settings_updated: { values: 'object' },
  obs_updated: { state: 'string' },
  destination_updated: { id: 'string' },
  error: { code: 'string', message: 'string' },
};

/** The message in a frame, or null where it is none that this page understands. */
export function parseServerMessage(frame: unknown): ServerMessage | null {
  if (typeof frame !== 'string') return null;
  let message: unknown;
  try {
    message = JSON.parse(frame);
  } catch {
    return null;
  }
  const { type, data } = Object(message) as { type?: unknown; data?: unknown };
  if (typeof type !== 'string' || !Object.hasOwn(required, type) || kind(data) !== 'object') return null;
  const fields = Object.entries(required[type as keyof typeof required]);
  const complete = fields.every(([name, wanted]) => kind((data as Record<string, unknown>)[name]) === wanted);
  return complete ? (message as ServerMessage) : null;
}

function kind(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
