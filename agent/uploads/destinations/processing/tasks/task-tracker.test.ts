import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { badAnswers, type FaultPlan } from '../../../../../scripts/rig/faulty-receiver/faults.ts';
import { type FaultyReceiver, startFaultyReceiver } from '../../../../../scripts/rig/faulty-receiver/faulty.ts';
import { waitingStage } from '../../../../../server/stages/waiting-stage-fixture.ts';
import type { Task } from '../../../../../shared/domain.ts';
import { TestClock } from '../../../../clock-fixture.ts';
import { LiveEvents } from '../../../../live-events.ts';
import { type Database, openDatabase } from '../../../../storage/database.ts';
import { TaskStore, toTask } from './task-store.ts';
import { TaskTracker } from './task-tracker.ts';

async function receiver(plan?: FaultPlan): Promise<FaultyReceiver> {
  const dir = await mkdtemp(join(tmpdir(), 'streamai-tasks-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  const server = await startFaultyReceiver({ dir, stages: [waitingStage(150)] }, plan);
  onTestFinished(() => server.close());
  return server;
}

/** Uploads a few bytes. @returns the task's id */
async function upload(server: FaultyReceiver): Promise<string> {
  const form = new FormData();
  form.set('file', new File(['film'], 'a.mkv'));
  const answer = (await (await fetch(`${server.url}/upload`, { method: 'POST', body: form })).json()) as {
    task_id: string;
  };
  return answer.task_id;
}

interface Rig {
  readonly database: Database;
  readonly clock: TestClock;
  readonly tracker: TaskTracker;
  readonly updates: Task[];
  /** Adds an open task to the journal. @returns its upload's id */
  add(taskId: string, server: string): string;
  task(uploadId: string): Task | undefined;
  /** Lets time go on to the next poll, and waits until it brought the task there. */
  until(uploadId: string, condition: (task: Task) => boolean): Promise<Task>;
  restart(): Rig;
}

function createRig(options: { url: string; apiKey?: string; embedded?: boolean }): Rig {
  const database = openDatabase(':memory:');
  onTestFinished(() => database.close());
  database.exec(`
    INSERT INTO sessions (id, name, name_key, state, started_by, started_at, duration_ms, auto_upload, subtitle_model, priority, notes, metadata)
    VALUES ('s', 'Session', 'session', 'recorded', 'rest', 0, 0, 1, 'base', 1, '', '{}');
    INSERT INTO recordings (id, session_id, number, path, state, bytes, started_at) VALUES ('r', 's', 1, '/x', 'ready', 4, 0)`);
  return rigOn(database, options);
}

function rigOn(database: Database, options: { url: string; apiKey?: string; embedded?: boolean }): Rig {
  const clock = new TestClock();
  const live = new LiveEvents(() => clock.now());
  const store = new TaskStore(database);
  const updates: Task[] = [];
  live.subscribe((event) => {
    if (event.type === 'task_updated') updates.push(event.data);
  });
  const tracker = new TaskTracker({
    database,
    live,
    log: { info() {}, warn() {}, error() {} },
    settings: () => ({ statusEndpoint: '/status' }),
    processingServer: () => ({ url: options.url, apiKey: options.apiKey ?? null, embedded: options.embedded ?? false }),
    clock,
  });
  onTestFinished(() => tracker.close());
  const task = (uploadId: string): Task | undefined => {
    const record = store.get(uploadId);
    return record && toTask(record);
  };
  return {
    database,
    clock,
    tracker,
    updates,
    task,
    add(taskId, server) {
      const uploadId = randomUUID();
      database
        .prepare(
          `INSERT INTO uploads (id, session_id, recording_id, destination, state, subtitle_model, priority, manual, bytes_total, created_at)
           VALUES (?, 's', 'r', 'processing', 'completed', 'base', 1, 0, 4, 0)`,
        )
        .run(uploadId);
      const fresh = {
        status: 'uploaded',
        progress: null,
        message: null,
        results: {},
        error: null,
        updatedAt: 0,
        endedAt: null,
      } as const;
      store.insert({ uploadId, id: taskId, server, ...fresh });
      return uploadId;
    },
    until: (uploadId, condition) =>
      vi.waitFor(
        () => {
          clock.advance(clock.waits()[0] ?? 0);
          const found = task(uploadId);
          if (found === undefined || !condition(found)) throw new Error(`not there yet: ${JSON.stringify(found)}`);
          return found;
        },
        { timeout: 4000, interval: 10 },
      ),
    restart: () => rigOn(database, options),
  };
}

test('a task is tracked to its end, every change announced', async () => {
  const server = await receiver();
  const rig = createRig({ url: server.url });
  const id = rig.add(await upload(server), server.url);
  rig.tracker.track(id);
  const task = await rig.until(id, ({ endedAt }) => endedAt !== null);
  expect(task).toMatchObject({ status: 'completed_simple', error: null });
  expect(rig.updates.at(-1)).toEqual(task);
  expect(rig.clock.waits()).toEqual([]);
});

test('open tasks are taken up after a restart, ended ones are not', async () => {
  const server = await receiver();
  const rig = createRig({ url: server.url });
  const id = rig.add(await upload(server), server.url);
  await rig.tracker.close();
  const again = rig.restart();
  again.tracker.start();
  await again.until(id, ({ endedAt }) => endedAt !== null);
  const last = again.restart();
  last.tracker.start();
  expect(last.clock.waits()).toEqual([]);
});

test('a task that the server does not know for ten minutes is unknown', async () => {
  const server = await receiver();
  const rig = createRig({ url: server.url });
  const id = rig.add('nobody', server.url);
  rig.tracker.start();
  const before = rig.clock.now();
  const task = await rig.until(id, ({ endedAt }) => endedAt !== null);
  expect(task).toMatchObject({ status: 'unknown', error: { code: 'task_unknown' } });
  expect(rig.clock.now() - before).toBeGreaterThanOrEqual(10 * 60_000);
  expect(new Set(server.requests.map(({ path }) => path))).toEqual(new Set(['/status/nobody']));
  expect(server.requests.length).toBeLessThan(30);
});

test('a server that is gone is said, asked for ever, and forgiven', async () => {
  const server = await receiver();
  const taskId = await upload(server);
  await server.down();
  const rig = createRig({ url: server.url });
  const id = rig.add(taskId, server.url);
  rig.tracker.start();
  const troubled = await rig.until(id, ({ error }) => error !== null);
  expect(troubled).toMatchObject({ error: { code: 'destination_unreachable' }, endedAt: null });
  await server.up();
  expect(await rig.until(id, ({ endedAt }) => endedAt !== null)).toMatchObject({ error: null });
});

test.each<[string, FaultPlan['status'], string]>([
  ['HTTP 500', { kind: 'refuse', status: 500 }, 'destination_failed'],
  ['HTTP 401', { kind: 'refuse', status: 401 }, 'destination_auth'],
  ['HTTP 429', { kind: 'refuse', status: 429, headers: { 'retry-after': '2' } }, 'destination_busy'],
  ['a cut line', { kind: 'cut' }, 'destination_unreachable'],
  ['garbage', { kind: 'answer', text: badAnswers.garbage }, 'destination_answer_invalid'],
  ['an unknown status', { kind: 'change', fields: { status: 'dancing' } }, 'destination_answer_invalid'],
  ['an endless answer', { kind: 'huge-answer', bytes: 50_000_000 }, 'destination_answer_invalid'],
  ...[301, 302, 303, 307, 308].map((status): [string, FaultPlan['status'], string] => [
    `HTTP ${status}`,
    { kind: 'redirect', location: 'http://127.0.0.1:1/', status },
    'destination_redirected',
  ]),
  ['a web page', { kind: 'page', text: badAnswers.html }, 'destination_portal'],
])('%s is shown, and gone with the next good answer', async (_what, status, code) => {
  const server = await receiver();
  const taskId = await upload(server);
  // A connection that was reset is replaced once.
  const times = status?.kind === 'cut' ? 2 : 1;
  server.plan({ status: { ...status, times } as NonNullable<FaultPlan['status']> });
  const rig = createRig({ url: server.url });
  const id = rig.add(taskId, server.url);
  rig.tracker.start();
  await rig.until(id, ({ endedAt }) => endedAt !== null);
  expect(rig.updates[0]).toMatchObject({ endedAt: null, error: { code } });
  expect(rig.updates.at(-1)).toMatchObject({ status: 'completed_simple', error: null });
});

test('at most four are asked at once; closing ends them', async () => {
  const server = await receiver({ status: { kind: 'never-answer' } });
  const rig = createRig({ url: server.url });
  const ids = Array.from({ length: 9 }, (_, index) => rig.add(`t${index}`, server.url));
  rig.tracker.start();
  rig.clock.advance(1000);
  await server.until((requests) => requests.length === 4);
  await rig.tracker.close();
  await server.until((requests) => requests.every(({ aborted }) => aborted));
  expect(server.requests).toHaveLength(4);
  expect(ids.map((id) => rig.task(id)?.error)).toEqual(ids.map(() => null));
});

test('the key goes to the server that is set now, and to no other', async () => {
  const [current, former] = [await receiver(), await receiver()];
  const rig = createRig({ url: current.url, apiKey: 'k3y' });
  rig.add('a/../b', current.url);
  rig.add('b', former.url);
  rig.tracker.start();
  rig.clock.advance(1000);
  await Promise.all([current, former].map((server) => server.until((requests) => requests.length > 0)));
  expect(current.requests[0]).toMatchObject({ path: '/status/a%2F..%2Fb', headers: { authorization: 'Bearer k3y' } });
  expect(former.requests[0]?.headers.authorization).toBeUndefined();
});

test('the embedded receiver is asked at the address that it has now', async () => {
  const server = await receiver();
  const rig = createRig({ url: server.url, embedded: true });
  const id = rig.add(await upload(server), 'embedded');
  rig.tracker.start();
  await rig.until(id, ({ endedAt }) => endedAt !== null);
});

test('a forgotten session ends the watch', async () => {
  const server = await receiver();
  const rig = createRig({ url: server.url });
  rig.add(await upload(server), server.url);
  rig.tracker.start();
  rig.database.exec('DELETE FROM sessions');
  rig.clock.advance(1000);
  await vi.waitFor(() => expect(rig.clock.waits()).toEqual([]));
  expect(server.requests.filter(({ method }) => method === 'GET')).toEqual([]);
});
