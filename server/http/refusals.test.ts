import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { request } from 'undici';
import { afterEach, describe, expect, test } from 'vitest';
import { startReceiver } from '../receiver.ts';
import {
  beginUpload,
  filesIn,
  form,
  formBody,
  formType,
  getJson,
  post,
  Receivers,
  readAll,
} from '../receiver-fixture.ts';

const receivers = new Receivers();
afterEach(() => receivers.close());

describe('refusing', () => {
  test.each([
    ['an unknown subtitle model', form({ model: 'huge' }), 422, /subtitle_model/],
    ['a priority out of range', form({ priority: '11' }), 422, /priority/],
    ['a priority that is no number', form({ priority: '1e0' }), 422, /priority/],
    ['a form without a file', form().slice(0, 2), 422, /no file/],
    ['a file without a filename', [{ name: 'file', value: 'bytes' }], 422, /filename/],
    ['two files', [...form(), ...form()], 422, /one file/],
    ['too long a field', [{ name: 'x', value: 'y'.repeat(70_000) }, ...form()], 413, /too long/],
    ['too many fields', Array.from({ length: 50 }, () => ({ name: 'x', value: 'y' })), 413, /too many/],
    ['a wrong field behind the file', [...form().slice(2), { name: 'priority', value: '0' }], 422, /priority/],
  ])('%s', async (_what, parts, status, detail) => {
    const { url, dir } = await receivers.start();
    const answer = await post(url, parts);
    expect(answer.status).toBe(status);
    expect(answer.body.detail).toMatch(detail);
    expect(await filesIn(dir)).toEqual([]);
    expect(await readdir(join(dir, 'incoming'))).toEqual([]);
  });

  test.each([
    ['JSON', 'application/json', 415],
    ['a web form', 'application/x-www-form-urlencoded', 415],
    ['a form without a boundary', 'multipart/form-data', 400],
    ['a body that is no form', 'multipart/form-data; boundary=other', 400],
  ])('%s', async (_what, type, status) => {
    const { url, dir } = await receivers.start();
    const answer = await post(url, form(), { 'content-type': type });
    expect(answer.status).toBe(status);
    expect(typeof answer.body.detail).toBe('string');
    expect(JSON.stringify(answer.body)).not.toMatch(/receiver-|node_modules|at /);
    expect(await filesIn(dir)).toEqual([]);
  });

  test('a form that ends in the middle of its file', async () => {
    const { url, dir } = await receivers.start();
    const body = Buffer.concat([...formBody(form({ bytes: randomBytes(100_000) }))]).subarray(0, 50_000);
    const answer = await request(`${url}/upload`, { method: 'POST', headers: { 'content-type': formType }, body });
    expect(answer.statusCode).toBe(400);
    expect(await filesIn(dir)).toEqual([]);
  });

  test('a file beyond the size limit, announced or not, and takes one just at it', async () => {
    const { url, dir } = await receivers.start({ maxFileBytes: 100_000 });
    const over = Buffer.alloc(100_001);
    expect(await post(url, form({ bytes: over }))).toMatchObject({
      status: 413,
      body: { detail: expect.stringContaining('100000 bytes') },
    });
    const huge = await post(url, form({ bytes: Buffer.alloc(30_000_000) }));
    expect(huge.status).toBe(413);
    const bytes = Array.from({ length: 30 }, () => Buffer.alloc(1_000_000));
    const body = Readable.from(formBody([{ name: 'file', filename: 'a', bytes }]));
    const chunked = await request(`${url}/upload`, { method: 'POST', headers: { 'content-type': formType }, body });
    expect(chunked.statusCode).toBe(413);
    await chunked.body.dump();
    expect(await filesIn(dir)).toEqual([]);
    expect((await post(url, form({ bytes: Buffer.alloc(100_000) }))).status).toBe(200);
  });

  test('more files than it keeps, without reading them', async () => {
    const { url, port } = await receivers.start({ maxFiles: 1 });
    await post(url, form());
    const socket = await beginUpload(port, { length: 1e9, sent: Buffer.alloc(10) });
    socket.once('data', () => socket.end());
    expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 413 (?:.|\r|\n)*at most 1 files/);
  });

  test('whoever has no key, but tells its health', async () => {
    const { url } = await receivers.start({ apiKey: 'secret-key' });
    expect((await post(url, form())).status).toBe(401);
    expect((await post(url, form(), { authorization: 'Bearer secret-kex' })).status).toBe(401);
    expect((await getJson(`${url}/status/x`)).status).toBe(401);
    expect((await post(url, form(), { authorization: 'Bearer secret-key' })).status).toBe(200);
    expect((await getJson(`${url}/health`)).status).toBe(200);
  });

  test.each([
    ['a rebound Host', { host: 'evil.example:80' }],
    ['a Host of another port', { host: '127.0.0.1:1' }],
    ['a Host that only starts right', { host: '127.0.0.1.evil.example' }],
    ['a web page', { origin: 'http://127.0.0.1:5002' }],
    ['a sandboxed web page', { origin: 'null' }],
  ])('%s, on every route', async (_what, headers) => {
    const { url, dir } = await receivers.start();
    expect((await post(url, form(), headers)).status).toBe(403);
    for (const path of ['/health', '/status/x', '/results/x/video', '/nothing']) {
      expect((await getJson(`${url}${path}`, headers)).status).toBe(403);
    }
    expect(await filesIn(dir)).toEqual([]);
  });

  test('to listen on every address, or beyond this machine without a key', async () => {
    const dir = await receivers.dir();
    await expect(startReceiver({ dir, host: '0.0.0.0' })).rejects.toThrow(/wildcard/);
    await expect(startReceiver({ dir, host: '192.0.2.1' })).rejects.toThrow(/API key/);
  });

  test('a port that is taken', async () => {
    const { port } = await receivers.start();
    await expect(startReceiver({ dir: await receivers.dir(), port })).rejects.toThrow(/in use/);
  });
});
