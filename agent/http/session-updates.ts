/**
 * What clients of the live channel are told of a session that changed: what is different from what they were told before, so that a
 * long list is not sent again for each item that comes to it.
 */
import type { Recording, Session, Upload } from '../../shared/domain.ts';
import type { ChangeOperation, LiveEvent, SessionUpdate } from '../../shared/live.ts';
import type { Announcement } from '../live-events.ts';

/** So many sessions are kept in mind, as clients were told them last; of another one that changes, clients have to ask. */
const mostKnown = 50;

export class SessionUpdates {
  /** As whoever heard everything knows them; those that changed last stand last. */
  readonly #told = new Map<string, Session>();

  /** A client is shown these sessions as they are now. */
  shown(sessions: readonly Session[]): void {
    for (const session of sessions) if (!this.#told.has(session.id)) this.#keep(session);
  }

  /** What clients are told for an announcement, each in its turn; null: what it says has been told already, and more. */
  told(event: Announcement): LiveEvent | null {
    switch (event.type) {
      case 'recording_started':
      case 'recording_stopped':
        return { ...event, data: this.#keep(event.data) };
      case 'session_updated': {
        const before = this.#told.get(event.data.id);
        if (before !== undefined && before.revision >= event.data.revision) return null;
        this.#keep(event.data);
        return { ...event, data: updateBetween(before, event.data) };
      }
      case 'session_deleted':
        this.#told.delete(event.data.sessionId);
        return event;
      case 'upload_updated':
      case 'upload_completed':
      case 'upload_failed':
      case 'manual_upload_completed':
        this.#uploadTold(event.data);
        return event;
      case 'upload_progress': {
        const { uploadId, sessionId, recordingId: _, ...progress } = event.data;
        this.#changeUpload(uploadId, (upload) => ({ ...upload, ...progress }), sessionId);
        return event;
      }
      case 'task_updated':
        this.#changeUpload(event.data.uploadId, (upload) => ({ ...upload, task: event.data }));
        return event;
      default:
        return event;
    }
  }

  /** A session as whoever heard everything knows it: what is told from now on follows it. undefined: none has it in mind. */
  current(id: string): Session | undefined {
    return this.#told.get(id);
  }

  /** @returns the newest of the session that was told */
  #keep(session: Session): Session {
    const known = this.#told.get(session.id);
    const newest = known !== undefined && known.revision > session.revision ? known : session;
    this.#told.delete(session.id);
    this.#told.set(session.id, newest);
    const oldest = this.#told.keys().next().value;
    if (this.#told.size > mostKnown && oldest !== undefined) this.#told.delete(oldest);
    return newest;
  }

  /** Clients put it into its recording. */
  #uploadTold(upload: Upload): void {
    const { id, sessionId, recordingId } = upload;
    this.#changeRecordings(sessionId, (recording) => {
      if (recording.id !== recordingId || recording.uploads.some((known) => known.id === id)) return recording;
      return { ...recording, uploads: [...recording.uploads, upload] };
    });
    this.#changeUpload(id, () => upload, sessionId);
  }

  /** @param sessionId left out: whichever it is of */
  #changeUpload(id: string, change: (upload: Upload) => Upload, sessionId?: string): void {
    for (const known of sessionId === undefined ? this.#told.keys() : [sessionId]) {
      this.#changeRecordings(known, (recording) => {
        if (!recording.uploads.some((upload) => upload.id === id)) return recording;
        return { ...recording, uploads: recording.uploads.map((one) => (one.id === id ? change(one) : one)) };
      });
    }
  }

  #changeRecordings(sessionId: string, change: (recording: Recording) => Recording): void {
    const session = this.#told.get(sessionId);
    if (session !== undefined) this.#told.set(sessionId, { ...session, recordings: session.recordings.map(change) });
  }
}

/** @param before undefined: not known, so that clients have to ask */
function updateBetween(before: Session | undefined, now: Session): SessionUpdate {
  const { id, name, state, revision } = now;
  if (before === undefined) return { id, name, state, revision, after: null, changes: [] };
  return { id, name, state, revision, after: before.revision, changes: sessionChanges(before, now) };
}

