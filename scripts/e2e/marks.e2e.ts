/**
 * Chapters, notes and pictures on the newest OBS: in a hybrid MP4 chapters are real ones, read back by ffprobe; in a Matroska
 * file the agent has them alone; both are exported in forms that ffmpeg and browsers take.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { sessionAnswerSchema } from '../../shared/api.ts';
import type { Session } from '../../shared/domain.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { LiveClient } from '../rig/live-channel.ts';
import { ensurePeer } from '../rig/peers.ts';
import { run } from '../rig/processes.ts';
import { World } from './world-fixture.ts';

const chaptersSchema = z.object({
  chapters: z.array(
    z.object({
      start_time: z.string(),
      end_time: z.string(),
      tags: z.object({ title: z.string() }).partial().optional(),
    }),
  ),
});

/** What ffprobe prints of a file. */
async function probe(file: string, ...args: string[]): Promise<string> {
  const ffprobe = path.join(path.dirname(await ensurePeer('ffmpeg')), 'ffprobe');
  return run(ffprobe, ['-v', 'error', ...args, file]);
}

/** A file's chapters as ffprobe reads them, seconds. */
async function probeChapters(file: string): Promise<{ start: number; end: number; title: string }[]> {
  const printed = await probe(file, '-show_chapters', '-of', 'json');
  return chaptersSchema.parse(JSON.parse(printed)).chapters.map(({ start_time, end_time, tags }) => {
    return { start: Number(start_time), end: Number(end_time), title: tags?.title ?? '' };
  });
}

