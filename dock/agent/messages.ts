/**
 * Checks what arrives on the live channel, as far as the page would break without it: a newer agent may send messages that an
 * older page does not know. The agent has checked them all with zod (shared/live.ts), which is too large for the page.
 */
import type { LiveEventType, ServerMessage } from '../../shared/live.ts';

/** Names of fields, and what kind of value each must have. */
type FieldKinds = Readonly<Record<string, 'string' | 'array' | 'object' | 'boolean'>>;
const session: FieldKinds = { id: 'string', recordings: 'array' };
const upload: FieldKinds = { id: 'string', sessionId: 'string', recordingId: 'string' };

/** The fields that each message must have. */
const required: Record<LiveEventType | 'snapshot', FieldKinds> = {
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

/** The message in a frame of the live channel; null where this page does not understand it. */
export function parseServerMessage(frame: unknown): ServerMessage | null {
  if (typeof frame !== 'string') return null;
  let message: unknown;
  try {
    message = JSON.parse(frame);
  } catch {
    return null;
  }
  const { type, data } = Object(message) as { type?: unknown; data?: unknown };
  if (typeof type !== 'string' || !Object.hasOwn(required, type) || kindOf(data) !== 'object') return null;
  const fields = Object.entries(required[type as keyof typeof required]);
  const complete = fields.every(([name, wanted]) => kindOf((data as Record<string, unknown>)[name]) === wanted);
  return complete ? (message as ServerMessage) : null;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
