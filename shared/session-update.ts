/** How a client keeps a session up to date from the updates of the live channel. Pure, and small: the dock loads it first. */
import type { Session } from './domain.ts';
import type { ChangeOperation, SessionUpdate } from './live.ts';

/** The session after an update; the same object where the update does not follow what it is. */
export function updatedSession(session: Session, { id, revision, after, changes }: SessionUpdate): Session {
  if (session.id !== id || session.revision !== after) return session;
  let updated: unknown = { ...session, revision };
  for (const change of changes) updated = changedAt(updated, change.path.split('/').slice(1), change);
  return updated as Session;
}

/**
 * Copies what lies on the path and shares the rest. Paths lead to fields of ours and to places in lists: none needs JSON Pointer's
 * escapes.
 */
function changedAt(target: unknown, [key = '', ...rest]: string[], change: ChangeOperation): unknown {
  const copy = Array.isArray(target) ? [...target] : { ...Object(target) };
  if (rest.length > 0) copy[key] = changedAt(copy[key], rest, change);
  else if (Array.isArray(copy))
    copy.splice(+key, +(change.op !== 'add'), ...(change.op === 'remove' ? [] : [change.value]));
  else if (change.op === 'remove') delete copy[key];
  else copy[key] = change.value;
  return copy;
}
