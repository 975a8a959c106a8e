import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { readProxies } from '../../../shared/proxies.ts';
import { EmbeddedReceiver, type ReceiverAccess } from './embedded-receiver.ts';

const secretVariables = ['OBS_PASSWORD', 'VULTR_OBJECT_STORAGE_SECRET_KEY', 'HTTPS_PROXY', 'http_proxy', 'STREAMAI_X'];
const proxies = readProxies({ https_proxy: 'nora:p%40ss@proxy:3128', NO_PROXY: 'example.com, 10.0.0.0/8' });
let dir: string;
let receiver: EmbeddedReceiver | undefined;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'streamai-embedded-'));
});
afterEach(async () => {
  await receiver?.close();
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
});

/** What it told, and its pid after each start. */
class Story {
  readonly waits: number[] = [];
  readonly pids: number[] = [];
  #back = Promise.withResolvers<void>();

  async start(steady = 60_000): Promise<EmbeddedReceiver> {
    receiver = await EmbeddedReceiver.start({
      dir,
      proxies,
      times: { first: 20, most: 50, steady },
      onDied: (ms) => this.waits.push(ms),
      onBack: () => this.#back.resolve(),
      onLog: (line) => {
        const pid = /pid (\d+)/.exec(line)?.[1];
        if (pid !== undefined) this.pids.push(Number(pid));
      },
    });
    return receiver;
  }

  async killAndWait(): Promise<void> {
    this.#back = Promise.withResolvers();
    const pid = this.pids.at(-1);
    if (pid === undefined) throw new Error('it has not said its pid');
    process.kill(pid, 'SIGKILL');
    await this.#back.promise;
  }
}

const healthy = (url: string): Promise<boolean> =>
  fetch(`${url}/health`).then(
    ({ ok }) => ok,
    () => false,
  );

/** Where it is now. */
const place = (of: EmbeddedReceiver | undefined): ReceiverAccess => {
  const access = of?.access() ?? null;
  if (access === null) throw new Error('it does not run');
  return access;
};

test('listens, and is gone after close', async () => {
  const { url } = place(await new Story().start());
  expect(await healthy(url)).toBe(true);
  await receiver?.close();
  await receiver?.close();
  expect(await healthy(url)).toBe(false);
});

test('lets nobody in who does not have its key', async () => {
  const { url, apiKey } = place(await new Story().start());
  const ask = async (headers: Record<string, string>): Promise<number> =>
    (await fetch(`${url}/status/none`, { headers })).status;
  expect(await ask({})).toBe(401);
  expect(await ask({ authorization: 'Bearer guess' })).toBe(401);
  expect(await ask({ authorization: `Bearer ${apiKey}` })).toBe(404);
});

test('dies again and again: comes back, each time after a longer wait, up to the longest', async () => {
  const story = new Story();
  await story.start();
  for (let death = 0; death < 3; death++) await story.killAndWait();
  expect(story.waits).toEqual([20, 40, 50]);
  expect(new Set(story.pids).size).toBe(4);
  expect(await healthy(place(receiver).url)).toBe(true);
});

test('whoever takes its port when it has died finds no way to it: it is nowhere, then elsewhere and with another key', async () => {
  const story = new Story();
  const first = place(await story.start());
  const seen: (ReceiverAccess | null)[] = [];
  const squatter = createServer((_, response) => response.end());
  receiver?.onChange(() => {
    seen.push(receiver?.access() ?? null);
    if (seen.length === 1) squatter.listen(Number(new URL(first.url).port), '127.0.0.1');
  });
  try {
    await story.killAndWait();
    expect(squatter.listening).toBe(true);
    expect(seen).toEqual([null, place(receiver)]);
    const now = place(receiver);
    expect(now.url).not.toBe(first.url);
    expect(now.apiKey).not.toBe(first.apiKey);
  } finally {
    squatter.close();
  }
});

test.skipIf(process.platform !== 'linux')('knows its proxies, and nothing of our other secrets', async () => {
  for (const name of secretVariables) process.env[name] = 'our-secret';
  onTestFinished(() => {
    for (const name of secretVariables) delete process.env[name];
  });
  const story = new Story();
  await story.start();
  const environment = await readFile(`/proc/${story.pids[0]}/environ`, 'utf8');
  expect(environment).toContain('PATH=');
  expect(environment).not.toContain('our-secret');
  const variables = Object.fromEntries(environment.split('\0').map((each) => each.split(/=(.*)/s)));
  expect(readProxies(variables)).toEqual(proxies);
});

test('after a steady run it comes back soon', async () => {
  const story = new Story();
  await story.start(0);
  await story.killAndWait();
  await story.killAndWait();
  expect(story.waits).toEqual([20, 20]);
});

test('that cannot start fails with what it said', async () => {
  const file = path.join(dir, 'file');
  await writeFile(file, '');
  dir = path.join(file, 'below');
  await expect(new Story().start()).rejects.toThrow('The receiver could not start');
  dir = path.dirname(file);
});