for (const format of ['hybrid_mp4', 'mkv']) {
  const inFile = format === 'hybrid_mp4';
  await describePeer(['obsNewest', 'ffmpeg'], `chapters and notes, ${format}`, () => {
    let world: World;
    let second: LiveClient;
    let session: Session;
    beforeAll(async () => {
      world = await World.start({ obs: 'newest', obsOptions: { format }, env: { VULTR_AUTO_UPLOAD: 'false' } });
      second = await LiveClient.connect(world.agent.url, world.agent.token);
    });
    afterAll(async () => {
      second?.close();
      await world?.dispose();
    });

    const call = async (method: string, route: string, body?: unknown): Promise<Session> => {
      const answer = await world.agent.api.call(method, route, body);
      expect(answer.status, JSON.stringify(answer.body)).toBe(200);
      return sessionAnswerSchema.parse(answer.body).session;
    };
    const chapter = (name?: string): Promise<Session> =>
      call('POST', '/api/integrated/recording/chapter', name === undefined ? {} : { name });
    const marksOf = (): string => `/api/integrated/recordings/${session.id}/marks`;
    const fetchFile = (route: string): Promise<Response> =>
      fetch(`${world.agent.url}/api/integrated/recordings/${session.id}/${route}`, {
        headers: { authorization: `Bearer ${world.agent.token}` },
      });

    test('are set while it is being recorded, and every client sees them', async () => {
      session = await world.agent.api.start({ sessionName: `Chapitres ${format}` });
      await world.written(100_000);
      await chapter('Début = «1» ; # \\');
      await call('POST', marksOf(), { kind: 'note', text: 'À couper\nici' });
      await world.agent.live.until('time passes', (_, event) => {
        return event?.type === 'recording_status_update' && event.data.durationMs > 4000;
      });
      const { marks } = await chapter();
      expect(marks.map(({ kind, text, inFile: real }) => [kind, text, real])).toEqual([
        ['chapter', 'Début = «1» ; # \\', inFile],
        ['note', 'À couper\nici', false],
        ['chapter', '', inFile],
      ]);
      for (const client of [world.agent.live, second]) {
        const seen = await client.session(
          'the marks',
          (now) => now.marks.length === 3 && now.marks[2]?.inFile === inFile,
        );
        expect(seen.marks).toEqual(marks);
      }
    });

    test('while it is paused, OBS takes none; it is kept all the same', async () => {
      await world.agent.api.command('pause');
      const paused = await chapter('En pause');
      expect(paused.marks.at(-1)).toMatchObject({ text: 'En pause', inFile: false });
      await world.agent.api.command('resume');
      await call('DELETE', `${marksOf()}/${paused.marks.at(-1)?.id}`);
    });

    test('a picture of the beginning is there', async () => {
      await world.agent.live.session('its picture', ({ thumbnail }) => thumbnail);
      const answer = await fetchFile('thumbnail');
      expect(answer.headers.get('content-type')).toBe('image/jpeg');
      const jpeg = Buffer.from(await answer.arrayBuffer());
      expect(jpeg.length).toBeGreaterThan(300);
      expect(jpeg.length).toBeLessThan(60_000);
      const file = path.join(world.folder, 'thumbnail.jpg');
      await writeFile(file, jpeg);
      const printed = await probe(file, '-show_entries', 'stream=width,height,codec_name', '-of', 'csv=p=0');
      expect(printed.trim()).toBe('mjpeg,320,180');
    });

    test(inFile ? 'are real chapters of the file' : 'are no chapters of the file, and are kept', async () => {
      await world.agent.live.until('time passes', (_, event) => {
        return event?.type === 'recording_status_update' && event.data.durationMs > 6000;
      });
      await world.agent.api.command('stop');
      session = await world.agent.live.recorded(session.id);
      const chapters = session.marks.filter(({ kind }) => kind === 'chapter');
      expect(chapters.map(({ inFile: real }) => real)).toEqual([inFile, inFile]);
      const found = await probeChapters(session.recordings[0]?.path ?? '');
      if (!inFile) return expect(found).toEqual([]);
      // OBS begins the list with one of its own at 0.
      const real = found.slice(-2);
      expect(real.map(({ title }) => title)).toEqual(['Début = «1» ; # \\', 'Chapter 2']);
      for (const [index, { start }] of real.entries()) {
        expect(Math.abs(start * 1000 - (chapters[index]?.atMs ?? 0)), `chapter ${index + 1}`).toBeLessThan(1500);
      }
    });

    test('are changed and found afterwards', async () => {
      const [first] = session.marks;
      expect((await world.agent.api.call('POST', marksOf(), { kind: 'chapter' })).body).toMatchObject({
        error: { code: 'mark_time_missing' },
      });
      await call('POST', marksOf(), { kind: 'chapter', text: 'Fin', atMs: session.durationMs });
      session = await call('PATCH', `${marksOf()}/${first?.id}`, { atMs: 0 });
      await second.session('the change', ({ marks }) => marks[0]?.id === first?.id && marks[0]?.atMs === 0);
      for (const q of ['a couper', 'FIN', 'debut chapitres']) {
        expect(await world.agent.api.sessions(`?q=${encodeURIComponent(q)}`), q).toHaveLength(1);
      }
      expect(await world.agent.api.sessions('?q=absent')).toEqual([]);
    });

    test('ffmpeg takes the exported metadata, titles and times to the letter', async () => {
      const meta = path.join(world.folder, 'chapters.txt');
      const answer = await fetchFile('chapters?format=ffmetadata&language=fr');
      await writeFile(meta, await answer.text());
      const file = session.recordings[0]?.path ?? '';
      const out = path.join(world.folder, 'with-chapters.mkv');
      const maps = ['-map_metadata', '1', '-map_chapters', '1', '-codec', 'copy'];
      await run(await ensurePeer('ffmpeg'), ['-v', 'error', '-i', file, '-i', meta, ...maps, out]);
      const chapters = session.marks.filter(({ kind }) => kind === 'chapter').map(({ atMs }) => atMs);
      const found = await probeChapters(out);
      expect(found.map(({ title }) => title.trimEnd())).toEqual(['Début = «1» ; # \\', 'Chapitre 2', 'Fin']);
      expect(found[1]?.start).toBeCloseTo((chapters[1] ?? 0) / 1000, 3);
      expect(found[0]).toMatchObject({ start: 0, end: found[1]?.start });
    });

    test('ffmpeg reads the exported WebVTT', async () => {
      const vtt = path.join(world.folder, 'chapters.vtt');
      await writeFile(vtt, await (await fetchFile('chapters?format=webvtt&language=fr')).text());
      const srt = path.join(world.folder, 'chapters.srt');
      await run(await ensurePeer('ffmpeg'), ['-v', 'error', '-y', '-i', vtt, srt]);
      const cues = (await readFile(srt, 'utf8')).split(/\r?\n\r?\n/).filter((cue) => cue.trim() !== '');
      expect(cues.map((cue) => cue.split(/\r?\n/)[2])).toEqual(['Début = «1» ; # \\', 'Chapitre 2', 'Fin']);
    });
  });
}
