import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { afterEach, expect, test } from 'vitest';
import { filesIn, form, getJson, post, Receivers } from '../../../server/receiver-fixture.ts';
import { badAnswers, type FaultPlan } from './faults.ts';
import { startFaultyReceiver } from './faulty.ts';

const receivers = new Receivers();
afterEach(() => receivers.close());

const key = { 'idempotency-key': 'upload-1' };
const start = async (plan?: FaultPlan) =>
  receivers.keep(await startFaultyReceiver({ dir: await receivers.dir() }, plan));
const tasksIn = (dir: string) => readdir(join(dir, 'tasks'));

test('without a plan it is the real receiver, and writes down what it saw', async () => {
  const faulty = await start();
  const { status, body } = await post(faulty.url, form(), { ...key, 'x-extra': 'kept' });
  expect([status, body.size]).toEqual([200, 11]);
  expect((await getJson(`${faulty.url}/status/${body.task_id}`)).body).toMatchObject({ task_id: body.task_id });
  const video = await request(`${faulty.url}/results/${body.task_id}/video`);
  expect(await video.body.text()).toBe('a recording');
  await faulty.until((seen) => seen.length === 3 && seen.every(({ status }) => status === 200));
  expect(faulty.requests[0]).toMatchObject({ method: 'POST', path: '/upload', idempotencyKey: 'upload-1' });
  expect(faulty.requests[0]?.headers['x-extra']).toBe('kept');
  expect(faulty.requests[0]?.bodyBytes).toBe(Number(faulty.requests[0]?.headers['content-length']));
});

test('refuses as often as planned, then is fine', async () => {
  const faulty = await start({ upload: { kind: 'refuse', status: 500, times: 3 } });
  const statuses = [];
  for (let attempt = 0; attempt < 4; attempt++) statuses.push((await post(faulty.url, form(), key)).status);
  expect(statuses).toEqual([500, 500, 500, 200]);
  expect(await tasksIn(faulty.dir)).toHaveLength(1);
});

test.each([400, 401, 403, 413, 422, 429, 503])('refuses with %i, its detail and headers', async (status) => {
  const faulty = await start({
    upload: { kind: 'refuse', status, detail: 'not today', headers: { 'retry-after': '7' }, atOnce: true },
  });
  const answer = await post(faulty.url, form({ bytes: Buffer.alloc(20_000_000) }));
  expect(answer).toMatchObject({ status, headers: { 'retry-after': '7' }, body: { detail: 'not today' } });
});

test('cuts the connection in the middle of the body', async () => {
  const faulty = await start({ upload: { kind: 'cut', afterBytes: 1_000_000, times: 1 } });
  await expect(post(faulty.url, form({ bytes: Buffer.alloc(30_000_000) }))).rejects.toThrow();
  await faulty.until(([first]) => first?.aborted === true);
  expect(faulty.requests[0]?.bodyBytes).toBeGreaterThanOrEqual(1_000_000);
  expect(faulty.requests[0]?.bodyBytes).toBeLessThan(30_000_000);
  expect(await filesIn(faulty.dir)).toEqual([]);
});

test('loses an answer after it has stored the file', async () => {
  const faulty = await start({ upload: { kind: 'lose-answer', times: 1 } });
  await expect(post(faulty.url, form(), key)).rejects.toThrow();
  const [taskId] = await tasksIn(faulty.dir);
  expect((await post(faulty.url, form(), key)).body.task_id).toBe(taskId);
});

test('forgets keys like a server that knows none', async () => {
  const faulty = await start({ ignoreIdempotencyKey: true });
  await post(faulty.url, form(), key);
  await post(faulty.url, form(), key);
  expect(await tasksIn(faulty.dir)).toHaveLength(2);
  expect(faulty.requests.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['upload-1', 'upload-1']);
});

test.each(Object.values(badAnswers))('answers an upload with %j', async (text) => {
  const faulty = await start({ upload: { kind: 'answer', text } });
  const answer = await request(`${faulty.url}/upload`, { method: 'POST', body: 'x' });
  expect([answer.statusCode, await answer.body.text()]).toEqual([200, text]);
});

test('reads everything and never answers', async () => {
  const faulty = await start({ upload: { kind: 'never-answer' }, status: { kind: 'never-answer' } });
  const abort = new AbortController();
  const body = Buffer.alloc(5_000_000);
  const upload = request(`${faulty.url}/upload`, { method: 'POST', body, signal: abort.signal });
  const status = request(`${faulty.url}/status/x`, { signal: abort.signal });
  await faulty.until((seen) => seen.length === 2 && seen.some(({ bodyBytes }) => bodyBytes === body.length));
  abort.abort();
  const results = await Promise.allSettled([upload, status]);
  expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected']);
  await faulty.until((seen) => seen.every(({ aborted }) => aborted));
});

test('answers with far more than a client should read', async () => {
  const faulty = await start({ upload: { kind: 'huge-answer', bytes: 3_000_000 } });
  const answer = await request(`${faulty.url}/upload`, { method: 'POST', body: 'x' });
  expect((await answer.body.arrayBuffer()).byteLength).toBe(3_000_002);
});

test('redirects to another origin', async () => {
  const location = 'http://127.0.0.1:9/upload';
  const faulty = await start({ upload: { kind: 'redirect', location }, status: { kind: 'redirect', location } });
  for (const [method, path] of [['POST', '/upload'] as const, ['GET', '/status/x'] as const]) {
    const answer = await request(`${faulty.url}${path}`, { method });
    expect([answer.statusCode, answer.headers.location]).toEqual([307, location]);
    await answer.body.dump();
  }
});

test('reads slowly, and the file still arrives whole', async () => {
  const faulty = await start({ upload: { kind: 'slow', bytesPerSecond: 5_000_000 } });
  const bytes = randomBytes(1_000_000);
  const began = performance.now();
  expect((await post(faulty.url, form({ bytes }))).body.size).toBe(bytes.length);
  // The first chunk is paced as well, so this is a floor, not a measurement.
  expect(performance.now() - began).toBeGreaterThan(150);
});

test('is down and up again on the same port, with its tasks', async () => {
  const faulty = await start();
  const { body } = await post(faulty.url, form(), key);
  await faulty.down();
  await expect(post(faulty.url, form(), key)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await faulty.up();
  expect((await post(faulty.url, form(), key)).body.task_id).toBe(body.task_id);
});

test('the plan can change at any time, and concerns the status route as well', async () => {
  const faulty = await start();
  const { body } = await post(faulty.url, form());
  const status = `${faulty.url}/status/${body.task_id}`;
  faulty.plan({ status: { kind: 'refuse', status: 404, detail: 'Unknown task' } });
  expect(await getJson(status)).toMatchObject({ status: 404, body: { detail: 'Unknown task' } });
  faulty.plan({ status: { kind: 'change', fields: { status: 'dreaming', progress: 'half', extra: 1 } } });
  const changed = { task_id: body.task_id, status: 'dreaming', progress: 'half', extra: 1 };
  expect((await getJson(status)).body).toMatchObject(changed);
  faulty.plan({ status: { kind: 'answer', text: badAnswers.garbage } });
  await expect(getJson(status)).rejects.toThrow(SyntaxError);
  faulty.plan({ status: { kind: 'cut', times: 1 } });
  await expect(getJson(status)).rejects.toThrow();
  expect((await getJson(status)).status).toBe(200);
});
