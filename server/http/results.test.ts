import { request } from 'undici';
import { afterEach, describe, expect, test } from 'vitest';
import { ended, form, getJson, post, Receivers } from '../receiver-fixture.ts';

const receivers = new Receivers();
afterEach(() => receivers.close());

describe('status and results', () => {
  test('a new task is uploaded, and ends as completed_simple, honestly', async () => {
    const { url } = await receivers.start({ workers: 0 });
    const waiting = await post(url, form());
    expect((await getJson(`${url}/status/${waiting.body.task_id}`)).body).toMatchObject({
      status: 'uploaded',
      place: 0,
    });

    const quick = await receivers.start();
    const { body } = await post(quick.url, form());
    expect(await ended(quick.url, String(body.task_id))).toEqual({
      task_id: body.task_id,
      status: 'completed_simple',
      progress: 100,
      run: 1,
      message: expect.stringContaining('no subtitles'),
      filename: 'take 1.mkv',
      size: 11,
      sha256: body.sha256,
      config: { subtitle_model: 'small', priority: 3, language: 'auto' },
      result: { video: `/results/${body.task_id}/video` },
    });
  });

  test('unknown tasks, kinds and routes are 404 with a detail', async () => {
    const { url } = await receivers.start();
    const { body } = await post(url, form());
    const paths = ['/status/nope', '/results/nope/video', `/results/${body.task_id}/subtitles`, '/nothing', '/upload'];
    for (const path of [...paths, `/results/${body.task_id}/thumbnail`, '/results/..%2f..%2fetc/video']) {
      const answer = await getJson(`${url}${path}`);
      expect(answer.status, path).toBe(404);
      expect(typeof answer.body.detail).toBe('string');
    }
  });

  test('health says what it accepts', async () => {
    const { url } = await receivers.start();
    const { body, headers } = await getJson(`${url}/health`);
    expect(body).toMatchObject({ status: 'healthy', accepts: ['file', 'source_url'], idempotency: true });
    expect(body.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  test.each([
    ['bytes=2-4', 206, 'rec', 'bytes 2-4/11'],
    ['bytes=-3', 206, 'ing', 'bytes 8-10/11'],
    ['bytes=9-99', 206, 'ng', 'bytes 9-10/11'],
    ['bytes=0-1,3-4', 200, 'a recording', undefined],
  ])('gives the range %s', async (range, status, text, contentRange) => {
    const { url } = await receivers.start();
    const { body } = await post(url, form());
    const answer = await request(`${url}/results/${body.task_id}/video`, { headers: { range } });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-range']).toBe(contentRange);
    expect(await answer.body.text()).toBe(text);
  });

  test('a range outside is 416; HEAD and an empty file have no body', async () => {
    const { url } = await receivers.start();
    const { body } = await post(url, form());
    const video = `${url}/results/${body.task_id}/video`;
    expect(await getJson(video, { range: 'bytes=11-' })).toMatchObject({ status: 416 });
    const head = await request(video, { method: 'HEAD' });
    expect(head.headers['content-length']).toBe('11');
    await head.body.dump();
    const empty = await post(url, form({ bytes: Buffer.alloc(0) }));
    expect(empty.body).toMatchObject({ size: 0 });
    const nothing = await request(`${url}/results/${empty.body.task_id}/video`);
    expect([nothing.statusCode, await nothing.body.text()]).toEqual([200, '']);
  });
});
