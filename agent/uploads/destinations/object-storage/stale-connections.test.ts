import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { listen } from '../../../../scripts/rig/listen.ts';
import { jobFor, tempFile } from '../job-fixture.ts';
import { type S3Store, startS3Store } from './s3/s3-store-fixture.ts';
import { type StorageWorld, startStorageWorld } from './storage-world-fixture.ts';

let store: S3Store;
beforeAll(async () => {
  store = await startS3Store();
});
afterAll(() => store.close());

interface Front {
  readonly url: string;
  /** Connections that were reset instead of an answer. */
  resets: number;
}

/** A proxy that answers a connection's first request, and resets it at the second: before its body, or in the middle of it. */
async function frontThatResets(target: string, inBody: boolean): Promise<Front> {
  const answered = new WeakSet<Socket>();
  const server = createServer((incoming, response) => {
    const { socket } = incoming;
    if (answered.has(socket)) {
      front.resets += 1;
      if (!inBody || !(Number(incoming.headers['content-length']) > 0)) socket.resetAndDestroy();
      else incoming.once('data', () => socket.resetAndDestroy());
      return;
    }
    answered.add(socket);
    const { method, headers, url = '/' } = incoming;
    const onward = request(new URL(url, target), { method, headers, agent: false, setHost: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => socket.resetAndDestroy());
    incoming.pipe(onward);
  });
  server.keepAliveTimeout = 60_000;
  const front: Front = { url: `http://127.0.0.1:${await listen(server)}`, resets: 0 };
  onTestFinished(async () => {
    server.closeAllConnections();
    await once(server.close(), 'close');
  });
  return front;
}

async function behind(inBody: boolean): Promise<{ world: StorageWorld; front: Front }> {
  const world = await startStorageWorld(store);
  const front = await frontThatResets(world.gate.url, inBody);
  world.settings = { ...world.settings, objectStorageEndpoint: front.url };
  return { world, front };
}

test.each([false, true])(
  'a peer that resets every second request (in its body: %s) is sent everything',
  async (inBody) => {
    const { world, front } = await behind(inBody);
    const content = randomBytes(40 * 1024 ** 2);
    const job = await jobFor(await tempFile(content));
    await world.driver.send(job);
    expect((await world.arrived()).map((object) => object.equals(content))).toEqual([true]);
    expect(front.resets).toBeGreaterThan(0);
  },
);

test('the test of the store goes over connections that its peer has closed meanwhile', async () => {
  const { world, front } = await behind(false);
  const signal = AbortSignal.timeout(20_000);
  await world.driver.checkHealth();
  await world.driver.checkHealth();
  expect(world.driver.status()).toMatchObject({ reachable: true, problem: null });
  expect(await world.driver.test(signal)).toEqual({ problem: null, notice: null });
  expect(await world.driver.test(signal)).toEqual({ problem: null, notice: null });
  expect(front.resets).toBeGreaterThan(0);
});
