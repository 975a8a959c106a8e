/**
 * The processing server misbehaves, the agent is a real process: what its clients see of it, that a file arrives once and
 * whole where it can, and that a failure which stays is said and mended by hand once its cause is gone.
 */
import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Session, Task, Upload } from '../../shared/domain.ts';
import { badAnswers, type FaultPlan } from '../rig/faulty-receiver/faults.ts';
import type { FaultyReceiver } from '../rig/faulty-receiver/faulty.ts';
import { listen } from '../rig/listen.ts';
import { sha256Of } from '../rig/sha256.ts';
import { until } from '../rig/until.ts';
import { receivedFiles, receivedTasks, World } from './world-fixture.ts';

const apiKey = 'the-right-key';
let world: World;
let receiver: FaultyReceiver;
/** Recorded once; most tests upload it anew, each time as an upload of its own. */
let session: Session;
let sha256: string;
/** The receiver's tasks from before the test. */
let tasksBefore: readonly string[];

beforeAll(async () => {
  world = await World.start({
    obs: 'simulated',
    // More than the sockets between agent and receiver hold, so that a receiver that does not read is felt.
    obsOptions: { kbps: 80_000 },
    receiverOptions: { apiKey },
    env: { STREAMAI_UPLOAD_ANSWER_TIMEOUT: '5', STREAMAI_UPLOAD_STALL_TIMEOUT: '5', VULTR_AUTO_UPLOAD: 'false' },
  });
  if (!world.receiver) throw new Error('no receiver');
  receiver = world.receiver;
  session = await record('Faults');
  sha256 = await sha256Of(recordingOf(session).path);
});
afterAll(() => world?.dispose());

beforeEach(async () => {
  await receiver.up();
  receiver.plan({});
  await setApiKey(apiKey);
  tasksBefore = await receivedTasks(receiver.dir);
});

async function setApiKey(key: string): Promise<void> {
  expect(await world.agent.api.call('PUT', '/api/settings', { processingApiKey: key })).toMatchObject({ status: 200 });
}

async function record(sessionName: string, autoUpload = false): Promise<Session> {
  const { id } = await world.agent.api.start({ sessionName, autoUpload });
  await world.written(12_000_000);
  await world.agent.api.command('stop');
  return world.agent.live.recorded(id);
}

function recordingOf({ recordings: [recording] }: Session): Session['recordings'][number] {
  if (!recording) throw new Error('nothing was recorded');
  return recording;
}

/** Uploads the recording while the receiver misbehaves by a plan. */
async function uploadUnder(plan: FaultPlan): Promise<Upload> {
  receiver.plan(plan);
  const [upload] = await world.agent.api.upload({ sessionId: session.id });
  if (!upload) throw new Error('nothing was queued');
  return upload;
}

/** Every state that clients were told of an upload, oldest first. */
function told(id: string): Upload[] {
  return world.agent.live.events.flatMap((event) =>
    event.type === 'upload_updated' && event.data.id === id ? [event.data] : [],
  );
}

/** The failures that clients were told of an upload, oldest first. */
function failuresOf(id: string): { attempts: number; state: string; code: string | undefined }[] {
  return told(id)
    .filter(({ state }) => state === 'waiting' || state === 'failed')
    .map(({ attempts, state, error }) => ({ attempts, state, code: error?.code }));
}

/** How long the upload waits after each of its failures, as clients were told, ms. */
function waitsOf(id: string): number[] {
  return world.agent.live.events.flatMap(({ type, timestamp, data }) =>
    type === 'upload_updated' && data.id === id && data.nextAttemptAt !== null
      ? [Date.parse(data.nextAttemptAt) - Date.parse(timestamp)]
      : [],
  );
}

/** The upload as clients were told, once it is in this state. */
async function reached(id: string, state: Upload['state'], attempts?: number): Promise<Upload> {
  const fits = (upload: Upload): boolean =>
    upload.state === state && (attempts === undefined || upload.attempts === attempts);
  await world.agent.live.until(`the upload is ${state}`, () => told(id).some(fits));
  const upload = told(id).findLast(fits);
  if (!upload) throw new Error('cannot be');
  return upload;
}

/** One file more at the receiver than before: the upload's own, byte for byte. */
async function expectArrivedOnce(upload: Upload, expected = sha256): Promise<void> {
  expect(upload).toMatchObject({ state: 'completed', error: null, nextAttemptAt: null, sha256: expected });
  expect(upload.bytesSent).toBe(upload.bytesTotal);
  const taskIds = (await receivedTasks(receiver.dir)).filter((id) => !tasksBefore.includes(id));
  expect(await receivedFiles(receiver.dir, taskIds)).toMatchObject([{ taskId: upload.task?.id, sha256: expected }]);
}

