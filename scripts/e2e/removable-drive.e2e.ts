/**
 * The drive with a recording on it is pulled out in mid-upload, and put back after some seconds. An attempt under way has the file open and
 * reads it on to its end, as the kernel lets it; whoever opens it anew finds nothing.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, type TestContext, test } from 'vitest';
import type { Upload } from '../../shared/domain.ts';
import type { AgentProcess } from '../rig/agent-process.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { startRgw } from '../rig/rgw.ts';
import { until } from '../rig/until.ts';
import { mountRemovableDrive, type RemovableDrive } from './removable-drive-fixture.ts';
import { mebibyte, randomContent, StorageWorld } from './storage-world-fixture.ts';
import { World } from './world-fixture.ts';

/** How long it is away at least. ms */
const awayMs = 6500;

await describePeer(['ceph', 'mount'], 'a drive that is pulled out in mid-upload', () => {
  const driveFor = async ({ onTestFinished }: TestContext): Promise<RemovableDrive> => {
    const drive = await mountRemovableDrive();
    onTestFinished(() => drive.dispose());
    return drive;
  };

  /** Pulls it between two attempts, and puts it back when the upload has said for long enough what it waits for. */
  const pullAndPutBack = async (drive: RemovableDrive, agent: AgentProcess, upload: () => Promise<Upload>) => {
    const { id } = await upload();
    await agent.api.uploadCommand(id, 'pause');
    await drive.pull();
    const since = performance.now();
    await agent.api.uploadCommand(id, 'resume');
    const waits = async (): Promise<Upload | null> => {
      const now = await upload();
      expect(now.state, JSON.stringify(now.error)).not.toMatch(/completed|failed|cancelled/);
      return now.state === 'waiting' ? now : null;
    };
    const waiting = await until('it waits', waits, { ms: 60_000, detail: () => agent.logTail() });
    expect(waiting.error).toMatchObject({ code: 'file_away', message: expect.stringContaining('Away.mkv') });
    await delay(Math.max(0, since + awayMs - performance.now()));
    expect((await upload()).state).toMatch(/waiting|uploading/);
    await drive.putBack();
  };

  describe.concurrent('and put back', { timeout: 150_000 }, () => {
    test('to Object Storage: it waits, says for what, and goes on from the parts that are there', async (context) => {
      const drive = await driveFor(context);
      const rgw = await startRgw();
      context.onTestFinished(() => rgw.stop());
      const storage = await StorageWorld.start(rgw, {}, { obsOptions: { recordingsDir: drive.folder } });
      context.onTestFinished(() => storage.dispose());
      const content = randomContent(40 * mebibyte);
      const { sessionId } = await storage.recorded('Away', content);
      storage.link.setRate(80e6);
      await storage.send(sessionId);
      await until('a part is there', async () => ((await storage.upload(sessionId)).parts?.done ?? 0) > 0);
      await pullAndPutBack(drive, storage.agent, () => storage.upload(sessionId));
      storage.link.setRate(null);
      const { parts: there } = await storage.upload(sessionId);
      storage.gate.forget();
      await storage.expectStored(await storage.arrived(sessionId), content);
      const again = storage.gate.calls.filter(({ verb }) => verb === 'part');
      expect(again.length).toBeLessThanOrEqual((there?.total ?? 0) - (there?.done ?? 0));
    });

    test('to a processing server: it waits, says for what, and is sent', async (context) => {
      const drive = await driveFor(context);
      const obsOptions = { recordingsDir: drive.folder, kbps: 8000 };
      const world = await World.start({ obs: 'simulated', obsOptions, env: { UPLOAD_BANDWIDTH_LIMIT: '4M' } });
      context.onTestFinished(() => world.dispose());
      const { api } = world.agent;
      const { id } = await api.start({ sessionName: 'Away' });
      await world.written(3_000_000);
      await api.command('stop');
      const upload = async (): Promise<Upload> => {
        const found = (await api.session(id)).recordings[0]?.uploads[0];
        if (found === undefined) throw new Error('nothing was queued');
        return found;
      };
      const isUnderWay = async (): Promise<boolean> =>
        ((await api.session(id)).recordings[0]?.uploads[0]?.bytesSent ?? 0) > 300_000;
      await until('it is on its way', isUnderWay, { ms: 30_000 });
      await pullAndPutBack(drive, world.agent, upload);
      await world.expectArrivedOnce(await world.arrived(id));
    });
  });
});
