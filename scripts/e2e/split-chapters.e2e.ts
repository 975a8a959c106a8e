/**
 * Chapters of one file of a session that OBS split: beside those that OBS itself wrote into that file, whoever saw the split. Every
 * chapter is set by the agent; ffprobe reads OBS's.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { sessionAnswerSchema } from '../../shared/api.ts';
import type { Recording, Session } from '../../shared/domain.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { ensurePeer } from '../rig/peers.ts';
import { run } from '../rig/processes.ts';
import { isSimulated } from '../rig/simulated-obs.ts';
import { until } from '../rig/until.ts';
import { World, type WorldOptions } from './world-fixture.ts';

/** How far apart OBS's place of a chapter and ours may be on a busy machine (ms). */
const slackMs = 800;

interface Chapter {
  readonly title: string;
  readonly startMs: number;
}
interface Probed {
  readonly durationMs: number;
  readonly chapters: readonly Chapter[];
}

const probedSchema = z.object({
  format: z.object({ duration: z.string() }),
  chapters: z.array(z.object({ start_time: z.string(), tags: z.object({ title: z.string() }) })),
});

async function probe(file: string): Promise<Probed> {
  const ffprobe = path.join(path.dirname(await ensurePeer('ffmpeg')), 'ffprobe');
  const args = ['-v', 'error', '-show_chapters', '-show_entries', 'format=duration', '-of', 'json', file];
  const { format, chapters } = probedSchema.parse(JSON.parse(await run(ffprobe, args)));
  return {
    durationMs: Number(format.duration) * 1000,
    // OBS begins the list with one of its own.
    chapters: chapters
      .map(({ start_time, tags }) => ({ title: tags.title, startMs: Number(start_time) * 1000 }))
      .filter(({ title }) => title !== 'Start'),
  };
}

class Take {
  readonly world: World;
  session: Session;

  private constructor(world: World, session: Session) {
    this.world = world;
    this.session = session;
  }

  static async start(options: WorldOptions): Promise<Take> {
    const world = await World.start({ ...options, env: { VULTR_AUTO_UPLOAD: 'false' } });
    onTestFinished(() => world.dispose());
    return new Take(world, await world.agent.api.start({ sessionName: 'Geteilt' }));
  }

  /** Sets a chapter when OBS has counted so much, ms. */
  async chapter(name: string, atMs: number): Promise<void> {
    await this.counted(atMs);
    const answer = await this.world.agent.api.call('POST', '/api/integrated/recording/chapter', { name });
    this.session = sessionAnswerSchema.parse(answer.body).session;
  }

  async counted(ms: number): Promise<void> {
    const client = await this.world.obsClient();
    await until(`${ms} ms recorded`, async () => (await client.call('GetRecordStatus')).outputDuration >= ms);
  }

  async stop(): Promise<readonly Recording[]> {
    await this.world.agent.api.command('stop');
    this.session = await this.world.agent.live.recorded(this.session.id);
    return this.session.recordings;
  }

  async reconnect(): Promise<void> {
    await this.world.agent.start();
    await this.world.agent.live.until('connected', ({ obs }) => obs.state === 'connected');
  }

  fetch(recording: string, format = 'ffmetadata'): Promise<Response> {
    const { url, token } = this.world.agent;
    const route = `/api/integrated/recordings/${this.session.id}/chapters?format=${format}&recording=${recording}`;
    return fetch(`${url}${route}`, { headers: { authorization: `Bearer ${token}` } });
  }

  /** A file's chapters as they are exported. */
  async exported({ id }: Recording): Promise<Chapter[]> {
    const answer = await this.fetch(id);
    expect(answer.status).toBe(200);
    return [...(await answer.text()).matchAll(/^START=(\d+)\nEND=\d+\ntitle=(.*)$/gm)].map(([, start, title = '']) => ({
      title,
      startMs: Number(start),
    }));
  }
}

function expectBeside(ours: readonly Chapter[], theirs: readonly Chapter[]): void {
  expect(ours.map(({ title }) => title)).toEqual(theirs.map(({ title }) => title));
  for (const [index, { title, startMs }] of ours.entries()) {
    expect(Math.abs(startMs - (theirs[index]?.startMs ?? Number.NaN)), title).toBeLessThan(slackMs);
  }
}

