/** Builds sessions of one afternoon, as a teacher who streams would have them. */
import type { Mark, Recording, Session, Task, Upload } from '../../shared/domain.ts';
import { uploadFixture } from '../../shared/upload-fixture.ts';
import { recordDirectory } from './scene.ts';

export const day = '2026-11-22';
export const at = (time: string): string => `${day}T${time}:00.000Z`;
export const minute = 60_000;

/** When all this is seen. */
export const now = `${day}T19:42:34.000Z`;

/** Bytes per ms of what was recorded. */
const rate = 743;

/** One that has ended well and was not uploaded. */
export function session(id: string, name: string, change: Partial<Session> = {}): Session {
  const startedAt = change.startedAt ?? at('18:00');
  const durationMs = change.durationMs ?? 42 * minute;
  const stoppedAt = new Date(Date.parse(startedAt) + durationMs).toISOString();
  return {
    id,
    name,
    state: 'recorded',
    startedBy: 'dock',
    startedAt,
    stoppedAt,
    durationMs,
    autoUpload: true,
    subtitleModel: 'base',
    priority: 1,
    notes: '',
    marks: [],
    thumbnail: true,
    revision: 1,
    metadata: {
      obsVersion: '32.2.2',
      width: 1920,
      height: 1080,
      fps: 60,
      scenes: [{ name: 'Camera', atMs: 0 }],
      pauses: [],
    },
    notices: [],
    recordings: [recording(id, 1, name, { startedAt, endedAt: stoppedAt, bytes: Math.round(durationMs * rate) })],
    ...change,
  };
}

export function recording(sessionId: string, number: number, name: string, change: Partial<Recording> = {}): Recording {
  const fileName = `${name}.mp4`;
  return {
    id: `${sessionId}-${number}`,
    sessionId,
    number,
    path: `${recordDirectory}/${fileName}`,
    fileName,
    state: 'ready',
    bytes: 42 * minute * rate,
    container: 'mp4',
    finalised: true,
    startMs: number === 1 ? 0 : null,
    startedAt: at('18:00'),
    endedAt: at('18:42'),
    uploads: [],
    ...change,
  };
}

/** With one more upload of its newest file. */
export function withUpload(of: Session, change: Partial<Upload>): Session {
  const last = of.recordings.at(-1);
  if (last === undefined) return of;
  const upload = uploadFixture({
    id: `${last.id}-${change.destination ?? 'processing'}`,
    sessionId: of.id,
    recordingId: last.id,
    bytesTotal: last.bytes,
    bytesSent: change.state === 'completed' ? last.bytes : 0,
    attempts: 1,
    ...change,
  });
  return { ...of, recordings: [...of.recordings.slice(0, -1), { ...last, uploads: [...last.uploads, upload] }] };
}

export function task(uploadId: string, change: Partial<Task>): Task {
  return {
    id: '7f3c9a52-5a0b-4f0e-9f7a-2d1c8be40e6b',
    uploadId,
    status: 'completed',
    progress: null,
    message: null,
    results: {},
    error: null,
    updatedAt: at('18:58'),
    endedAt: at('18:58'),
    ...change,
  };
}

export function mark(id: string, kind: Mark['kind'], atMs: number, text: string): Mark {
  return { id, kind, atMs, text, inFile: kind === 'chapter', createdAt: at('18:10') };
}
