import type { Upload } from './domain.ts';

/** For tests: an upload that has just been queued for the processing server, with whatever a test wants otherwise. */
export function uploadFixture(change: Partial<Upload> = {}): Upload {
  return {
    id: 'upload-1',
    sessionId: 'session-1',
    recordingId: 'recording-1',
    destination: 'processing',
    state: 'queued',
    subtitleModel: 'base',
    priority: 1,
    manual: false,
    bytesTotal: 100,
    bytesSent: 0,
    bytesPerSecond: null,
    attempts: 0,
    nextAttemptAt: null,
    error: null,
    notice: null,
    afterUploadId: null,
    sentAs: null,
    sha256: null,
    parts: null,
    phase: null,
    behindMs: null,
    object: null,
    provenBy: null,
    task: null,
    createdAt: '2026-11-22T18:00:00.000Z',
    completedAt: null,
    ...change,
  };
}
