/**
 * What arrives on the live channel, looked at as far as the dock depends on it. The agent is the one that validates (zod,
 * shared/live.ts); here it only matters that a newer agent's message never breaks an older page.
 */
import type { LiveEventType, ServerMessage } from '../../shared/live.ts';

type Kinds = Readonly<Record<string, 'string' | 'array' | 'object' | 'boolean'>>;
const session: Kinds = { id: 'string', recordings: 'array' };
const upload: Kinds = { id: 'string', sessionId: 'string', recordingId: 'string' };

/** For each message the fields that must be there, and what they must be. */
const required: Record<LiveEventType | 'snapshot', Kinds> = {
  snapshot: { obs: 'object', destinations: 'array', nextSession: 'object', sessions: 'array', settings: 'object' },
  recording_started: session,
  recording_stopped: session,
  recording_status_update: { active: 'boolean' },
  session_updated: session,
  session_deleted: { sessionId: 'string' },
  upload_progress: { uploadId: 'string' },
  upload_updated: upload,
  upload_completed: upload,
  upload_failed: upload,
  manual_upload_completed: upload,
  task_updated: { uploadId: 'string' },
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
