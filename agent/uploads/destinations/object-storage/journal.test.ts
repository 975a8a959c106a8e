import { beforeEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../../storage/database.ts';
import { Journal, type Multipart } from './journal.ts';
import { growing } from './s3/part-plan.ts';

const MiB = 1024 ** 2;

let database: Database;
let journal: Journal;
beforeEach(() => {
  database = openDatabase(':memory:');
  journal = new Journal(database);
  return () => database.close();
});

const begin = (change: Partial<Multipart> = {}): Multipart =>
  journal.begin({
    ...{ uploadId: 'u1', recordingId: 'r1', endpoint: 'https://ewr1.vultrobjects.com', bucket: 'b', key: 'k' },
    ...{ content: { bytes: 40 * MiB, modifiedAt: 7 }, partBytes: 16 * MiB, createdAt: 1 },
    ...change,
  });

test('an intent is there before the store was asked', () => {
  const { id } = begin();
  expect(journal.of('u1')).toMatchObject({ id, state: 'creating', s3UploadId: null, etag: null });
  expect(journal.owned()).toEqual(new Set());
  journal.created(id, 's3-1');
  expect(journal.of('u1')).toMatchObject({ state: 'sending', s3UploadId: 's3-1' });
  expect(journal.owned()).toEqual(new Set(['s3-1']));
});

test('clients see the parts that are stored, then the object once it is proven', () => {
  expect(journal.state('u1')).toBeNull();
  const { id } = begin();
  journal.stored(id, { number: 2, md5: 'bb', bytes: 16 * MiB });
  journal.stored(id, { number: 2, md5: 'bb', bytes: 16 * MiB });
  expect(journal.state('u1')).toEqual({ bytes: 16 * MiB, parts: { done: 1, total: 3 }, object: null, provenBy: null });
  journal.completing(id, 'etag-3');
  journal.verifying(id);
  expect(journal.state('u1')?.object).toBeNull();
  journal.completed(id);
  expect(journal.state('u1')).toEqual({
    bytes: 40 * MiB,
    parts: { done: 3, total: 3 },
    object: { bucket: 'b', key: 'k', etag: 'etag-3' },
    provenBy: 'md5',
  });
});

test('what failed uploads of a recording left goes away once another one has completed; what is on its way stays', () => {
  database.exec(`
    INSERT INTO sessions (id, name, name_key, state, started_by, started_at, duration_ms, auto_upload, subtitle_model, priority, notes, metadata)
    VALUES ('s', 'Session', 'session', 'recorded', 'rest', 0, 0, 1, 'base', 1, '', '{}');
    INSERT INTO recordings (id, session_id, number, path, state, bytes, started_at) VALUES ('r1', 's', 1, '/r1.mkv', 'ready', 1, 0)`);
  const upload = database.prepare(`
    INSERT INTO uploads (id, session_id, recording_id, destination, state, subtitle_model, priority, manual, bytes_total, attempts, generation, created_at)
    VALUES (?, 's', 'r1', 'object-storage', ?, 'base', 1, 0, 1, 1, 1, 0)`);
  for (const [id, state] of [
    ['failed', 'failed'],
    ['waits', 'waiting'],
    ['now', 'uploading'],
  ])
    upload.run(id ?? '', state ?? '');
  const failed = begin({ uploadId: 'failed' });
  begin({ uploadId: 'waits' });
  begin({ uploadId: 'other', recordingId: 'r2' });
  const now = begin({ uploadId: 'now' });
  journal.completing(now.id, 'etag-3');
  journal.completed(now.id);
  expect(journal.aborting().map(({ id }) => id)).toEqual([failed.id]);
  expect(journal.of('now')?.state).toBe('completed');
});

test('after a look at the store, the parts are those that it has', () => {
  const { id } = begin();
  journal.completing(id, 'etag-3');
  for (const number of [1, 2]) journal.stored(id, { number, md5: `m${number}`, bytes: 16 * MiB });
  journal.reconcile(id, [{ number: 2, md5: 'm2', bytes: 16 * MiB }]);
  expect(journal.parts(id).map(({ number }) => number)).toEqual([2]);
  // Still known: an earlier Complete may have reached the store.
  expect(journal.of('u1')).toMatchObject({ state: 'sending', etag: 'etag-3' });
});

test.each<[string, (id: number) => void]>([
  ['create', (id) => journal.created(id, 's3-1')],
  ['list', (id) => journal.reconcile(id, [])],
  ['complete', (id) => journal.verifying(id)],
  ['part', (id) => journal.completing(id, 'etag-3')],
  ['look at the object', (id) => journal.completed(id)],
])('what is called off while the answer to a %s is read stays called off', (_, answered) => {
  const { id } = begin();
  journal.abandon('u1');
  answered(id);
  expect(journal.of('u1')).toBeUndefined();
  expect(journal.aborting()).toMatchObject([{ id, state: 'aborting' }]);
});

test('of a file that was written meanwhile, no part counts until it is compared with what the file is now', () => {
  const { id } = begin({ content: { bytes: 0, modifiedAt: 0 }, partBytes: growing });
  journal.created(id, 's3-1');
  expect(journal.state('u1')).toEqual({ bytes: 0, parts: { done: 0, total: 1 }, object: null, provenBy: null });
  for (const number of [2, 3]) journal.stored(id, { number, md5: `m${number}`, bytes: 5 * MiB });
  expect(journal.state('u1')?.parts).toEqual({ done: 2, total: 2 });
  journal.fixContent(id, { bytes: 17 * MiB, modifiedAt: 9 });
  expect(journal.parts(id)).toEqual([]);
  expect(journal.unproven(id).map(({ number, md5 }) => [number, md5])).toEqual([
    [2, 'm2'],
    [3, 'm3'],
  ]);
  expect(journal.of('u1')).toMatchObject({ s3UploadId: 's3-1', content: { bytes: 17 * MiB, modifiedAt: 9 } });
  expect(journal.state('u1')?.parts).toEqual({ done: 0, total: 4 });
  // What was sent stays known until it is compared, over any number of attempts.
  for (let attempt = 0; attempt < 2; attempt += 1) journal.reconcile(id, []);
  journal.stored(id, { number: 2, md5: 'm2', bytes: 5 * MiB });
  expect(journal.parts(id).map(({ number }) => number)).toEqual([2]);
  expect(journal.unproven(id).map(({ number }) => number)).toEqual([3]);
  expect(journal.state('u1')?.parts).toEqual({ done: 1, total: 4 });
});

test('the ETag that a store gave a part is remembered where it is not the part’s MD5', () => {
  const { id } = begin();
  const parts = [
    { number: 1, md5: 'm1', bytes: 16 * MiB },
    { number: 2, md5: 'm2', bytes: 16 * MiB, etag: 'Gateway-17' },
  ];
  journal.storedAll(id, parts);
  expect(journal.parts(id)).toEqual(parts);
});

describe('what is to be taken away', () => {
  test('a cancelled upload’s multipart, not its completed object', () => {
    begin();
    journal.abandon('u1');
    expect(journal.of('u1')).toBeUndefined();
    expect(journal.aborting()).toHaveLength(1);
    const again = begin();
    journal.completing(again.id, 'e-3');
    journal.completed(again.id);
    journal.abandon('u1');
    expect(journal.of('u1')).toMatchObject({ id: again.id, state: 'completed' });
  });

  test('what may come of a create that was not answered; the upload goes on with its own', () => {
    const { id, key } = begin();
    journal.unanswered(id);
    journal.created(id, 's3-2');
    expect(journal.of('u1')).toMatchObject({ id, s3UploadId: 's3-2' });
    const [late] = journal.aborting();
    expect(late).toMatchObject({ uploadId: 'u1', key, s3UploadId: null, claims: [] });
    journal.forget(late?.id ?? 0);
    expect(journal.of('u1')).toMatchObject({ id });
  });

  test('what uploads left that were forgotten or cancelled while the agent was away', () => {
    database.exec(`
      INSERT INTO sessions (id, name, name_key, state, started_by, started_at, duration_ms, auto_upload, subtitle_model, priority, notes, metadata)
      VALUES ('s', 'S', 's', 'recorded', 'rest', 0, 0, 1, 'base', 1, '', '{}');
      INSERT INTO recordings (id, session_id, number, path, state, bytes, started_at) VALUES ('r1', 's', 1, '/r', 'ready', 1, 0)`);
    for (const [id, state] of [
      ['open', 'failed'],
      ['cancelled', 'cancelled'],
    ] as const) {
      database
        .prepare(
          `INSERT INTO uploads (id, session_id, recording_id, destination, state, subtitle_model, priority, manual, bytes_total, created_at)
           VALUES (?, 's', 'r1', 'object-storage', ?, 'base', 1, 0, 1, 0)`,
        )
        .run(id, state);
    }
    for (const uploadId of ['open', 'cancelled', 'forgotten']) begin({ uploadId });
    journal.abandonOwnerless();
    expect(journal.aborting().map(({ uploadId }) => uploadId)).toEqual(['cancelled', 'forgotten']);
  });
});

test('a key is taken by another upload for ever, by one that goes away no longer', () => {
  const { id } = begin();
  expect(journal.keyTaken('b', 'k', 'u1')).toBe(false);
  expect(journal.keyTaken('b', 'k', 'u2')).toBe(true);
  expect(journal.keyTaken('other', 'k', 'u2')).toBe(false);
  journal.completing(id, 'e');
  journal.completed(id);
  expect(journal.keyTaken('b', 'k', 'u2')).toBe(true);
  const later = begin({ uploadId: 'u2', recordingId: 'r2', key: 'k-2' });
  journal.abandon('u2');
  expect(journal.keyTaken('b', 'k-2', 'u3')).toBe(false);
  expect(journal.keyShared(later)).toBe(false);
  begin({ uploadId: 'u3', recordingId: 'r2', key: 'k-2' });
  expect(journal.keyShared(later)).toBe(true);
});