await describePeer(['obsNewest', 'ffmpeg'], 'chapters of a split session, OBS newest', () => {
  test('lie in each file where OBS’s own do, also when the agent was away over a split', async () => {
    const take = await Take.start({ obs: 'newest', obsOptions: { format: 'hybrid_mp4', split: true } });
    const { agent } = take.world;
    await take.chapter('eins', 1500);
    await take.chapter('zwei', 3000);
    // OBS loses a chapter that is so near to the split that its encoder still holds it back.
    await take.counted(4500);
    await agent.api.command('split');
    await take.counted(6000);
    await agent.restart();
    await agent.live.until('connected', ({ obs }) => obs.state === 'connected');
    await take.chapter('drei', 7500);
    await take.counted(9000);
    await agent.kill();
    const client = await take.world.obsClient();
    await client.call('SplitRecordFile' as 'StartRecord');
    await take.counted(11_000);
    await take.reconnect();
    await take.chapter('vier', 13_500);
    await take.chapter('fünf', 15_000);
    await take.counted(16_000);
    const recordings = await take.stop();
    expect(recordings).toHaveLength(3);
    const probed = await Promise.all(recordings.map(({ path: file }) => probe(file)));
    expect(probed.map(({ chapters }) => chapters.map(({ title }) => title))).toEqual([
      ['eins', 'zwei'],
      ['drei'],
      ['vier', 'fünf'],
    ]);
    for (const [index, recording] of recordings.entries()) {
      expectBeside(await take.exported(recording), probed[index]?.chapters ?? []);
    }
    let beginsAt = 0;
    for (const [index, { startMs }] of recordings.entries()) {
      expect(Math.abs((startMs ?? Number.NaN) - beginsAt)).toBeLessThan(slackMs);
      beginsAt += probed[index]?.durationMs ?? 0;
    }
    const vtt = await take.fetch(recordings[1]?.id ?? '', 'webvtt');
    expect(vtt.headers.get('content-disposition')).toContain(
      `${path.parse(recordings[1]?.fileName ?? '').name}.chapters.vtt`,
    );
    const unknown = await take.fetch('no-such-file');
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { error: { code: 'recording_not_found' } }]);
  });
});

await describePeer(['obsSystem', 'ffmpeg'], 'chapters of a split session, OBS system, split by hotkey', () => {
  test('which tells nobody of a split: the files before tell where one begins', async () => {
    const take = await Take.start({ obs: 'system', obsOptions: { format: 'mkv', split: true } });
    await take.chapter('eins', 1500);
    await take.counted(3000);
    const client = await take.world.obsClient();
    await client.call('TriggerHotkeyByName', { hotkeyName: 'OBSBasic.SplitFile' });
    await until('the second file', async () => (await readdir(take.world.obs.recordingsDir)).length === 2);
    // OBS splits at the next key frame.
    await take.chapter('zwei', 7000);
    await take.counted(8000);
    const [first, second, ...more] = await take.stop();
    expect(more).toEqual([]);
    const { durationMs } = await probe(first?.path ?? '');
    expect(durationMs).toBeGreaterThan(2000);
    expect(second?.startMs).toBe(Math.round(durationMs));
    expectBeside(await take.exported(first as Recording), [{ title: 'eins', startMs: 1500 }]);
    expectBeside(await take.exported(second as Recording), [{ title: 'zwei', startMs: 7000 - durationMs }]);
    // Where OBS has the moment in the second file: so long before its end.
    const { durationMs: wholeMs } = await probe(second?.path ?? '');
    expect(7000 - durationMs).toBeLessThan(wholeMs);
  });
});

await describePeer(['ffmpeg'], 'chapters of a split session, OBS 29', () => {
  test('which tells nobody of a split: the files before tell where one begins', async () => {
    const take = await Take.start({ obs: 'simulated', obsOptions: { split: true, plays: '29.0' } as object });
    const { obs } = take.world;
    if (!isSimulated(obs)) throw new Error('not the simulated OBS');
    await take.chapter('eins', 1000);
    await take.counted(2000);
    obs.splitFile();
    await take.chapter('zwei', 4000);
    await take.chapter('drei', 5000);
    await take.counted(6000);
    const [first, second] = await take.stop();
    const { durationMs } = await probe(first?.path ?? '');
    expect(second?.startMs).toBe(Math.round(durationMs));
    expectBeside(await take.exported(first as Recording), [{ title: 'eins', startMs: 1000 }]);
    expectBeside(await take.exported(second as Recording), [
      { title: 'zwei', startMs: 4000 - durationMs },
      { title: 'drei', startMs: 5000 - durationMs },
    ]);
  });
});
