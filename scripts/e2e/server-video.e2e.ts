/** The processing server's check and video stages, on files that ffmpeg makes as OBS would. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ended, post, Receivers } from '../../server/receiver-fixture.ts';
import { checkStage } from '../../server/stages/check.ts';
import { videoStage } from '../../server/stages/video.ts';
import { findFfmpeg } from '../../server/tools/ffmpeg.ts';
import { describePeer } from '../rig/describe-peer.ts';

const run = promisify(execFile);

await describePeer(['ffmpeg'], 'what the processing server makes of a recording', () => {
  const receivers = new Receivers();
  let folder: string;
  let url: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'streamai-video-'));
    const stages = [checkStage(findFfmpeg), videoStage(findFfmpeg)];
    ({ url } = await receivers.start({ stages }));
  });
  afterAll(async () => {
    await receivers.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const source = [
    '-f',
    'lavfi',
    '-i',
    'testsrc2=size=320x180:rate=30:duration=2',
    '-f',
    'lavfi',
    '-i',
    'sine=duration=2',
  ];
  const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];
  const record = async (name: string, args: readonly string[]): Promise<string> => {
    const file = path.join(folder, name);
    await run('ffmpeg', ['-v', 'error', ...source, ...args, '-y', file]);
    return file;
  };
  const upload = async (file: string): Promise<Record<string, unknown>> => {
    const bytes = await readFile(file);
    const { body } = await post(url, [{ name: 'file', filename: path.basename(file), bytes }]);
    return ended(url, String(body.task_id));
  };
  const made = async (task: Record<string, unknown>): Promise<{ codecs: string[]; file: string; bytes: Buffer }> => {
    const answer = await request(`${url}/results/${task.task_id}/video`);
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    const file = path.join(folder, `${task.task_id}.mp4`);
    await writeFile(file, bytes);
    const { stdout } = await run('ffprobe', [
      '-v',
      'error',
      '-show_entries',
      'stream=codec_name',
      '-of',
      'csv=p=0',
      file,
    ]);
    return { codecs: stdout.trim().split(/\s+/), file, bytes };
  };
  const frames = async (file: string): Promise<string> =>
    (await run('ffmpeg', ['-v', 'error', '-i', file, '-map', '0:v:0', '-c', 'copy', '-f', 'framehash', '-'])).stdout;
  const before = (bytes: Buffer, first: string, second: string): boolean =>
    bytes.indexOf(first) < bytes.indexOf(second);

  test('H.264 and AAC are copied frame by frame, every audio track too, and the index stands first', async () => {
    const file = await record('two tracks.mkv', [...x264, '-map', '0:v', '-map', '1:a', '-map', '1:a']);
    const task = await upload(file);
    expect(task).toMatchObject({ status: 'completed_simple', progress: 100 });
    const video = await made(task);
    expect(video.codecs).toEqual(['h264', 'aac', 'aac']);
    expect(before(video.bytes, 'moov', 'mdat')).toBe(true);
    const hashes = (text: string): string[] =>
      text
        .split('\n')
        .filter((line) => !line.startsWith('#'))
        .map((line) => line.split(',').at(-1) ?? '');
    expect(hashes(await frames(video.file))).toEqual(hashes(await frames(file)));
  });

  test.each([
    [
      '4:4:4 H.264 and PCM',
      'rich.mkv',
      ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv444p', '-c:a', 'pcm_s16le'],
      ['h264', 'aac'],
    ],
    ['MPEG-4 in avi', 'old.avi', ['-c:v', 'mpeg4', '-c:a', 'mp3'], ['h264', 'mp3']],
    ['flv', 'stream.flv', x264, ['h264', 'aac']],
    ['ts', 'stream.ts', x264, ['h264', 'aac']],
    ['fragmented mp4', 'fragments.mp4', [...x264, '-movflags', '+frag_keyframe+empty_moov'], ['h264', 'aac']],
    ['mov', 'take.mov', x264, ['h264', 'aac']],
    ['sound alone', 'voice.mka', ['-map', '1:a', '-c:a', 'libopus'], ['opus']],
  ])('%s plays in a browser afterwards', async (_, name, args, codecs) => {
    const task = await upload(await record(name, args));
    expect(task).toMatchObject({ status: 'completed_simple' });
    expect((await made(task)).codecs).toEqual(codecs);
  });

  test('a playlist that names somebody else’s recording gives nothing of it', async () => {
    const other = await record('other.ts', x264);
    const playlist = `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://${other}\n#EXT-X-ENDLIST\n`;
    const script = `ffconcat version 1.0\nfile '${other}'\n`;
    for (const text of [playlist, script]) {
      const { body } = await post(url, [{ name: 'file', filename: 'a.mkv', bytes: Buffer.from(text) }]);
      expect(await ended(url, String(body.task_id))).toMatchObject({ error: { code: 'recording_unreadable' } });
    }
  });

  test.each([
    ['no bytes', '', 'recording_empty'],
    ['text', 'this is no video at all\n'.repeat(100), 'recording_unreadable'],
  ])('%s ends with its cause and what to do', async (_, text, code) => {
    const { body } = await post(url, [{ name: 'file', filename: 'a.mkv', bytes: Buffer.from(text) }]);
    const task = await ended(url, String(body.task_id));
    expect(task).toMatchObject({ status: 'error', error: { code, fix: expect.stringMatching(/\w/) } });
  });
});