/** What makes one session the other; their revisions apart. */
export function sessionChanges(before: Session, now: Session): ChangeOperation[] {
  return [
    ...fieldChanges('', before, now, ['revision', 'marks', 'metadata', 'notices', 'recordings']),
    ...listChanges('/marks', before.marks, now.marks),
    ...listChanges('/notices', before.notices, now.notices),
    ...fieldChanges('/metadata', before.metadata, now.metadata, ['scenes', 'pauses']),
    ...listChanges('/metadata/scenes', before.metadata.scenes, now.metadata.scenes),
    ...listChanges('/metadata/pauses', before.metadata.pauses, now.metadata.pauses),
    ...listChanges('/recordings', before.recordings, now.recordings, recordingChanges),
  ];
}

function recordingChanges(path: string, before: Recording, now: Recording): ChangeOperation[] {
  const changes = fieldChanges(path, before, now, ['uploads']);
  // Uploads have events of their own; what those do not tell is that one was withdrawn.
  if (isSame(before.uploads.map(ownState), now.uploads.map(ownState))) return changes;
  return [...changes, { op: 'replace', path: `${path}/uploads`, value: now.uploads }];
}

/** An upload without what `upload_progress` and `task_updated` tell. */
const ownState = ({ bytesSent, bytesPerSecond, parts, phase, behindMs, task, ...own }: Upload) => own;

function fieldChanges(path: string, before: object, now: object, apart: readonly string[]): ChangeOperation[] {
  const old = new Map(Object.entries(before));
  const changes: ChangeOperation[] = [];
  for (const [key, value] of Object.entries(now)) {
    if (apart.includes(key) || value === undefined) continue;
    if (old.get(key) === undefined) changes.push({ op: 'add', path: `${path}/${key}`, value });
    else if (!isSame(old.get(key), value)) changes.push({ op: 'replace', path: `${path}/${key}`, value });
  }
  const kept = new Map(Object.entries(now));
  for (const [key, value] of old) {
    if (apart.includes(key) || value === undefined || kept.get(key) !== undefined) continue;
    changes.push({ op: 'remove', path: `${path}/${key}` });
  }
  return changes;
}

/** @param within what changed inside an item that is still there; without it, the item is replaced as a whole */
function listChanges<T extends object>(
  path: string,
  before: readonly T[],
  now: readonly T[],
  within: (path: string, before: T, now: T) => ChangeOperation[] = replaced,
): ChangeOperation[] {
  const changes: ChangeOperation[] = [];
  const remove = (index: number): void => {
    changes.push({ op: 'remove', path: `${path}/${index}` });
    items.splice(index, 1);
  };
  const items = before.map((item) => ({ key: keyOf(item), item }));
  const kept = new Set(now.map(keyOf));
  // From the end, so that the places before it stay what they are.
  for (let index = items.length - 1; index >= 0; index--) if (!kept.has(items[index]?.key ?? '')) remove(index);
  const rest = new Set(items.map(({ key }) => key));
  now.forEach((item, index) => {
    const key = keyOf(item);
    // What stands here has gone further down: it is added again there.
    if (items[index]?.key !== key && items[index + 1]?.key === key) remove(index);
    const here = items[index];
    if (here?.key === key) {
      changes.push(...within(`${path}/${index}`, here.item, item));
      return;
    }
    // It comes from further down, or is new.
    const place = rest.has(key) ? items.findIndex((one, at) => at > index && one.key === key) : -1;
    if (place > index) remove(place);
    changes.push({ op: 'add', path: `${path}/${index}`, value: item });
    items.splice(index, 0, { key, item });
  });
  for (let index = items.length - 1; index >= now.length; index--) remove(index);
  return changes;
}

const replaced = (path: string, before: object, now: object): ChangeOperation[] =>
  isSame(before, now) ? [] : [{ op: 'replace', path, value: now }];

/** An item without an id is what it says. */
const keyOf = (item: object): string => ('id' in item ? String(item.id) : JSON.stringify(item));

/** As they would arrive. */
const isSame = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);
