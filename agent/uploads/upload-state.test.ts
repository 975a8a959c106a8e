import { describe, expect, test } from 'vitest';
import { uploadStates } from '../../shared/domain.ts';
import { type ErrorCode, errorInfo, errorTable } from '../../shared/errors.ts';
import { isRetryable, needsNewKey } from './destinations/failures.ts';
import { nextUpload, type UploadEvent, type UploadFields } from './upload-state.ts';

const content = { bytes: 100, modifiedAt: 5 };
const queued: UploadFields = {
  state: 'queued',
  attempts: 0,
  generation: 1,
  nextAttemptAt: null,
  error: null,
  bytesTotal: 90,
  fileModifiedAt: null,
  sha256: null,
  completedAt: null,
};
const failure = (code: ErrorCode, retryAfterMs: number | null = null): UploadEvent => ({
  type: 'fail',
  code,
  error: errorInfo(code),
  retryAfterMs,
  at: 1000,
  random: 0.5,
});
const events: Record<string, UploadEvent> = {
  start: { type: 'start' },
  measure: { type: 'measure', content },
  interrupt: { type: 'interrupt' },
  'fail that passes': failure('destination_unreachable'),
  'fail for good': failure('destination_rejected'),
  complete: { type: 'complete', sha256: 'ab', bytes: 100, at: 7 },
  pause: { type: 'pause' },
  resume: { type: 'resume' },
  retry: { type: 'retry', taskFailed: false },
  'retry a failed task': { type: 'retry', taskFailed: true },
  cancel: { type: 'cancel' },
};

// One row per event, one column per state: what comes of it; '' = nothing, the event is refused or ignored.
const table: Record<string, Partial<Record<UploadFields['state'], UploadFields['state']>>> = {
  start: { queued: 'uploading', waiting: 'uploading' },
  measure: { uploading: 'uploading' },
  interrupt: { uploading: 'queued' },
  'fail that passes': { uploading: 'waiting' },
  'fail for good': { uploading: 'failed' },
  complete: { queued: 'completed', uploading: 'completed', waiting: 'completed', paused: 'completed' },
  pause: { queued: 'paused', uploading: 'paused', waiting: 'paused' },
  resume: { paused: 'queued' },
  retry: { waiting: 'queued', failed: 'queued', cancelled: 'queued' },
  'retry a failed task': { waiting: 'queued', failed: 'queued', cancelled: 'queued', completed: 'queued' },
  cancel: {
    queued: 'cancelled',
    uploading: 'cancelled',
    waiting: 'cancelled',
    paused: 'cancelled',
    failed: 'cancelled',
  },
};

describe.each(Object.keys(events))('%s', (name) => {
  test.each(uploadStates)('from %s', (state) => {
    const event = events[name];
    if (event === undefined) throw new Error(name);
    expect(nextUpload({ ...queued, state }, event)?.state).toBe(table[name]?.[state]);
  });
});

const after = (fields: UploadFields, ...list: UploadEvent[]): UploadFields =>
  list.reduce((now, event) => {
    const next = nextUpload(now, event);
    if (next === null) throw new Error(`${event.type} refused in ${now.state}`);
    return next;
  }, fields);

test('each attempt is counted, and its failure sets the time of the next', () => {
  let fields = queued;
  for (const [attempt, wait] of [1000, 2000, 4000, 8000].entries()) {
    fields = after(fields, { type: 'start' }, { type: 'measure', content }, failure('destination_failed'));
    expect(fields).toMatchObject({
      attempts: attempt + 1,
      nextAttemptAt: 1000 + wait,
      state: 'waiting',
      generation: 1,
    });
  }
  expect(after(fields, { type: 'start' })).toMatchObject({ nextAttemptAt: null, error: null });
});

test('the wait that the server asked for is kept', () => {
  const fields = after(queued, { type: 'start' }, failure('destination_busy', 30_000));
  expect(fields.nextAttemptAt).toBe(31_000);
});

test('network failures never become permanent', () => {
  const tired = { ...queued, attempts: 100_000 };
  expect(after(tired, { type: 'start' }, failure('destination_unreachable')).state).toBe('waiting');
});

test('a file that changed between two attempts is another content with another key', () => {
  const first = after(queued, { type: 'start' }, { type: 'measure', content }, failure('destination_unreachable'));
  const same = after(first, { type: 'start' }, { type: 'measure', content });
  expect(same.generation).toBe(1);
  for (const changed of [
    { bytes: 101, modifiedAt: 5 },
    { bytes: 100, modifiedAt: 6 },
  ]) {
    const again = after(first, { type: 'start' }, { type: 'measure', content: changed });
    expect(again).toMatchObject({ generation: 2, bytesTotal: changed.bytes, fileModifiedAt: changed.modifiedAt });
  }
});

test.each(['file_changing', 'destination_size_mismatch', 'destination_checksum_mismatch'] as const)(
  '%s: sent again under one new key, until it has happened too often',
  (code) => {
    let fields = queued;
    for (let generation = 2; generation <= 5; generation++) {
      fields = after(fields, { type: 'start' }, { type: 'measure', content }, failure(code));
      expect(fields).toMatchObject({ state: 'waiting', generation });
    }
    // The changed content is measured under the new key, without yet another one.
    fields = after(fields, { type: 'start' }, { type: 'measure', content: { bytes: 1, modifiedAt: 1 } });
    expect(fields.generation).toBe(5);
    expect(after(fields, failure(code)).state).toBe('failed');
  },
);

test('an upload whose task failed is sent again as something new', () => {
  const done = after(queued, { type: 'start' }, { type: 'measure', content }, events.complete as UploadEvent);
  expect(done).toMatchObject({ state: 'completed', sha256: 'ab', completedAt: 7, bytesTotal: 100 });
  const again = after(done, { type: 'retry', taskFailed: true });
  expect(again).toMatchObject({ state: 'queued', generation: 2, sha256: null, completedAt: null, attempts: 0 });
});

test('what can pass is decided for every code', () => {
  const codes = Object.keys(errorTable) as ErrorCode[];
  expect(codes.filter(isRetryable).sort()).toEqual([
    'destination_busy',
    'destination_checksum_mismatch',
    'destination_failed',
    'destination_portal',
    'destination_redirected',
    'destination_size_mismatch',
    'destination_timeout',
    'destination_unreachable',
    'file_away',
    'file_changing',
    'file_unreadable',
    'internal',
    'proxy_failed',
    'proxy_timeout',
    'proxy_unreachable',
    'storage_answer_invalid',
    'storage_busy',
    'storage_clock',
    'storage_damaged',
    'storage_failed',
    'storage_host_unknown',
    'storage_key_taken',
    'storage_redirected',
    'storage_timeout',
    'storage_tls',
    'storage_unreachable',
  ]);
  expect(codes.filter(needsNewKey).every(isRetryable)).toBe(true);
});