/** It has failed for good: says so, sends nothing more, and goes once the cause is gone and a person asks for it. */
async function expectFailedUntilRetried(id: string, code: string, mend: () => unknown): Promise<Upload> {
  const failed = await reached(id, 'failed');
  expect(failed).toMatchObject({ attempts: 1, nextAttemptAt: null, task: null, sha256: null, error: { code } });
  expect(failed.error?.message).toBeTruthy();
  expect(failed.error?.fix).toBeTruthy();
  await world.agent.live.until('the failure is announced', () =>
    world.agent.live.events.some((event) => event.type === 'upload_failed' && event.data.id === id),
  );
  await mend();
  expect(await world.agent.api.call('POST', `/api/integrated/uploads/${id}/retry`)).toMatchObject({
    status: 200,
    body: { upload: { id, error: null } },
  });
  await expectArrivedOnce(await reached(id, 'completed'));
  return failed;
}

/** Waits until no task of an earlier test is asked for any more: it would meet the next test's fault. */
async function tasksEnded(): Promise<void> {
  await until('all tasks have ended', async () => {
    const sessions = await world.agent.api.sessions();
    const uploads = sessions.flatMap(({ recordings }) => recordings).flatMap((recording) => recording.uploads);
    return uploads.every(({ task }) => task === null || task.endedAt !== null);
  });
}

/** How many questions for this task met a fault. */
function faultsMet(taskId: string | undefined): number {
  return receiver.requests.filter(({ path, fault }) => path === `/status/${taskId}` && fault !== undefined).length;
}

async function taskOf(uploadId: string): Promise<Task | null> {
  const { recordings } = await world.agent.api.session(session.id);
  return recordings.flatMap(({ uploads }) => uploads).find(({ id }) => id === uploadId)?.task ?? null;
}

/** What clients were told of an upload's task, oldest first, until it ended. */
async function taskUntilEnd(uploadId: string): Promise<Task[]> {
  const updates = (): Task[] =>
    world.agent.live.events.flatMap((event) =>
      event.type === 'task_updated' && event.data.uploadId === uploadId ? [event.data] : [],
    );
  await world.agent.live.until('the task has ended', () => updates().some(({ endedAt }) => endedAt !== null));
  return updates();
}

test('down: said, tried again and again, arrives once when it is back', async () => {
  await receiver.down();
  const recorded = await record('Receiver down', true);
  const { id } = await world.agent.live
    .session('queued', (found) => found.id === recorded.id && recordingOf(found).uploads.length === 1)
    .then((found) => recordingOf(found).uploads[0] as Upload);
  const second = await reached(id, 'waiting', 2);
  expect(failuresOf(id)).toEqual(
    [1, 2].map((attempts) => ({ attempts, state: 'waiting', code: 'destination_unreachable' })),
  );
  expect(Date.parse(second.nextAttemptAt ?? '')).toBeGreaterThan(Date.now());
  expect((await world.agent.api.status()).destinations[0]).toMatchObject({
    reachable: false,
    problem: { code: 'destination_unreachable' },
  });
  await receiver.up();
  const done = await reached(id, 'completed');
  await expectArrivedOnce(done, await sha256Of(recordingOf(recorded).path));
  expect((await world.agent.api.status()).destinations[0]).toMatchObject({ reachable: true, problem: null });
});

test('slow: one attempt, progress that never runs ahead of the receiver’s answer', async () => {
  const { id, bytesTotal } = await uploadUnder({ upload: { kind: 'slow', bytesPerSecond: 12_000_000 } });
  const done = await reached(id, 'completed');
  expect(done.attempts).toBe(1);
  const progress = world.agent.live.events.flatMap((event) =>
    event.type === 'upload_progress' && event.data.uploadId === id ? [event.data.bytesSent] : [],
  );
  expect(progress.length).toBeGreaterThan(2);
  expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  expect(progress.at(-1)).toBeLessThan(bytesTotal);
  await expectArrivedOnce(done);
});

test('no longer reading: given up after the stall timeout, arrives with the next attempt', async () => {
  const { id } = await uploadUnder({ upload: { kind: 'slow', bytesPerSecond: 1000, times: 1 } });
  const done = await reached(id, 'completed');
  expect(failuresOf(id)).toEqual([{ attempts: 1, state: 'waiting', code: 'destination_timeout' }]);
  await expectArrivedOnce(done);
});

