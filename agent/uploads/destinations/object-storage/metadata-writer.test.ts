import { createHash } from 'node:crypto';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Session } from '../../../../shared/domain.ts';
import { openDatabase } from '../../../storage/database.ts';
import { Journal } from './journal.ts';
import { MetadataWriter } from './metadata-writer.ts';
import { type FakeStore, type StoreCall, startFakeStore } from './s3/scripted-store-fixture.ts';

const startedAt = '2026-07-30T10:00:00.000Z';
const recording = {
  ...{ id: 'r1', sessionId: 's', number: 1, path: '/rec/a.mkv', fileName: 'a.mkv', state: 'ready', bytes: 10 },
  ...{ container: 'mkv', finalised: true, startMs: 0, startedAt, endedAt: '2026-07-30T10:30:00.000Z', uploads: [] },
} satisfies Session['recordings'][number];
const base = {
  ...{ id: 's', name: 'Show', state: 'recording', startedBy: 'obs', startedAt, stoppedAt: null, durationMs: 0 },
  ...{ autoUpload: true, subtitleModel: 'base', priority: 1, notes: '', marks: [], thumbnail: false, revision: 1 },
  ...{ metadata: { scenes: [], pauses: [] }, notices: [], recordings: [recording] },
} satisfies Session;

/** A writer whose one object is complete, without metadata beside it yet. */
async function startWriter(
  findSession: () => Session,
  onPut: (call: StoreCall) => void = () => {},
): Promise<{ writer: MetadataWriter; journal: Journal; store: FakeStore }> {
  let beside: string | null = null;
  const store = await startFakeStore((call) => {
    if (call.method === 'HEAD')
      return beside === null
        ? { status: 404 }
        : { status: 200, headers: { etag: md5Of(beside), 'content-length': String(Buffer.byteLength(beside)) } };
    onPut(call);
    beside = call.body;
    return { status: 200 };
  });
  const database = openDatabase(':memory:');
  database.exec(`
    INSERT INTO sessions (id, name, name_key, state, started_by, started_at, duration_ms, auto_upload, subtitle_model, priority, notes, metadata)
    VALUES ('s', 'Show', 'show', 'recording', 'obs', 0, 0, 1, 'base', 1, '', '{}');
    INSERT INTO recordings (id, session_id, number, path, state, bytes, started_at) VALUES ('r1', 's', 1, '/rec/a.mkv', 'ready', 10, 0);
    INSERT INTO uploads (id, session_id, recording_id, destination, state, subtitle_model, priority, manual, bytes_total, attempts, generation, created_at)
    VALUES ('u1', 's', 'r1', 'object-storage', 'completed', 'base', 1, 0, 10, 1, 1, 0)`);
  const journal = new Journal(database);
  const { endpoint, bucket } = store.client.account;
  const { id } = journal.begin({
    ...{ uploadId: 'u1', recordingId: 'r1', endpoint, bucket, key: 'k.mkv' },
    ...{ content: { bytes: 10, modifiedAt: 1 }, partBytes: 16, createdAt: 1 },
  });
  journal.completing(id, 'etag-1');
  journal.completed(id);
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const writer = new MetadataWriter({ journal, log, client: () => store.client, findSession });
  onTestFinished(async () => {
    await writer.close();
    await store.close();
    database.close();
  });
  return { writer, journal, store };
}

const md5Of = (text: string): string => createHash('md5').update(text).digest('hex');
const puts = ({ calls }: FakeStore): StoreCall[] => calls.filter(({ method }) => method === 'PUT');
const written = (journal: Journal): Promise<void> =>
  vi.waitFor(() => expect(journal.withoutMetadata()).toEqual([]), { timeout: 8000, interval: 5 });
const sessionIn = ({ body }: StoreCall): Record<string, unknown> => JSON.parse(body).session;

test('a file that is complete while the next one is recorded gets its metadata once, however the clock runs', async () => {
  let durationMs = 0;
  const { writer, journal, store } = await startWriter(() => {
    durationMs += 1;
    return { ...base, durationMs };
  });
  writer.soon();
  await written(journal);
  expect(puts(store).map(({ method, url }) => [method, url])).toEqual([['PUT', '/b/k.mkv.json']]);
  expect(puts(store).map(sessionIn)).toMatchObject([{ name: 'Show', stoppedAt: null, durationMs: null }]);
});

test('its length is told once the session has ended', async () => {
  const stoppedAt = '2026-07-30T10:45:00.000Z';
  const { writer, journal, store } = await startWriter(() => ({ ...base, stoppedAt, durationMs: 2_700_000 }));
  writer.soon();
  await written(journal);
  expect(puts(store).map(sessionIn)).toMatchObject([{ stoppedAt, durationMs: 2_700_000 }]);
});

test('what changes while it is written is written again, after a while and not at once', async () => {
  let notes = '';
  const { writer, journal, store } = await startWriter(
    () => ({ ...base, notes }),
    // As somebody who types does: during each of the first writes.
    () => {
      if (notes.length < 2) notes += 'x';
    },
  );
  writer.soon();
  await written(journal);
  expect(
    puts(store)
      .map(sessionIn)
      .map((session) => session.notes),
  ).toEqual(['', 'x', 'xx']);
  const gaps = puts(store)
    .slice(1)
    .map(({ at }, index) => at - (puts(store)[index]?.at ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThan(500);
});

test('a change of the session is written, whatever is known of its uploads; what says the same is not', async () => {
  let name = 'Show';
  const session = () => ({ ...base, name });
  const { writer, journal, store } = await startWriter(session);
  writer.soon();
  await written(journal);
  writer.changed(session());
  expect(journal.withoutMetadata()).toEqual([]);
  name = 'Another name';
  writer.changed({ recordings: [{ ...recording, id: 'r2' }] });
  expect(journal.withoutMetadata()).toEqual([]);
  writer.changed(session());
  expect(journal.withoutMetadata()).toHaveLength(1);
  await written(journal);
  expect(puts(store).map(sessionIn)).toMatchObject([{ name: 'Show' }, { name: 'Another name' }]);
});
