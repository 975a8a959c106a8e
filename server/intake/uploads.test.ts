import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { request } from 'undici';
import { afterEach, describe, expect, test } from 'vitest';
import {
  beginUpload,
  boundary,
  eventually,
  filesIn,
  form,
  formBody,
  formType,
  getJson,
  post,
  Receivers,
  readAll,
  sha256,
} from '../receiver-fixture.ts';

const receivers = new Receivers();
afterEach(() => receivers.close());

describe('receiving a file', () => {
  test('stores it byte for byte and answers with its task', async () => {
    const receiver = await receivers.start();
    const bytes = randomBytes(300_000);
    const answer = await post(receiver.url, form({ bytes }));
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      task_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      status: 'uploaded',
      filename: 'take 1.mkv',
      size: bytes.length,
      sha256: sha256(bytes),
      message: expect.any(String),
      config: { subtitle_model: 'small', priority: 3 },
    });
    const stored = await readFile(join(receiver.dir, 'tasks', String(answer.body.task_id), 'recording.mkv'));
    expect(stored.equals(bytes)).toBe(true);
    expect(await readdir(join(receiver.dir, 'incoming'))).toEqual([]);
  });

  test('takes the parts in any order and ignores what it does not know', async () => {
    const { url } = await receivers.start();
    const parts = form({ model: 'large', priority: '10' }).reverse();
    const extra = [
      { name: 'language', value: 'fr' },
      { name: '__proto__', value: 'x' },
      { name: 'cover', filename: 'cover.jpg', bytes: Buffer.alloc(100_000) },
    ];
    const answer = await post(url, [...extra, ...parts, { name: 'scene', value: 'é' }]);
    expect(answer.body).toMatchObject({ size: 11, config: { subtitle_model: 'large', priority: 10 } });
  });

  test('takes a body whose length was not announced', async () => {
    const { url } = await receivers.start();
    const body = Readable.from(formBody(form()));
    const answer = await request(`${url}/upload`, { method: 'POST', headers: { 'content-type': formType }, body });
    expect(answer.statusCode).toBe(200);
    expect(await answer.body.json()).toMatchObject({ size: 11 });
  });

  test('hashes 200 MB right and gives the same bytes back', async () => {
    const { url } = await receivers.start();
    const piece = randomBytes(1024 * 1024);
    const bytes = Array.from({ length: 200 }, () => piece);
    const expected = createHash('sha256');
    for (const part of bytes) expected.update(part);
    const hash = expected.digest('hex');
    const body = Readable.from(formBody([{ name: 'file', filename: 'long.mp4', bytes }]));
    const answer = await request(`${url}/upload`, { method: 'POST', headers: { 'content-type': formType }, body });
    const task = (await answer.body.json()) as Record<string, unknown>;
    expect(task).toMatchObject({ size: 200 * 1024 * 1024, sha256: hash });

    const video = await request(`${url}/results/${task.task_id}/video`);
    const returned = createHash('sha256');
    for await (const chunk of video.body) returned.update(chunk);
    expect(video.headers['content-type']).toBe('video/mp4');
    expect(returned.digest('hex')).toBe(hash);
  }, 60_000);

  test.each([
    ['a path upwards', '../../../etc/passwd', 'passwd', 'recording'],
    ['a Windows path', 'C:\\Users\\me\\clip.mp4', 'clip.mp4', 'recording.mp4'],
    ['a Windows path upwards', '..\\..\\evil.mkv', 'evil.mkv', 'recording.mkv'],
    ['a device name', 'CON', 'CON', 'recording'],
    ['a device name with an extension', 'nul.mkv', 'nul.mkv', 'recording.mkv'],
    ['only dots', '..', 'recording', 'recording'],
    ['nothing', '', 'recording', 'recording'],
    ['that of our own record', 'task.json', 'task.json', 'recording.json'],
    ['an alternate data stream', 'a.mkv:stream', 'a.mkv:stream', 'recording'],
    ['a trailing dot and space', 'dot. ', 'dot. ', 'recording'],
    ['accents and emoji', 'Séance 🎬.mkv', 'Séance 🎬.mkv', 'recording.mkv'],
    ['10,000 characters', `${'x'.repeat(10_000)}.mkv`, 'x'.repeat(255), 'recording'],
  ])('keeps a name that is %s as a label only', async (_what, filename, label, stored) => {
    const receiver = await receivers.start({ workers: 0 });
    const answer = await post(receiver.url, form({ filename }));
    expect(answer.body).toMatchObject({ filename: label, size: 11 });
    expect(await filesIn(receiver.dir)).toEqual([stored, 'state.json', 'task.json'].sort());
  });

  test('takes a file part that has no filename but is of bytes', async () => {
    const { url, port } = await receivers.start();
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"\r\nContent-Type: application/octet-stream\r\n\r\n`;
    const body = `${head}abc\r\n--${boundary}--\r\n`;
    const headers = { 'content-type': formType, host: `127.0.0.1:${port}` };
    const answer = await request(`${url}/upload`, { method: 'POST', headers, body });
    expect(await answer.body.json()).toMatchObject({ size: 3, filename: 'recording' });
  });

  test('tells a client that asks first to go on, but not when it has the file', async () => {
    const { port } = await receivers.start();
    const body = Buffer.concat([...formBody(form())]);
    const ask = async () => {
      const headers = { 'content-type': formType, expect: '100-continue', 'idempotency-key': 'upload-1' };
      const asking = httpRequest({
        port,
        method: 'POST',
        path: '/upload',
        headers: { ...headers, 'content-length': body.length },
      });
      let toldToGoOn = false;
      asking.on('continue', () => {
        toldToGoOn = true;
        asking.end(body);
      });
      asking.flushHeaders();
      const [answer] = (await once(asking, 'response')) as [IncomingMessage];
      answer.resume();
      asking.on('error', () => {}).destroy();
      return { status: answer.statusCode, toldToGoOn };
    };
    expect(await ask()).toEqual({ status: 200, toldToGoOn: true });
    expect(await ask()).toEqual({ status: 200, toldToGoOn: false });
  });

  test('keeps two files of one name apart', async () => {
    const { url, dir } = await receivers.start();
    const first = await post(url, form());
    const second = await post(url, form());
    expect(second.body.task_id).not.toBe(first.body.task_id);
    expect(await readdir(join(dir, 'tasks'))).toHaveLength(2);
  });
});