test('never answering: given up after the answer timeout, arrives with the next attempt', async () => {
  const { id } = await uploadUnder({ upload: { kind: 'never-answer', times: 1 } });
  const done = await reached(id, 'completed');
  expect(failuresOf(id)).toEqual([{ attempts: 1, state: 'waiting', code: 'destination_timeout' }]);
  await expectArrivedOnce(done);
});

test('answering 500 three times: waits longer each time, with the server’s own words, then arrives', async () => {
  const { id } = await uploadUnder({ upload: { kind: 'refuse', status: 500, detail: 'Disk on fire', times: 3 } });
  const done = await reached(id, 'completed');
  expect(failuresOf(id)).toEqual(
    [1, 2, 3].map((attempts) => ({ attempts, state: 'waiting', code: 'destination_failed' })),
  );
  expect(done.attempts).toBe(4);
  // 1, 2 and 4 s, each ±20 %
  for (const [index, wait] of waitsOf(id).entries()) {
    expect(wait).toBeGreaterThan(0.75 * 1000 * 2 ** index);
    expect(wait).toBeLessThan(1.25 * 1000 * 2 ** index);
  }
  expect(told(id).find(({ state }) => state === 'waiting')?.error?.message).toContain('Disk on fire');
  await expectArrivedOnce(done);
});

test('429 with Retry-After: waits as long as it was asked to', async () => {
  const busy = { kind: 'refuse', status: 429, headers: { 'retry-after': '3' }, times: 1 } as const;
  const { id } = await uploadUnder({ upload: busy });
  const done = await reached(id, 'completed');
  expect(failuresOf(id)).toEqual([{ attempts: 1, state: 'waiting', code: 'destination_busy' }]);
  const [wait] = waitsOf(id);
  expect(wait).toBeGreaterThan(2900);
  expect(wait).toBeLessThanOrEqual(3000);
  await expectArrivedOnce(done);
});

test.each([
  ['at once', true],
  ['after the whole file', false],
])('413 %s: said with the server’s words, not sent again by itself', async (_when, atOnce) => {
  const { id } = await uploadUnder({ upload: { kind: 'refuse', status: 413, detail: 'At most 1 MB', atOnce } });
  const failed = await expectFailedUntilRetried(id, 'destination_too_large', () => receiver.plan({}));
  expect(failed.error?.message).toContain('At most 1 MB');
});

test('cut in mid-body: arrives whole with the next attempt, under the same key', async () => {
  const { id } = await uploadUnder({ upload: { kind: 'cut', afterBytes: 5_000_000, times: 1 } });
  const done = await reached(id, 'completed');
  expect(failuresOf(id)).toEqual([{ attempts: 1, state: 'waiting', code: 'destination_unreachable' }]);
  expect(receiver.requests.filter(({ idempotencyKey }) => idempotencyKey === id)).toHaveLength(2);
  await expectArrivedOnce(done);
});

test('stored, but the answer is lost: one task all the same', async () => {
  const { id } = await uploadUnder({ upload: { kind: 'lose-answer', times: 1 } });
  const done = await reached(id, 'completed');
  expect(failuresOf(id)).toEqual([{ attempts: 1, state: 'waiting', code: 'destination_unreachable' }]);
  await expectArrivedOnce(done);
});

test.each(['garbage', 'empty', 'notAnObject'] as const)(
  '200 with %s: not believed, not sent again by itself',
  async (name) => {
    const { id } = await uploadUnder({ upload: { kind: 'answer', text: badAnswers[name] } });
    await expectFailedUntilRetried(id, 'destination_answer_invalid', () => receiver.plan({}));
  },
);

test('200 that says “success: false”: a refusal in the server’s words, not an arrival', async () => {
  const text = '{"success": false, "error": {"message": "No audio track"}, "task_id": "t1"}';
  const { id } = await uploadUnder({ upload: { kind: 'answer', text } });
  const failed = await expectFailedUntilRetried(id, 'destination_rejected', () => receiver.plan({}));
  expect(failed.error?.message).toContain('No audio track');
});

test('wrong key: said, and the right key goes', async () => {
  await setApiKey('the-wrong-key');
  const { id } = await uploadUnder({});
  const failed = await expectFailedUntilRetried(id, 'destination_auth', () => setApiKey(apiKey));
  expect(JSON.stringify(failed)).not.toContain('the-wrong-key');
});

