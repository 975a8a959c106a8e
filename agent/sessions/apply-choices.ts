/** What follows for uploads when a person changes a session's choices, at whatever time. */
import type { Session } from '../../shared/domain.ts';
import type { Uploads } from '../uploads/uploads.ts';
import type { SessionChoices } from './sessions-service.ts';

/**
 * Uploads that have not arrived take the new model and priority with their next attempt. Switched on, auto-upload also takes
 * the files that are closed already and have no upload yet; switched off, it concerns files that are still to come.
 */
export function applyChoices(
  session: Session,
  { autoUpload, subtitleModel, priority }: SessionChoices,
  uploads: Pick<Uploads, 'choose' | 'enqueueAll'>,
): void {
  if (subtitleModel !== undefined || priority !== undefined) {
    uploads.choose(session.id, { subtitleModel: session.subtitleModel, priority: session.priority });
  }
  if (autoUpload !== true) return;
  for (const { id, bytes, state, uploads: known } of session.recordings) {
    if (state !== 'ready' || known.length > 0) continue;
    const { subtitleModel: model, priority: urgency } = session;
    uploads.enqueueAll({
      sessionId: session.id,
      recordingId: id,
      subtitleModel: model,
      priority: urgency,
      manual: false,
      bytesTotal: bytes,
    });
  }
}
