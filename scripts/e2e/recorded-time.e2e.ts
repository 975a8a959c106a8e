/**
 * Recorded time is OBS's: whatever happens to the time of day, and whoever is away over a pause. What the file plays is what counts;
 * ffprobe tells.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Session } from '../../shared/domain.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { ensurePeer, type PeerName, peersOfObs } from '../rig/peers.ts';
import { run } from '../rig/processes.ts';
import { until } from '../rig/until.ts';
import { temporaryFolder } from './simulated-world-fixture.ts';
import { World } from './world-fixture.ts';

/** What a busy machine may take for what takes no time (ms). */
const slackMs = 900;
const hourMs = 3_600_000;

/** How long a file plays, ms. */
async function playsMs(file: string): Promise<number> {
  const ffprobe = path.join(path.dirname(await ensurePeer('ffmpeg')), 'ffprobe');
  const printed = await run(ffprobe, ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', file]);
  return Number(printed) * 1000;
}

async function expectRight(session: Session): Promise<void> {
  const played = await Promise.all(session.recordings.map((recording) => playsMs(recording.path)));
  const sum = played.reduce((total, ms) => total + ms, 0);
  expect(Math.abs(session.durationMs - sum), `${session.durationMs} ms for ${sum}`).toBeLessThan(slackMs);
  expect(Date.parse(session.stoppedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(session.startedAt));
}

interface Recording {
  readonly world: World;
  /** Sets the agent's time of day: so far from ours, ms. */
  setClock(ms: number): Promise<void>;
  /** Waits until OBS has counted so much, ms. */
  counted(ms: number): Promise<void>;
  /** A request to OBS that is not the agent's. */
  press(request: 'PauseRecord' | 'ResumeRecord' | 'StopRecord'): Promise<void>;
}

/** An OBS, and an agent whose clock can be set. */
async function start(kind: 'newest' | 'system' | 'simulated'): Promise<Recording> {
  const folder = await temporaryFolder('clock');
  const clock = path.join(folder, 'clock');
  const setClock = (ms: number): Promise<void> => writeFile(clock, `${ms < 0 ? '-' : '+'}${Math.abs(ms) / 1000}`);
  await setClock(0);
  const env = {
    LD_PRELOAD: await ensurePeer('faketime'),
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  const format = kind === 'newest' ? 'hybrid_mp4' : 'mkv';
  const world = await World.start({ obs: kind, obsOptions: { format }, env: { ...env, VULTR_AUTO_UPLOAD: 'false' } });
  onTestFinished(() => world.dispose());
  const button = await world.obsClient();
  const status = () => button.call('GetRecordStatus');
  return {
    world,
    setClock,
    counted: (ms) => until(`${ms} ms recorded`, async () => (await status()).outputDuration >= ms).then(() => {}),
    async press(request) {
      await button.call(request);
      const paused = request === 'PauseRecord';
      if (request !== 'StopRecord') await until('done', async () => (await status()).outputPaused === paused);
    },
  };
}

/** As long as a pause lasts, ms; on our own clock, which nobody sets. */
const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

for (const kind of ['newest', 'system', 'simulated'] as const) {
  const peers: readonly PeerName[] = [...peersOfObs[kind], 'faketime', 'ffmpeg'];
  await describePeer(peers, `recorded time, OBS ${kind}`, () => {
    test.each([hourMs, -hourMs])('the clock is set by %i ms in the middle, and back', async (ms) => {
      const { world, setClock, counted } = await start(kind);
      const { api, live } = world.agent;
      const { id } = await api.start({ sessionName: 'Set' });
      await counted(1500);
      await setClock(ms);
      await counted(2500);
      await api.call('POST', '/api/integrated/recording/chapter', { name: 'Set' });
      await api.command('pause');
      await setClock(0);
      await pass(2000);
      await setClock(ms);
      await api.command('resume');
      await counted(5000);
      await api.command('stop');
      const session = await live.recorded(id);
      await expectRight(session);
      const [pause] = session.metadata.pauses;
      expect(Math.abs((pause?.durationMs ?? 0) - 2000)).toBeLessThan(slackMs);
      const [chapter] = session.marks;
      expect(chapter?.atMs).toBeGreaterThan(2400);
      expect(chapter?.atMs).toBeLessThan((pause?.atMs ?? 0) + 1);
      expect(pause?.atMs).toBeLessThan(5000);
    });

    test('the agent is away over a pause, the end of another and a clock that is set', async () => {
      const { world, setClock, counted, press } = await start(kind);
      const { agent } = world;
      const { id } = await agent.api.start({ sessionName: 'Away' });
      await counted(1500);
      // A pause that nobody sees.
      await agent.kill();
      await press('PauseRecord');
      await pass(3000);
      await press('ResumeRecord');
      await counted(3000);
      await agent.start();
      await agent.live.until('connected', ({ obs }) => obs.state === 'connected');
      // One whose end nobody sees.
      await agent.api.command('pause');
      await agent.kill();
      await pass(2500);
      await setClock(hourMs);
      await press('ResumeRecord');
      await counted(6000);
      await agent.start();
      await agent.live.until('connected', ({ obs }) => obs.state === 'connected');
      await counted(7000);
      await agent.api.command('stop');
      await expectRight(await agent.live.recorded(id));
    });

    test('the agent is away over the rest: the file tells', async () => {
      const { world, counted, press } = await start(kind);
      const { agent } = world;
      const { id } = await agent.api.start({ sessionName: 'Rest' });
      await counted(1500);
      await agent.kill();
      await counted(2500);
      await press('PauseRecord');
      await pass(3000);
      await press('ResumeRecord');
      await counted(5000);
      await press('StopRecord');
      await until('OBS has stopped', async () => {
        return !(await (await world.obsClient()).call('GetRecordStatus')).outputActive;
      });
      await agent.start();
      await expectRight(await agent.live.recorded(id));
    });
  });
}
