/** Peers that reset every second request, or every second connection: uploads arrive all the same, and soon. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { tempFolder } from '../../agent/uploads/destinations/job-fixture.ts';
import { startReceiver } from '../../server/receiver.ts';
import type { Upload } from '../../shared/domain.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { type Gate, startGate } from '../rig/gate.ts';
import { type Link, startLink } from '../rig/link.ts';
import { type Rgw, startRgw } from '../rig/rgw.ts';
import { until } from '../rig/until.ts';
import { mebibyte, randomContent, StorageWorld } from './storage-world-fixture.ts';
import { receivedFiles, receivedTasks } from './world-fixture.ts';

interface Way {
  readonly gate: Gate;
  readonly link: Link;
}
const peers: [what: string, reset: (way: Way) => void][] = [
  [
    'request',
    ({ gate }) => {
      let requests = 0;
      gate.rules = {
        onCall() {
          requests += 1;
          if (requests % 2 === 0) throw new Error('reset on purpose');
          return undefined;
        },
      };
    },
  ],
  ['connection', ({ link }) => link.resetEvery(2)],
];
/** An attempt that fails is followed by the next one within seconds. ms */
const soonMs = 30_000;

await describePeer(['ceph'], 'peers that reset', () => {
  let rgw: Rgw;
  beforeAll(async () => {
    rgw = await startRgw();
  });
  afterAll(() => rgw?.stop());

  /** Sends a recording to one destination. @returns the upload, completed, and the recording */
  async function send(storage: StorageWorld, destination: Upload['destination'], bytes: number) {
    const content = randomContent(bytes);
    const { sessionId } = await storage.recorded(`To ${destination}`, content);
    const began = performance.now();
    const [queued] = await storage.agent.api.upload({ sessionId, destination });
    const upload = await until(
      'the upload has settled',
      async () => {
        const { recordings } = await storage.agent.api.session(sessionId);
        const found = recordings.flatMap(({ uploads }) => uploads).find(({ id }) => id === queued?.id);
        return found !== undefined && ['completed', 'failed'].includes(found.state) && found;
      },
      { ms: soonMs, detail: () => storage.agent.logTail() },
    );
    const ms = Math.round(performance.now() - began);
    console.log(`${destination}, ${bytes} bytes: ${upload.attempts} attempts, ${ms} ms`);
    expect(upload).toMatchObject({ state: 'completed', error: null });
    expect(upload.attempts).toBeLessThanOrEqual(2);
    return { upload, content };
  }

  test.each(peers)('Object Storage, every second %s', async (_, reset) => {
    const storage = await StorageWorld.start(rgw);
    onTestFinished(() => storage.dispose());
    reset(storage);
    for (const bytes of [3000, 40 * mebibyte]) {
      const { upload, content } = await send(storage, 'object-storage', bytes);
      expect(await rgw.s3.sha256(storage.bucket, upload.object?.key ?? '')).toBe(sha256(content));
    }
    const { body } = await storage.agent.api.call('POST', '/api/destinations/object-storage/test');
    expect(body).toMatchObject({ problem: null });
  });

  test.each(peers)('a processing server, every second %s', async (_, reset) => {
    const dir = await tempFolder();
    const server = await startReceiver({ dir });
    const gate = await startGate(server.url, { renameHost: true });
    const link = await startLink(gate.url);
    onTestFinished(async () => {
      await link.close();
      await gate.close();
      await server.close();
    });
    const storage = await StorageWorld.start(rgw, {}, { processingUrl: link.url });
    onTestFinished(() => storage.dispose());
    reset({ gate, link });
    for (const bytes of [3000, 40 * mebibyte]) {
      const before = await receivedTasks(dir);
      const { upload, content } = await send(storage, 'processing', bytes);
      const tasks = (await receivedTasks(dir)).filter((id) => !before.includes(id));
      expect(await receivedFiles(dir, tasks)).toMatchObject([{ taskId: upload.task?.id, sha256: sha256(content) }]);
    }
  });
});

const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
