import { request } from 'undici';
import { afterEach, expect, test } from 'vitest';
import { ended, form, getJson, post, Receivers } from '../receiver-fixture.ts';
import { waitingStage } from '../stages/waiting-stage-fixture.ts';

const receivers = new Receivers();
afterEach(() => receivers.close());

async function ask(url: string, method: 'POST' | 'DELETE', body?: unknown) {
  const answer = await request(url, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await answer.body.text();
  return { status: answer.statusCode, body: text === '' ? null : (JSON.parse(text) as Record<string, unknown>) };
}

const upload = async (url: string, priority = '3'): Promise<string> =>
  String((await post(url, form({ priority }))).body.task_id);

test('a task that waits tells its place, and takes another', async () => {
  const { url } = await receivers.start({ workers: 0 });
  await upload(url);
  const second = await upload(url);
  expect((await getJson(`${url}/status/${second}`)).body).toMatchObject({ status: 'uploaded', place: 1 });
  expect(await ask(`${url}/tasks/${second}/priority`, 'POST', { priority: 9 })).toMatchObject({
    status: 200,
    body: { place: 0, config: { priority: 9 } },
  });
  expect((await ask(`${url}/tasks/${second}/priority`, 'POST', { priority: 11 })).status).toBe(422);
});

test('its events come as they happen and end with it', async () => {
  const { url } = await receivers.start({ stages: [waitingStage(300)] });
  const task = await upload(url);
  const answer = await request(`${url}/status/${task}/events`);
  const events = (await answer.body.text()).split('\n').filter((line) => line.startsWith('data: '));
  const statuses = events.map((line) => (JSON.parse(line.slice(6)) as { status: string }).status);
  expect(statuses).toContain('processing');
  expect(statuses.at(-1)).toBe('completed_simple');
});

test('a task that is worked on is called off, done once more, and removed', async () => {
  const dir = await receivers.dir();
  const { url } = await receivers.start({ dir, stages: [waitingStage(60_000)] });
  const task = await upload(url);
  expect((await ask(`${url}/tasks/${task}/again`, 'POST', {})).status).toBe(409);
  expect(await ask(`${url}/tasks/${task}/cancel`, 'POST')).toMatchObject({
    status: 200,
    body: { status: 'cancelled' },
  });
  expect(await ask(`${url}/tasks/${task}/again`, 'POST', { subtitle_model: 'small', language: 'fr' })).toMatchObject({
    status: 200,
    body: { run: 2, config: { subtitle_model: 'small', language: 'fr' } },
  });
  expect((await ask(`${url}/tasks/${task}`, 'DELETE')).status).toBe(204);
  expect((await getJson(`${url}/status/${task}`)).status).toBe(404);
});

test('what waited when the server ended is done by the next one', async () => {
  const dir = await receivers.dir();
  const first = await receivers.start({ dir, stages: [waitingStage(60_000)] });
  const tasks = [await upload(first.url), await upload(first.url)];
  await first.close();
  const second = await receivers.start({ dir });
  for (const task of tasks) expect(await ended(second.url, task)).toMatchObject({ status: 'completed_simple' });
});

test.each(['cancel', 'retry', 'again', 'priority'])('%s of a task that is not there is 404', async (verb) => {
  const { url } = await receivers.start();
  expect((await ask(`${url}/tasks/nope/${verb}`, 'POST', { priority: 1 })).status).toBe(404);
});
