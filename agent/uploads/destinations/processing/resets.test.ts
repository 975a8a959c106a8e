/** A peer that resets every second request or connection: each upload gets through all the same. */
import { createHash, randomBytes } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { startGate } from '../../../../scripts/rig/gate.ts';
import { startLink } from '../../../../scripts/rig/link.ts';
import { startReceiver } from '../../../../server/receiver.ts';
import { StreamAIError } from '../../../../shared/errors.ts';
import { jobFor, tempFile, tempFolder } from '../job-fixture.ts';
import { destination, rawServer } from './send-fixture.ts';
import { filesOfTasks } from './server-world-fixture.ts';

const mebibyte = 1024 * 1024;
const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** A real receiver behind a gate and a line. */
async function receiver() {
  const dir = await tempFolder();
  const server = await startReceiver({ dir });
  const gate = await startGate(server.url, { renameHost: true });
  const link = await startLink(gate.url);
  onTestFinished(async () => {
    await link.close();
    await gate.close();
    await server.close();
  });
  return { dir, gate, link };
}

type Peer = Awaited<ReturnType<typeof receiver>>;
const resetEverySecondRequest = ({ gate }: Peer): void => {
  let requests = 0;
  gate.rules = {
    onCall() {
      requests += 1;
      if (requests % 2 === 0) throw new Error('reset on purpose');
      return undefined;
    },
  };
};
const resetEverySecondConnection = ({ link }: Peer): void => link.resetEvery(2);

test.each<[what: string, bytes: number, reset: (peer: Peer) => void]>([
  ['request, a small file', 3000, resetEverySecondRequest],
  ['request, a large file', 24 * mebibyte, resetEverySecondRequest],
  ['connection, a small file', 3000, resetEverySecondConnection],
  ['connection, a large file', 24 * mebibyte, resetEverySecondConnection],
])('every second %s', async (_, bytes, reset) => {
  const peer = await receiver();
  reset(peer);
  const driver = destination(peer.link.url);
  const content = randomBytes(bytes);
  const job = await jobFor(await tempFile(content));
  await driver.checkHealth();
  expect(driver.status()).toMatchObject({ reachable: true, problem: null });
  // As the queue does it.
  let brokenBefore = false;
  let attempts = 0;
  for (let arrived = false; !arrived && attempts < 5; attempts += 1) {
    arrived = await driver.send({ ...job, brokenBefore }).then(
      ({ sha256: of }) => of === sha256(content),
      (error: unknown) => {
        brokenBefore = error instanceof StreamAIError && error.code === 'destination_unreachable';
        return false;
      },
    );
    await driver.checkHealth();
  }
  expect(attempts).toBeLessThanOrEqual(2);
  expect((await filesOfTasks(peer.dir)).map((file) => file.equals(content))).toEqual([true]);
});

test('a server that resets every upload is tried twice in an attempt, and no more', async () => {
  let posts = 0;
  const url = await rawServer((socket) => {
    socket.once('data', (head) => {
      if (head.toString('latin1').startsWith('POST ')) posts += 1;
      socket.resetAndDestroy();
    });
  });
  const job = await jobFor(await tempFile(randomBytes(12 * mebibyte)));
  await expect(destination(url).send(job)).rejects.toMatchObject({ code: 'destination_unreachable' });
  expect(posts).toBe(2);
});
