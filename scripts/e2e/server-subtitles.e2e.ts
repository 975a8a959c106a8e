/** The processing server's subtitles: speech of flite in files as OBS makes them, heard by whisper.cpp with a small model of our own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Engine } from '../../server/engines/engine.ts';
import { processingStages } from '../../server/processing.ts';
import { ended, type Part, post, Receivers } from '../../server/receiver-fixture.ts';
import type { Stage } from '../../server/stages/stage.ts';
import { transcribeStage } from '../../server/stages/transcribe.ts';
import { findFfmpeg } from '../../server/tools/ffmpeg.ts';
import { commonNodeFlags } from '../launch/commands.mjs';
import { describePeer } from '../rig/describe-peer.ts';
import { ensurePeer } from '../rig/peers.ts';
import { run } from '../rig/processes.ts';
import { loudFromTo, readCues, speak, unpackMiniWhisper, wordErrors } from '../rig/speech.ts';
import { until } from '../rig/until.ts';

const first = 'please upload the recording to the server';
const second = 'the weather in london is cold';

await describePeer(['ffmpeg', 'whisper'], 'the subtitles that the processing server makes', () => {
  const receivers = new Receivers();
  let folder: string;
  let whisper: string;
  let url: string;

  /** A program in whisper-cli's place that notes its pid, and stands still before it begins as long as there is a file `hold`. */
  const held = () => path.join(folder, 'held-whisper');
  const hold = () => path.join(folder, 'hold');
  const pidFile = () => path.join(folder, 'pid');

  const environment = (whisperCli: string): NodeJS.ProcessEnv => ({
    ...process.env,
    WHISPER_CLI: whisperCli,
    MODELS_DIR: folder,
    // Whatever is not in the folder is not fetched from anywhere.
    MODEL_BASE_URL: 'http://127.0.0.1:9',
  });

  beforeAll(async () => {
    whisper = await ensurePeer('whisper');
    folder = await mkdtemp(path.join(tmpdir(), 'streamai-subtitles-'));
    await unpackMiniWhisper(folder);
    const script = `#!/bin/sh\necho $$ > "${pidFile()}"\n[ -e "${hold()}" ] && kill -STOP $$\nexec "${whisper}" "$@"\n`;
    await writeFile(held(), script);
    await chmod(held(), 0o755);
    await Promise.all([speak(first, 'rms', wav(first)), speak(second, 'rms', wav(second))]);
    url = await serve(whisper);
  });
  afterAll(async () => {
    await receivers.close();
    await rm(folder, { recursive: true, force: true });
  });

  const wav = (words: string) => path.join(folder, `${words.replaceAll(' ', '-')}.wav`);

  async function serve(whisperCli: string): Promise<string> {
    const dir = await receivers.dir();
    const stages = processingStages({ dir, env: environment(whisperCli), log: () => {} });
    return (await receivers.start({ dir, stages })).url;
  }

  async function made(name: string, args: readonly string[]): Promise<Part[]> {
    const file = path.join(folder, name);
    await run('ffmpeg', ['-v', 'error', ...args, '-y', file]);
    return [
      { name: 'subtitle_model', value: 'tiny' },
      { name: 'marks', value: JSON.stringify([{ offsetMs: 0, kind: 'chapter', text: 'Intro' }]) },
      { name: 'file', filename: name, bytes: await readFile(file) },
    ];
  }

  const picture = (seconds: number) => ['-f', 'lavfi', '-i', `color=size=64x64:rate=5:duration=${seconds}`];
  const silence = (seconds: number) => ['-f', 'lavfi', '-i', `anullsrc=sample_rate=48000:duration=${seconds}`];

  /** The first sentence at 3 s, the second one at 75 s. */
  const twoSentences = () => {
    const filter =
      '[1:a]aresample=48000,adelay=3000[one];[2:a]aresample=48000,adelay=75000[two];[one][two]amix=inputs=2:normalize=0,apad=whole_dur=80[said]';
    const inputs = [...picture(80), '-i', wav(first), '-i', wav(second), ...silence(80)];
    return [...inputs, '-filter_complex', filter, '-map', '0:v', '-map', '3:a', '-map', '[said]', '-c:v', 'libx264'];
  };

  const result = async (server: string, id: string, name: string): Promise<string> => {
    const { statusCode, body } = await request(`${server}/results/${id}/${name}`);
    expect(statusCode, name).toBe(200);
    return body.text();
  };

  const put = async (server: string, parts: readonly Part[]): Promise<string> =>
    String((await post(server, parts)).body.task_id);

  test('says the words when they are said, of the track with speech, and nothing in more than a minute of silence', async () => {
    const id = await put(url, await made('two.mkv', [...twoSentences(), '-c:a', 'aac']));
    expect(await ended(url, id)).toMatchObject({ status: 'completed', progress: 100 });
    const cues = readCues(await result(url, id, 'subtitles'));
    const sentences = [
      { words: first, atMs: 3000 },
      { words: second, atMs: 75_000 },
    ];
    for (const { words, atMs } of sentences) {
      const { fromMs, toMs } = await loudFromTo(wav(words));
      const shown = cues.filter(({ startMs }) => Math.abs(startMs - atMs) < 10_000);
      const text = shown.map((cue) => cue.text).join(' ');
      // One word more than the 5 % that this model has wrong.
      expect(wordErrors(words, text), text).toBeLessThanOrEqual(1);
      expect(Math.abs((shown[0]?.startMs ?? 0) - (atMs + fromMs))).toBeLessThanOrEqual(500);
      expect(Math.abs((shown.at(-1)?.endMs ?? 0) - (atMs + toMs))).toBeLessThanOrEqual(500);
    }
    expect(cues.filter(({ startMs }) => startMs > 10_000 && startMs < 74_000)).toEqual([]);
    expect(JSON.parse(await result(url, id, 'words'))).toMatchObject({ language: 'en', track: 2 });
    expect(await result(url, id, 'srt')).toMatch(/^1\n00:00:03,\d{3} --> 00:00:0\d,\d{3}\n/);
    expect(wordErrors(`${first} ${second}`, await result(url, id, 'text'))).toBeLessThanOrEqual(2);
    expect(await result(url, id, 'chapters')).toContain('Intro');
  });

  test.each([
    ['a minute of silence', 'no_speech', () => [...picture(60), ...silence(60), '-shortest']],
    ['no sound at all', 'no_audio', () => picture(2)],
  ])('%s: empty subtitles and a warning', async (name, code, args) => {
    const id = await put(url, await made(`${name.replaceAll(' ', '-')}.mkv`, args()));
    expect(await ended(url, id)).toMatchObject({ status: 'completed', warnings: [{ code }] });
    expect(readCues(await result(url, id, 'subtitles'))).toEqual([]);
  });

  test('a track that the recording does not have is said with those that it has', async () => {
    const parts = await made('one.mkv', ['-i', wav(first), '-c:a', 'aac']);
    const id = await put(url, [{ name: 'audio_track', value: '3' }, ...parts]);
    const error = { code: 'audio_track_missing', fix: expect.stringContaining('1 to 1') };
    expect(await ended(url, id)).toMatchObject({ status: 'error', error });
  });

  test('a language that there is not is said, and is no failure of the server', async () => {
    const parts = await made('language.mkv', ['-i', wav(first), '-c:a', 'aac']);
    const id = await put(url, [{ name: 'language', value: 'xx' }, ...parts]);
    expect(await ended(url, id)).toMatchObject({ status: 'error', error: { code: 'language_unknown' } });
  });

  test('a track that is loud but in which nothing is heard gives way to the next one; how far it is only rises within a track', async () => {
    const pieces: number[] = [];
    const languages: (string | null)[] = [];
    /** Takes a tone for speech, and hears nothing in noise. */
    const engine: Engine = {
      name: 'none',
      missing: async () => null,
      maxPieceMs: async () => 4000,
      transcribe: async ({ wav: piece, durationMs, language, progress }) => {
        pieces.push(durationMs);
        languages.push(language);
        progress(0.5);
        const words = [{ text: ' guten Tag', startMs: 200, endMs: 1200 }];
        const speaks = await isTone(piece);
        return { language: 'de', segments: speaks ? [{ startMs: 200, endMs: 1200, words }] : [] };
      },
    };
    const reported: number[] = [];
    const stage = transcribeStage(findFfmpeg, engine);
    const watched: Stage = {
      ...stage,
      run: (context) => {
        const progress = (fraction: number): void => {
          reported.push(fraction);
          context.progress(fraction);
        };
        return stage.run({ ...context, progress });
      },
    };
    const server = (await receivers.start({ stages: [watched] })).url;
    const noise = ['-f', 'lavfi', '-i', 'anoisesrc=duration=10:amplitude=0.5'];
    const tones = 'aevalsrc=0.5*sin(2000*t)*lt(mod(t\\,6)\\,2):duration=10';
    const args = [...noise, '-f', 'lavfi', '-i', tones, '-map', '0:a', '-map', '1:a', '-c:a', 'aac'];
    const id = await put(server, await made('noise.mkv', args));
    expect(await ended(server, id)).toMatchObject({ status: 'completed' });
    const words = JSON.parse(await result(server, id, 'words'));
    expect(words).toMatchObject({ language: 'de', track: 2 });
    expect(words.segments.map(({ startMs }: { startMs: number }) => Math.round(startMs / 1000))).toEqual([0, 6]);
    // Found at the first piece with speech, and told with the next one.
    expect(languages.slice(-2)).toEqual([null, 'de']);
    expect(Math.max(...pieces)).toBeLessThanOrEqual(4000);
    // Back to the beginning once: when the second track is taken.
    expect(reported.filter((fraction, index) => fraction < (reported[index - 1] ?? 0))).toHaveLength(1);
    expect(Math.max(...reported)).toBeLessThanOrEqual(1);
  });

  test('called off while it listens: whisper.cpp is ended', async () => {
    const server = await serve(held());
    await writeFile(hold(), '');
    const id = await put(server, await made('cancel.mkv', ['-i', wav(first), '-c:a', 'aac']));
    const pid = await listening();
    await request(`${server}/tasks/${id}/cancel`, { method: 'POST' }).then(({ body }) => body.dump());
    await until('whisper.cpp is gone', () => !isRunning(pid));
    expect(await ended(server, id)).toMatchObject({ status: 'cancelled' });
    await rm(hold());
  });

  test('the server is killed while it listens: whisper.cpp goes with it, and the next server makes the subtitles', async () => {
    const dir = await receivers.dir();
    await writeFile(hold(), '');
    const killed = await startMain(dir);
    const id = await put(killed.url, await made('killed.mkv', ['-i', wav(first), '-c:a', 'aac']));
    const pid = await listening();
    killed.child.kill('SIGKILL');
    await once(killed.child, 'exit');
    await until('whisper.cpp is gone', () => !isRunning(pid));
    await rm(hold());
    const next = await startMain(dir);
    expect(await ended(next.url, id)).toMatchObject({ status: 'completed' });
    expect(wordErrors(first, await result(next.url, id, 'text'))).toBeLessThanOrEqual(1);
    next.child.kill('SIGTERM');
    await once(next.child, 'exit');
  });

  async function startMain(dir: string): Promise<{ url: string; child: ChildProcess }> {
    const main = path.resolve(import.meta.dirname, '../../server/main.ts');
    const env = environment(held());
    const child = spawn(process.execPath, [...commonNodeFlags, main, '--dir', dir], {
      ...{ env, stdio: ['ignore', 'pipe', 'inherit'] },
    });
    receivers.keep({ close: async () => void child.kill('SIGKILL') });
    if (!child.stdout) throw new Error('no stdout');
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    return { url: (JSON.parse(line) as { url: string }).url, child };
  }

  /** The pid of the whisper.cpp that stands still. */
  async function listening(): Promise<number> {
    const read = () => readFile(pidFile(), 'utf8').catch(() => '');
    await until('whisper.cpp was started', async () => /^\d+\n$/.test(await read()));
    const pid = Number(await read());
    await rm(pidFile());
    return pid;
  }
});

/** Whether a WAV file's samples lie close to the ones before them, as those of a deep tone do and of noise do not. */
async function isTone(file: string): Promise<boolean> {
  const bytes = (await readFile(file)).subarray(44);
  let [loud, steps] = [0, 0];
  for (let at = 2; at + 1 < bytes.length; at += 2) {
    loud += Math.abs(bytes.readInt16LE(at));
    steps += Math.abs(bytes.readInt16LE(at) - bytes.readInt16LE(at - 2));
  }
  return steps < loud / 2;
}

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
