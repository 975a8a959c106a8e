import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { FaultPlan } from '../../../../scripts/rig/faulty-receiver/faults.ts';
import { type FaultyReceiver, startFaultyReceiver } from '../../../../scripts/rig/faulty-receiver/faulty.ts';
import type { ReceiverOptions } from '../../../../server/receiver.ts';
import { jobFor, tempFile, tempFolder } from '../job-fixture.ts';
import { destination, httpServer } from './send-fixture.ts';
import { filesOfTasks } from './server-world-fixture.ts';

const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

async function receiver(plan?: FaultPlan, options: Partial<ReceiverOptions> = {}): Promise<FaultyReceiver> {
  const faulty = await startFaultyReceiver({ dir: await tempFolder(), allowPrivateSources: true, ...options }, plan);
  onTestFinished(() => faulty.close());
  return faulty;
}

/** Object Storage as far as a link goes. */
async function storage(content: Uint8Array): Promise<{ link: string; fetches: () => number }> {
  let count = 0;
  const url = await httpServer((_request, response) => {
    count += 1;
    response.end(content);
  });
  return { link: `${url}/bucket/2026/take.mkv?X-Amz-Signature=5ecret`, fetches: () => count };
}

describe('a server that can fetch', () => {
  test('gets the link alone, and what it fetched is compared with the file', async () => {
    const content = randomBytes(2_000_000);
    const server = await receiver();
    const { link, fetches } = await storage(content);
    const job = await jobFor(await tempFile(content), { source: async () => link });
    const result = await destination(server.url).send(job);
    expect(result).toMatchObject({ sentAs: 'source_url', sha256: sha256(content), bytes: content.length });
    expect(fetches()).toBe(1);
    expect(server.requests[0]?.bodyBytes).toBeLessThan(2000);
    expect(server.requests[0]?.idempotencyKey).toBe('upload-1');
    expect((await filesOfTasks(server.dir))[0]?.equals(content)).toBe(true);
  });

  test.each([
    ['size', randomBytes(1000), 'destination_size_mismatch'],
    ['content', randomBytes(2000), 'destination_checksum_mismatch'],
  ])('but finds another %s there: no arrival', async (_what, found, code) => {
    const server = await receiver();
    const { link } = await storage(found);
    const job = await jobFor(await tempFile(randomBytes(2000)), { source: async () => link });
    await expect(destination(server.url).send(job)).rejects.toMatchObject({ code });
  });

  test('but does not say what it fetched: no arrival', async () => {
    const server = await receiver({ upload: { kind: 'answer', text: '{"task_id": "t", "status": "uploaded"}' } });
    const job = await jobFor(await tempFile('film'), { source: async () => 'http://127.0.0.1:1/' });
    await expect(destination(server.url).send(job)).rejects.toMatchObject({ code: 'destination_answer_invalid' });
  });

  test('but not from there: it gets the file in the same attempt, once', async () => {
    const server = await receiver({}, { allowPrivateSources: false });
    const content = randomBytes(100_000);
    const { link, fetches } = await storage(content);
    const job = await jobFor(await tempFile(content), { source: async () => link });
    const result = await destination(server.url).send(job);
    expect(result).toMatchObject({ sentAs: 'file', sha256: sha256(content) });
    expect(fetches()).toBe(0);
    expect(await filesOfTasks(server.dir)).toHaveLength(1);
  });

  test('but is in trouble: that can pass, and the link is in no word of it', async () => {
    const link = 'https://example.com/b/take.mkv?X-Amz-Signature=5ecret&X-Amz-Credential=me';
    const detail = `cannot get ${link} nor ${encodeURIComponent(link)}`;
    const server = await receiver({ upload: { kind: 'refuse', status: 502, detail } });
    const job = await jobFor(await tempFile('film'), { source: async () => link });
    const failure: unknown = await destination(server.url)
      .send(job)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'destination_failed' });
    expect(JSON.stringify(failure)).not.toMatch(/5ecret|=me/);
    expect(server.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  test('is given up at once when the upload is paused', async () => {
    const url = await httpServer((_request, response) => void response.writeHead(200).write('x'));
    const server = await receiver();
    const abort = new AbortController();
    const job = await jobFor(await tempFile('film'), { source: async () => `${url}/a`, signal: abort.signal });
    const sent = destination(server.url).send(job);
    await server.until((requests) => requests.length === 1);
    abort.abort(new Error('paused'));
    await expect(sent).rejects.toThrow('paused');
  });
});

describe('whether a server can fetch', () => {
  test.each<[string, number, string, boolean | null]>([
    ['says so', 200, '{"status": "healthy", "accepts": ["file", "source_url"]}', true],
    ['says otherwise', 200, '{"accepts": ["file"]}', false],
    ['says nothing', 200, '{"status": "healthy"}', false],
    ['says nonsense', 200, '{"accepts": "source_url"}', false],
    ['knows no health', 404, '', false],
    ['is in trouble', 500, '', null],
  ])('is known of one that %s', async (_how, status, text, expected) => {
    const url = await httpServer((_request, response) => response.writeHead(status).end(text));
    const driver = destination(url);
    expect(driver.acceptsSource()).toBeNull();
    await driver.checkHealth();
    expect(driver.acceptsSource()).toBe(expected);
  });
});