describe('an upload that does not end well', () => {
  test('leaves nothing behind when the client goes away', async () => {
    const { url, port, dir } = await receivers.start();
    const socket = await beginUpload(port, { length: 1e9, sent: randomBytes(2_000_000) });
    await eventually(async () => (await filesIn(dir)).length === 1);
    socket.resetAndDestroy();
    await eventually(async () => (await readdir(join(dir, 'incoming'))).length === 0);
    expect(await filesIn(dir)).toEqual([]);
    expect((await getJson(`${url}/health`)).status).toBe(200);
  });

  test('is given up when nothing arrives any more', async () => {
    const { port, dir } = await receivers.start({ stallMs: 200 });
    const socket = await beginUpload(port, { length: 1e9, sent: randomBytes(1_000) });
    socket.once('data', () => socket.end());
    expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 408 /);
    expect(await readdir(join(dir, 'incoming'))).toEqual([]);
  });

  test('is not given up because this machine stood still while its bytes were there', async () => {
    const stallMs = 200;
    const { port, dir } = await receivers.start({ stallMs });
    const bytes = randomBytes(1000);
    const length = Buffer.concat([...formBody([{ name: 'file', filename: 'a.mkv', bytes }])]).length;
    const socket = await beginUpload(port, { length, sent: bytes.subarray(0, 500) });
    await eventually(async () => (await filesIn(dir)).length === 1);
    socket.write(bytes.subarray(500));
    socket.write(`\r\n--${boundary}--\r\n`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * stallMs);
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
  });

  test('is ended by closing the receiver', async () => {
    const receiver = await receivers.start();
    const socket = await beginUpload(receiver.port, { length: 1e9, sent: randomBytes(1_000_000) });
    await eventually(async () => (await filesIn(receiver.dir)).length === 1);
    const closed = readAll(socket);
    await receiver.close();
    await closed;
    expect(await filesIn(receiver.dir)).toEqual([]);
  });

  test('is cleared away by the next start when the receiver was killed', async () => {
    const dir = await receivers.dir();
    await mkdir(join(dir, 'incoming', 'half'), { recursive: true });
    await writeFile(join(dir, 'incoming', 'half', 'recording.mkv'), 'half');
    await receivers.start({ dir });
    expect(await filesIn(dir)).toEqual([]);
  });
});
