/** The queue and the processing destination together, against a real receiver that misbehaves. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { FaultPlan } from '../../scripts/rig/faulty-receiver/faults.ts';
import { type FaultyReceiver, startFaultyReceiver } from '../../scripts/rig/faulty-receiver/faulty.ts';
import type { Upload } from '../../shared/domain.ts';
import { TestClock } from '../clock-fixture.ts';
import { LiveEvents } from '../live-events.ts';
import { type Database, openDatabase } from '../storage/database.ts';
import { ProcessingDestination } from './destinations/processing/processing.ts';
import { createUploads, type Uploads } from './uploads.ts';

interface Rig {
  readonly server: FaultyReceiver;
  readonly clock: TestClock;
  readonly database: Database;
  readonly path: string;
  readonly sha256: string;
}

async function createRig(plan: FaultPlan, bytes = 300_000): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'streamai-uploads-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const server = await startFaultyReceiver({ dir: join(folder, 'received') }, plan);
  onTestFinished(() => server.close());
  const database = openDatabase(':memory:');
  onTestFinished(() => database.close());
  const path = join(folder, 'film.mkv');
  const content = randomBytes(bytes);
  await writeFile(path, content);
  database.exec(`
    INSERT INTO sessions (id, name, name_key, state, started_by, started_at, duration_ms, auto_upload, subtitle_model, priority, notes, metadata)
    VALUES ('s', 'Session', 'session', 'recorded', 'rest', 0, 0, 1, 'base', 1, '', '{}');
    INSERT INTO recordings (id, session_id, number, path, state, bytes, started_at) VALUES ('r', 's', 1, '', 'ready', 4, 0)`);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { server, clock: new TestClock(), database, path, sha256 };
}

/** The agent's part, started: call again on the same rig for a restart. */
function startAgent({ server, clock, database, path }: Rig): Uploads {
  const live = new LiveEvents();
  const driver = new ProcessingDestination({
    live,
    settings: () => ({ uploadEndpoint: '/upload', statusEndpoint: '/status' }),
    processingServer: () => ({ url: server.url, apiKey: null, embedded: false }),
  });
  const uploads = createUploads({
    database,
    live,
    drivers: [driver],
    clock,
    log: { info() {}, warn() {}, error() {} },
    recordings: {
      recordingFile: () => ({ path, fileName: basename(path), container: 'mkv', closed: null }),
      mayFollow: async () => true,
      unclosed: () => [],
    },
    random: () => 0.5,
  });
  onTestFinished(() => uploads.close());
  uploads.start();
  return uploads;
}

const enqueue = (uploads: Uploads): string =>
  uploads.enqueue({
    sessionId: 's',
    recordingId: 'r',
    destination: 'processing',
    subtitleModel: 'base',
    priority: 1,
    manual: false,
    bytesTotal: 0,
  }).id;

/** Waits for a state; with `clock`, lets the waits between attempts go by. */
const reach = (uploads: Uploads, id: string, state: Upload['state'], clock?: TestClock): Promise<Upload> =>
  vi.waitFor(
    () => {
      if (uploads.get(id).state === 'waiting') clock?.advance(1000);
      const upload = uploads.get(id);
      expect(upload.state).toBe(state);
      return upload;
    },
    { timeout: 10_000, interval: 10 },
  );

const posts = ({ server }: Rig) => server.requests.filter(({ method }) => method === 'POST');
const storedTasks = ({ server }: Rig) => readdir(join(server.dir, 'tasks'));

test('three times 500, then it arrives, all attempts under one key', async () => {
  const rig = await createRig({ upload: { kind: 'refuse', status: 500, times: 3 } });
  const uploads = startAgent(rig);
  const done = await reach(uploads, enqueue(uploads), 'completed', rig.clock);
  expect(done).toMatchObject({ attempts: 4, sha256: rig.sha256, bytesTotal: 300_000, bytesSent: 300_000 });
  expect(posts(rig).map(({ idempotencyKey }) => idempotencyKey)).toEqual(Array(4).fill(done.id));
  expect(await storedTasks(rig)).toEqual([done.task?.id]);
});

test('down at first: it arrives once the server is up', async () => {
  const rig = await createRig({});
  await rig.server.down();
  const uploads = startAgent(rig);
  const id = enqueue(uploads);
  expect((await reach(uploads, id, 'waiting')).error?.code).toBe('destination_unreachable');
  await rig.server.up();
  await reach(uploads, id, 'completed', rig.clock);
});

test('413 is final and says so', async () => {
  const rig = await createRig({ upload: { kind: 'refuse', status: 413, detail: 'At most 1 MB', atOnce: true } });
  const uploads = startAgent(rig);
  const failed = await reach(uploads, enqueue(uploads), 'failed');
  expect(failed.error).toMatchObject({ code: 'destination_too_large', params: { detail: 'At most 1 MB' } });
  expect(posts(rig)).toHaveLength(1);
});

test('stopped after the answer was lost: the next start takes the task that exists, nothing is doubled', async () => {
  const rig = await createRig({ upload: { kind: 'lose-answer', times: 1 } });
  const first = startAgent(rig);
  const id = enqueue(first);
  await reach(first, id, 'waiting');
  await first.close();
  // As a kill would have left it: in the middle of an attempt.
  rig.database.exec(`UPDATE uploads SET state = 'uploading', next_attempt_at = NULL, error = NULL`);
  const done = await reach(startAgent(rig), id, 'completed');
  expect(done.sha256).toBe(rig.sha256);
  expect(posts(rig).map(({ idempotencyKey }) => idempotencyKey)).toEqual([id, id]);
  expect(await storedTasks(rig)).toEqual([done.task?.id]);
});

test('stopped in mid-upload: the sockets are closed, the next start sends it whole', async () => {
  const rig = await createRig({ upload: { kind: 'slow', bytesPerSecond: 2_000_000, times: 1 } }, 20_000_000);
  const first = startAgent(rig);
  const id = enqueue(first);
  await rig.server.until((requests) => requests.some(({ bodyBytes }) => bodyBytes > 500_000));
  await first.close();
  expect(first.get(id).state).toBe('uploading');
  await rig.server.until((requests) => requests.every(({ aborted, status }) => aborted || status !== undefined));
  expect(await storedTasks(rig)).toEqual([]);
  const done = await reach(startAgent(rig), id, 'completed');
  expect(done).toMatchObject({ sha256: rig.sha256, attempts: 2 });
  expect(await storedTasks(rig)).toHaveLength(1);
});
