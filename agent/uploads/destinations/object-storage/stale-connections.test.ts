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

/**
 * A proxy that answers every other request, and resets the others: before their body, or in the middle of it.
 * @param counts the requests of each connection, or those of all together
 */
async function frontThatResets(target: string, counts: 'each' | 'all', inBody: boolean): Promise<Front> {
  const answered = new WeakSet<Socket>();
  let requests = 0;
  const server = createServer((incoming, response) => {
    const { socket } = incoming;
    requests += 1;
    if (counts === 'each' ? answered.has(socket) : requests % 2 === 0) {
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

async function behind(counts: 'each' | 'all', inBody: boolean): Promise<{ world: StorageWorld; front: Front }> {
  const world = await startStorageWorld(store);
  const front = await frontThatResets(world.gate.url, counts, inBody);
  world.settings = { ...world.settings, objectStorageEndpoint: front.url };
  return { world, front };
}

/** Of a connection each, or of all together; reset before the body, or in the middle of it. */
const fronts = [
  ['each', false],
  ['each', true],
  ['all', false],
  ['all', true],
] as const;

test.each(fronts)(
  'a peer that resets every second request (of %s connections, in its body: %s) is sent everything in one attempt',
  async (counts, inBody) => {
    const { world, front } = await behind(counts, inBody);
    const content = randomBytes(40 * 1024 ** 2);
    const job = await jobFor(await tempFile(content));
    await world.driver.send(job);
    expect((await world.arrived()).map((object) => object.equals(content))).toEqual([true]);
    expect(await world.halves()).toEqual([]);
    expect(front.resets).toBeGreaterThan(0);
  },
);

test('a line that resets every second connection takes everything in one attempt', async () => {
  const world = await startStorageWorld(store);
  world.link.resetEvery(2);
  const content = randomBytes(40 * 1024 ** 2);
  await world.driver.send(await jobFor(await tempFile(content)));
  expect((await world.arrived()).map((object) => object.equals(content))).toEqual([true]);
  expect(await world.halves()).toEqual([]);
});

test('a Complete that is reset before the store has heard of it is asked for again, once HEAD has been', async () => {
  const world = await startStorageWorld(store);
  let resets = 0;
  world.gate.rules = {
    onCall({ verb }) {
      if (verb === 'complete' && ++resets <= 2) throw new Error('reset on purpose');
      return undefined;
    },
  };
  const content = randomBytes(3000);
  await world.driver.send(await jobFor(await tempFile(content)));
  expect((await world.arrived()).map((object) => object.equals(content))).toEqual([true]);
  const ends = world.gate.calls.filter(({ path }) => !path.endsWith('.json')).map(({ verb }) => verb);
  expect(ends.slice(ends.indexOf('complete'))).toEqual(['complete', 'head', 'complete', 'complete', 'head']);
});

test('the test of the store completes nothing twice where only the answer was lost', async () => {
  const world = await startStorageWorld(store);
  world.gate.rules = { onAnswer: ({ verb }) => (verb === 'complete' ? 'lose' : undefined) };
  expect(await world.driver.test(AbortSignal.timeout(20_000))).toEqual({ problem: null, notice: null });
  expect(world.gate.calls.filter(({ verb }) => verb === 'complete')).toHaveLength(1);
  expect(await world.halves()).toEqual([]);
});

test.each(fronts)('the test of the store goes through such peers, too (%s, %s)', async (counts, inBody) => {
  const { world, front } = await behind(counts, inBody);
  const signal = AbortSignal.timeout(20_000);
  await world.driver.checkHealth();
  await world.driver.checkHealth();
  expect(world.driver.status()).toMatchObject({ reachable: true, problem: null });
  expect(await world.driver.test(signal)).toEqual({ problem: null, notice: null });
  expect(await world.driver.test(signal)).toEqual({ problem: null, notice: null });
  expect(front.resets).toBeGreaterThan(0);
});
