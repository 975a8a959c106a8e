/** What uploads do while a real OBS streams to a real RTMP server, and does not record. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type OBSWebSocket from 'obs-websocket-js/json';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Upload } from '../../shared/domain.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { type FaultyReceiver, startFaultyReceiver } from '../rig/faulty-receiver/faulty.ts';
import { freePort } from '../rig/free-port.ts';
import { type Link, startLink } from '../rig/link.ts';
import { betweenCommandsMs } from '../rig/obs.ts';
import { ensurePeer } from '../rig/peers.ts';
import { exited, spawnBound } from '../rig/processes.ts';
import { recordSession } from '../rig/record-session.ts';
import { until } from '../rig/until.ts';
import { World } from './world-fixture.ts';

/** What uploads may take while OBS streams, bits per second. */
const limit = 4_000_000;
/** At the limit it would take half a minute. */
const bytes = 15_000_000;

await describePeer(['obsNewest', 'ffmpeg'], 'uploads while OBS streams', () => {
  let folder: string;
  let receiver: FaultyReceiver;
  let link: Link;
  let world: World;
  let obs: OBSWebSocket;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'streamai-streaming-'));
    receiver = await startFaultyReceiver({ dir: path.join(folder, 'received') });
    link = await startLink(receiver.url);
    world = await World.start({ obs: 'newest', processingUrl: link.url });
    obs = await world.obsClient();
  });
  afterAll(async () => {
    await world?.dispose();
    await link?.close();
    await receiver?.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** A session whose one file is as large as these tests need. @returns its id */
  const recorded = async (name: string): Promise<string> => {
    const { id, file } = await recordSession(world.agent, name);
    await writeFile(file, randomBytes(bytes));
    return id;
  };

  /** Resolves when OBS streams and bytes of it have arrived. @returns ends it */
  const stream = async (): Promise<() => Promise<void>> => {
    const port = await freePort();
    const server = `rtmp://127.0.0.1:${port}/live`;
    const file = path.join(folder, 'stream.flv');
    await rm(file, { force: true });
    const input = ['-listen', '1', '-i', `${server}/key`];
    const args = ['-v', 'error', '-y', ...input, '-c', 'copy', '-flush_packets', '1', file];
    const sink = spawnBound(await ensurePeer('ffmpeg'), args, { stdio: 'ignore' });
    onTestFinished(async () => {
      sink.kill('SIGKILL');
      await exited(sink, 10_000);
    });
    await until('the server listens', () => listens(port));
    const streamServiceSettings = { server, key: 'key', use_auth: false };
    await obs.call('SetStreamServiceSettings', { streamServiceType: 'rtmp_custom', streamServiceSettings });
    await delay(betweenCommandsMs);
    await obs.call('StartStream');
    const arrived = async (): Promise<boolean> => ((await stat(file).catch(() => null))?.size ?? 0) > 50_000;
    await until('the stream arrives', arrived, { detail: () => world.obs.log() });
    return async () => {
      await obs.call('StopStream');
      await until('OBS has stopped streaming', async () => !(await obs.call('GetStreamStatus')).outputActive);
    };
  };

  const send = async (sessionId: string): Promise<void> => {
    await world.agent.api.upload({ sessionId, destination: 'processing' });
  };
  const newest = async (sessionId: string): Promise<Upload | undefined> =>
    (await world.agent.api.session(sessionId)).recordings[0]?.uploads.at(-1);
  const completed = (sessionId: string): Promise<Upload> =>
    until('the upload has arrived', async () => {
      const upload = await newest(sessionId);
      return upload?.state === 'completed' ? upload : null;
    });
  const changeSettings = (change: object): Promise<unknown> => world.agent.api.call('PUT', '/api/settings', change);

  test('“limit”: slowed and said so, at full speed once the stream has ended', async () => {
    await changeSettings({ whileOnAir: 'limit', whileOnAirLimit: limit });
    const id = await recorded('Limited');
    const stop = await stream();
    expect((await world.agent.api.recordingStatus()).active).toBe(false);
    await send(id);
    await until('it is on its way', async () => link.bytesUp > 200_000);
    const [from, startedAt] = [link.bytesUp, performance.now()];
    await until('2 MB more have passed', async () => link.bytesUp > from + 2_000_000);
    const speed = ((link.bytesUp - from) * 8) / ((performance.now() - startedAt) / 1000);
    expect(speed).toBeLessThan(limit * 1.1);
    expect(await newest(id)).toMatchObject({
      state: 'uploading',
      notice: { code: 'limited_on_air', params: { mbit: limit / 1e6 } },
    });
    await stop();
    const endedAt = performance.now();
    expect((await completed(id)).notice).toBeNull();
    // What is left would take more than 20 s at the limit.
    expect(performance.now() - endedAt).toBeLessThan(10_000);
  });

  test('“wait”: nothing leaves while it streams, all of it afterwards', async () => {
    await changeSettings({ whileOnAir: 'wait' });
    const id = await recorded('Waits');
    const stop = await stream();
    const from = link.bytesUp;
    await send(id);
    expect(await newest(id)).toMatchObject({ state: 'queued', notice: { code: 'held_on_air' } });
    // The stream goes on for a while; only health checks pass meanwhile.
    const { outputBytes } = await obs.call('GetStreamStatus');
    await until(
      'more was streamed',
      async () => (await obs.call('GetStreamStatus')).outputBytes > outputBytes + 300_000,
    );
    expect(link.bytesUp - from).toBeLessThan(10_000);
    expect((await newest(id))?.state).toBe('queued');
    await stop();
    await completed(id);
    expect(link.bytesUp - from).toBeGreaterThan(bytes);
  });
});

/** Whether somebody listens at a port, by Linux's list of sockets (0A: listening): FFmpeg takes one connection only. */
async function listens(port: number): Promise<boolean> {
  const address = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n');
  return lines.some((line) => line.includes(address) && / 0A /.test(line));
}
