import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startReceiver } from '../../../../server/receiver.ts';
import { LiveEvents } from '../../../live-events.ts';
import { jobFor, tempFile, tempFolder } from '../job-fixture.ts';
import { ProcessingDestination } from './processing.ts';
import { destination, httpServer } from './send-fixture.ts';

const never = new AbortController().signal;
const film = createHash('sha256').update('film').digest('hex');

/** A server that says this of every task. */
const saying = (status: number, text: string): Promise<string> =>
  httpServer((_request, response) => response.writeHead(status).end(text));

describe('a copy at the processing server', () => {
  test('is proven by the checksum that the server gives with the task', async () => {
    const receiver = await startReceiver({ dir: await tempFolder(), apiKey: 'k3y' });
    onTestFinished(() => receiver.close());
    const driver = destination(receiver.url, { apiKey: 'k3y' });
    const path = await tempFile('film');
    const { task } = await driver.send(await jobFor(path));
    if (task === null) throw new Error('no task');
    expect(await driver.verify(task, path, never)).toBeNull();
    expect(await driver.verify({ ...task, id: 'other' }, path, never)).toMatchObject({ code: 'copy_missing' });
    expect(await driver.verify(task, await tempFile('another film'), never)).toMatchObject({ code: 'copy_differs' });
    await rm(path);
    expect(await driver.verify(task, path, never)).toMatchObject({ code: 'file_missing' });
  });

  test.each([
    ['gives no checksum', 200, '{"status": "completed"}', 'copy_unproven'],
    ['gives nonsense', 200, `{"status": "completed", "sha256": "${film.slice(1)}"}`, 'copy_unproven'],
    ['failed at the task', 200, `{"status": "error", "sha256": "${film}"}`, 'copy_unproven'],
    ['answers with a web page', 200, '<html>', 'destination_portal'],
    ['is in trouble', 500, '', 'destination_failed'],
    ['does not let us in', 403, '', 'destination_auth'],
  ])('is not proven by a server that %s', async (_what, status, text, code) => {
    const url = await saying(status, text);
    const problem = await destination(url).verify({ id: 't', server: url }, await tempFile('film'), never);
    expect(problem).toMatchObject({ code });
  });

  test('is not proven by a server that is gone', async () => {
    const driver = destination('http://127.0.0.1:1');
    const problem = await driver.verify({ id: 't', server: 'http://127.0.0.1:1' }, await tempFile('film'), never);
    expect(problem).toMatchObject({ code: 'destination_unreachable' });
  });

  test('is none where it is on this machine', async () => {
    const url = await saying(200, `{"status": "completed", "sha256": "${film}"}`);
    const driver = new ProcessingDestination({
      live: new LiveEvents(),
      settings: () => ({ uploadEndpoint: '/upload', statusEndpoint: '/status' }),
      processingServer: () => ({ url, apiKey: null, embedded: true }),
    });
    onTestFinished(() => driver.close());
    const problem = await driver.verify({ id: 't', server: 'embedded' }, await tempFile('film'), never);
    expect(problem).toMatchObject({ code: 'copy_local' });
  });

  test('is asked about without the key where another server gave the task', async () => {
    const seen: (string | undefined)[] = [];
    const old = await httpServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end(`{"status": "completed", "sha256": "${film}"}`);
    });
    const driver = destination('http://127.0.0.1:1', { apiKey: 'k3y' });
    expect(await driver.verify({ id: 't', server: old }, await tempFile('film'), never)).toBeNull();
    expect(seen).toEqual([undefined]);
  });
});
