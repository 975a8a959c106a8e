/** A database as years of recording leave it. */

import { begin, firstMoment, step } from '../../agent/sessions/session-state.ts';
import { SessionStore, type StoredSession } from '../../agent/sessions/session-store.ts';
import { openDatabase, transaction } from '../../agent/storage/database.ts';
import { TaskStore } from '../../agent/uploads/destinations/processing/tasks/task-store.ts';
import { type UploadRecord, UploadStore } from '../../agent/uploads/upload-store.ts';
import { errorInfo } from '../../shared/errors.ts';

const scenes = ['Caméra 1', 'Écran', 'Pause', 'Gameplay', 'Interview'];
const subjects = ['Leçon de géométrie', 'Stream', 'Entretien', 'Podcast', 'Réunion d’équipe', 'Tutoriel'];
const day = 24 * 60 * 60 * 1000;

/** One in a hundred was interrupted, failed to upload, or was never uploaded: rare things are what filters are for. */
type Fate = 'uploaded' | 'interrupted' | 'failed' | 'local-only';
const fateOf = (index: number): Fate => {
  const rare: Readonly<Record<number, Fate>> = { 17: 'interrupted', 42: 'failed', 63: 'local-only' };
  return rare[index % 100] ?? 'uploaded';
};

/** Fills a new database with so many sessions, each with one recording, two uploads, two marks and notes. */
export function seedHistory(file: string, sessions: number): void {
  const database = openDatabase(file);
  const tasks = new TaskStore(database);
  const uploads = new UploadStore(database, tasks);
  const store = new SessionStore(database);
  const first = Date.now() - sessions * day;
  try {
    transaction(database, () => {
      for (let index = 0; index < sessions; index++) {
        const session = seeded(index, first + index * day);
        store.save(session);
        for (const kind of ['chapter', 'note'] as const) {
          const text = kind === 'chapter' ? `Partie ${index % 7}` : `À revoir : passage n° ${index}`;
          const mark = { id: `${session.id}-${kind}`, kind, atMs: 60_000, text, inFile: false };
          store.changeMark(session.id, { save: { ...mark, createdAt: new Date(first).toISOString() } });
        }
        if (fateOf(index) === 'local-only') continue;
        for (const destination of ['object-storage', 'processing'] as const) {
          const upload = uploadOf(session, destination, fateOf(index) === 'failed');
          uploads.insert(upload);
          if (upload.state !== 'completed' || destination !== 'processing') continue;
          const at = upload.createdAt;
          const task = { id: `task-${index}`, server: 'http://192.0.2.1', status: 'completed', progress: 100 } as const;
          const results = { video: '/results/v', subtitles: '/results/s', thumbnail: '/results/t' };
          tasks.insert({
            uploadId: upload.id,
            ...task,
            message: null,
            results,
            error: null,
            updatedAt: at,
            endedAt: at,
          });
        }
      }
    });
  } finally {
    database.close();
  }
}

function seeded(index: number, startedAt: number): StoredSession {
  const id = `session-${String(index).padStart(6, '0')}`;
  const durationMs = 3_600_000;
  const stoppedAt = startedAt + durationMs;
  const vanished = fateOf(index) === 'interrupted';
  const at = { date: stoppedAt, recordedMs: durationMs, elapsedMs: durationMs };
  const ended = step(
    begin(firstMoment(startedAt), `/recordings/${id}.mkv`),
    vanished ? { type: 'lost', at, paths: [], ending: 'vanished' } : { type: 'stopped', at, paths: [] },
  );
  const run = step(ended, {
    type: 'file_ready',
    number: 1,
    bytes: 3_000_000_000,
    container: 'mkv',
    finalised: !vanished,
    inode: '1:1',
    modifiedAt: stoppedAt,
    durationMs,
  });
  return {
    id,
    name: `${subjects[index % subjects.length]} ${index}`,
    startedBy: 'obs',
    autoUpload: true,
    subtitleModel: 'base',
    priority: 1,
    notes: index % 3 === 0 ? `Notes de la session ${index}. `.repeat(10) : '',
    marks: [],
    thumbnail: false,
    metadata: {
      number: index + 1,
      scenes: Array.from({ length: 5 }, (_, at) => ({ name: scenes[(index + at) % 5] ?? '', atMs: at * 600_000 })),
      pauses: [],
    },
    notices: [],
    run,
    fileIds: [`${id}-1`],
  };
}

function uploadOf(session: StoredSession, destination: UploadRecord['destination'], failed: boolean): UploadRecord {
  const at = session.run.stoppedAt ?? 0;
  return {
    id: `${session.id}-${destination}`,
    sessionId: session.id,
    recordingId: session.fileIds[0] ?? '',
    destination,
    state: failed ? 'failed' : 'completed',
    subtitleModel: 'base',
    priority: 1,
    manual: false,
    afterUploadId: null,
    sentAs: failed ? null : 'file',
    bytesTotal: 3_000_000_000,
    attempts: 1,
    generation: 1,
    fileModifiedAt: at,
    nextAttemptAt: null,
    error: failed ? errorInfo('destination_rejected', { status: 413, detail: 'too large' }) : null,
    sha256: failed ? null : 'a'.repeat(64),
    createdAt: at,
    completedAt: failed ? null : at + 600_000,
    task: null,
  };
}