test.each([301, 302, 303, 307, 308])(
  'redirected elsewhere with %i: does not go there, says where, and arrives once that has passed',
  async (status) => {
    let strangers = 0;
    const elsewhere = createServer((_, response) => {
      strangers++;
      response.end('{"task_id": "stolen"}');
    });
    try {
      const place = `http://127.0.0.1:${await listen(elsewhere)}/upload`;
      const location = `${place}?token=secret`;
      const { id } = await uploadUnder({ upload: { kind: 'redirect', location, status, times: 2 } });
      const done = await reached(id, 'completed');
      expect(failuresOf(id)).toEqual(
        [1, 2].map((attempts) => ({ attempts, state: 'waiting', code: 'destination_redirected' })),
      );
      const [{ error } = { error: null }] = told(id).filter(({ state }) => state === 'waiting');
      expect(error).toMatchObject({ params: { status, where: place }, message: expect.stringContaining(place) });
      expect(JSON.stringify(told(id))).not.toContain('secret');
      expect(strangers).toBe(0);
      await expectArrivedOnce(done);
    } finally {
      elsewhere.close();
    }
  },
);

test('a web page in the upload’s place alone: said, and arrives once that has passed', async () => {
  const { id } = await uploadUnder({ upload: { kind: 'page', text: badAnswers.html, times: 2 } });
  const done = await reached(id, 'completed');
  expect(failuresOf(id)).toEqual(
    [1, 2].map((attempts) => ({ attempts, state: 'waiting', code: 'destination_portal' })),
  );
  await expectArrivedOnce(done);
});

test.each([
  ['404 twice', { kind: 'refuse', status: 404, times: 2 }, []],
  ['garbage', { kind: 'answer', text: badAnswers.garbage, times: 1 }, ['destination_answer_invalid']],
  ['500', { kind: 'refuse', status: 500, times: 1 }, ['destination_failed']],
  ['a cut line', { kind: 'cut', times: 2 }, ['destination_unreachable']],
  [
    'a redirect',
    { kind: 'redirect', location: 'http://127.0.0.1:1/', status: 302, times: 1 },
    ['destination_redirected'],
  ],
  ['a web page', { kind: 'page', text: badAnswers.html, times: 1 }, ['destination_portal']],
] as const)('asked for the task, it answers %s: told, and tracked to the end', async (_what, status, codes) => {
  await tasksEnded();
  const { id } = await uploadUnder({ status });
  await expectArrivedOnce(await reached(id, 'completed'));
  const updates = await taskUntilEnd(id);
  expect(updates.at(-1)).toMatchObject({ status: 'completed_simple', error: null });
  expect(updates.flatMap(({ error }) => (error === null ? [] : [error.code]))).toEqual(codes);
  expect(faultsMet(updates[0]?.id)).toBe(status.times);
  expect(await taskOf(id)).toEqual(updates.at(-1));
});

test('a task’s status in another server’s words is understood', async () => {
  await tasksEnded();
  const fields = { status: 'IN_PROGRESS', progress: '42%', message: 'at it' };
  const { id } = await uploadUnder({ status: { kind: 'change', fields, times: 1 } });
  await expectArrivedOnce(await reached(id, 'completed'));
  const updates = await taskUntilEnd(id);
  expect(updates).toContainEqual(
    expect.objectContaining({ status: 'processing', progress: 42, message: 'at it', error: null }),
  );
  expect(updates.at(-1)).toMatchObject({ status: 'completed_simple', error: null });
});

test('a task that failed in another server’s words has ended, and they are told', async () => {
  await tasksEnded();
  const fields = { status: 'FAILURE', error: { message: 'No audio track' } };
  const { id } = await uploadUnder({ status: { kind: 'change', fields } });
  await expectArrivedOnce(await reached(id, 'completed'));
  const last = (await taskUntilEnd(id)).at(-1);
  expect(last).toMatchObject({ status: 'error', error: { code: 'task_failed' } });
  expect(last?.error?.message).toContain('No audio track');
});

test('404 four times, as after a proxy’s restart or a late registration: the task is known all the same', async () => {
  await tasksEnded();
  const { id } = await uploadUnder({ status: { kind: 'refuse', status: 404, times: 4 } });
  const done = await reached(id, 'completed');
  const tracked = await taskUntilEnd(id);
  expect(tracked.map(({ status }) => status)).not.toContain('unknown');
  expect(tracked.at(-1)).toMatchObject({ status: 'completed_simple', error: null });
  await expectArrivedOnce(done);
});
