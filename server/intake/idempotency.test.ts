import { randomBytes } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import { afterEach, describe, expect, test } from 'vitest';
import { beginUpload, eventually, filesIn, form, post, Receivers, readAll } from '../receiver-fixture.ts';

const receivers = new Receivers();
afterEach(() => receivers.close());

describe('the same upload again', () => {
  const key = { 'idempotency-key': 'upload-1' };

  test('answers with the task it already has', async () => {
    const { url, dir } = await receivers.start();
    const first = await post(url, form(), key);
    const again = await post(url, form({ bytes: Buffer.from('never read') }), key);
    expect(again.status).toBe(200);
    expect(again.body).toEqual({ ...first.body, message: expect.any(String) });
    expect(await readdir(join(dir, 'tasks'))).toHaveLength(1);
    expect((await post(url, form(), { 'idempotency-key': 'upload-2' })).body.task_id).not.toBe(first.body.task_id);
  });

  test('is answered at the headers and the connection closes', async () => {
    const { url, port } = await receivers.start();
    const first = await post(url, form(), key);
    const socket = await beginUpload(port, { length: 1e9, sent: Buffer.alloc(10), key: 'upload-1' });
    socket.once('data', () => socket.end());
    const text = await readAll(socket);
    expect(text).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(text.split('\r\n\r\n')[0]).toMatch(/^connection: close$/im);
    expect(text).toContain(String(first.body.task_id));
  });

  test('reaches a slow client that sends its whole body before it listens', async () => {
    const { url, port } = await receivers.start();
    const first = await post(url, form(), key);
    const piece = Buffer.alloc(1_000_000);
    const socket = await beginUpload(port, { length: 12 * piece.length, sent: Buffer.alloc(0), key: 'upload-1' });
    // As Python's requests on a slow line: it takes longer than the 500 ms after which @hono/node-server would cut it.
    for (let sent = 0; sent < 12; sent++) {
      await new Promise<void>((resolve, reject) => socket.write(piece, (error) => (error ? reject(error) : resolve())));
      await delay(75);
    }
    socket.once('data', () => socket.end());
    expect(await readAll(socket)).toContain(String(first.body.task_id));
  });

  test('takes over from a half-open upload of a client that died', async () => {
    const { url, port, dir } = await receivers.start({ workers: 0 });
    const dead = await beginUpload(port, { length: 1e9, sent: randomBytes(500_000), key: 'upload-1' });
    await eventually(async () => (await filesIn(dir)).length === 1);
    const answer = await post(url, form(), key);
    expect(answer.status).toBe(200);
    dead.end();
    expect(await readAll(dead)).toMatch(/^HTTP\/1\.1 409 /);
    expect(await filesIn(dir)).toEqual(['recording.mkv', 'state.json', 'task.json']);
  });

  test('many at once make one task', async () => {
    const { url, dir } = await receivers.start();
    const bytes = randomBytes(3_000_000);
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(url, form({ bytes }), key)));
    const tasks = new Set(answers.filter(({ status }) => status === 200).map(({ body }) => body.task_id));
    expect(tasks.size).toBe(1);
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    expect(await readdir(join(dir, 'tasks'))).toHaveLength(1);
    expect(await readdir(join(dir, 'incoming'))).toEqual([]);
  });

  test('is known after a restart, with its task and file', async () => {
    const dir = await receivers.dir();
    const before = await receivers.start({ dir });
    const first = await post(before.url, form(), key);
    await before.close();
    await mkdir(join(dir, 'tasks', 'damaged'));
    await writeFile(join(dir, 'tasks', 'damaged', 'task.json'), '{');
    const damaged: string[] = [];
    const after = await receivers.start({
      dir,
      log: (level, message) => void (level === 'error' && damaged.push(message)),
    });
    expect(damaged).toEqual(['task damaged is damaged']);
    expect((await post(after.url, form(), key)).body.task_id).toBe(first.body.task_id);
    const video = await request(`${after.url}/results/${first.body.task_id}/video`);
    expect(await video.body.text()).toBe('a recording');
  });

  test.each([
    ['empty', ''],
    ['too long', 'x'.repeat(201)],
    ['of two words', 'two words'],
  ])('refuses a key that is %s', async (_what, bad) => {
    const { url } = await receivers.start();
    expect((await post(url, form(), { 'idempotency-key': bad })).status).toBe(400);
  });
});
