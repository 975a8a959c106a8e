/**
 * How many words the processing server's subtitles have wrong, and how late or early they are: speech of flite's voices, whisper.cpp, and
 * the project's own small model.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { request } from 'undici';
import { processingStages } from '../../server/processing.ts';
import { startReceiver } from '../../server/receiver.ts';
import { ensurePeer, peerDescriptions } from '../rig/peers.ts';
import { run } from '../rig/processes.ts';
import { loudFromTo, readCues, speak, unpackMiniWhisper, type Voice, wordErrors } from '../rig/speech.ts';
import { until } from '../rig/until.ts';
import type { Figure } from './figure.ts';
import { findPeers } from './peers-missing.ts';

/** 12 sentences, 90 words, all of them among the 89 that the model knows. */
const sentences = [
  'please upload the recording to the server',
  'the weather in london is cold',
  'we will talk about the new camera',
  'you can play the first game now',
  'they should close the window tonight',
  'people want to see the next video',
  'my microphone is old and the sound is not good',
  'when it is finished we must stop the stream',
  'please show the red book on the table',
  'our music was good this evening',
  'the small street in the city is cloudy today',
  'we need to find the answer again soon',
];
const voices: readonly Voice[] = ['rms', 'slt', 'kal16'];
/** When a sentence is said, ms: every 7 s; after the last but two there is a minute of silence, and the last one comes at ten minutes. */
function saidAt(index: number): number {
  if (index === sentences.length - 1) return 600_000;
  return (1 + index * 7 + (index === sentences.length - 2 ? 60 : 0)) * 1000;
}

export async function measureSubtitles({ say }: { readonly say: (line: string) => void }): Promise<Figure[]> {
  const [, whisper = ''] = await findPeers(
    (['ffmpeg', 'whisper'] as const).map((name) => ({ what: peerDescriptions[name], find: () => ensurePeer(name) })),
  );
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-subtitles-bench-'));
  const env = { ...process.env, WHISPER_CLI: whisper, MODELS_DIR: folder, MODEL_BASE_URL: 'http://127.0.0.1:9' };
  await unpackMiniWhisper(folder);
  const stages = processingStages({ dir: folder, env, log: () => {} });
  const server = await startReceiver({ dir: path.join(folder, 'server'), stages });
  try {
    const figures: Figure[] = [];
    for (const voice of voices) {
      say(`Voice ${voice}…`);
      figures.push(...(await measureVoice(voice, { folder, url: server.url })));
    }
    say(
      'What this cannot prove: the words that models for users hear (tiny to large), other languages than English, other words than',
    );
    say(
      'these, and voices of people. The model here was trained on the voice rms above all; it answers for the way, not for them.',
    );
    return figures;
  } finally {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureVoice(voice: Voice, { folder, url }: { folder: string; url: string }): Promise<Figure[]> {
  const spoken = await Promise.all(
    sentences.map(async (words, index) => {
      const wav = path.join(folder, `${voice}-${index}.wav`);
      await speak(words, voice, wav);
      const atMs = saidAt(index);
      const { fromMs, toMs } = await loudFromTo(wav);
      return { words, wav, atMs, startMs: atMs + fromMs, endMs: atMs + toMs };
    }),
  );
  const recording = path.join(folder, `${voice}.mkv`);
  const delayed = spoken.map(({ atMs }, index) => `[${index}:a]adelay=${atMs}[a${index}]`).join(';');
  const all = spoken.map((_, index) => `[a${index}]`).join('');
  const filter = `${delayed};${all}amix=inputs=${spoken.length}:normalize=0[said]`;
  const inputs = spoken.flatMap(({ wav }) => ['-i', wav]);
  await run('ffmpeg', [
    '-v',
    'error',
    ...inputs,
    '-filter_complex',
    filter,
    '-map',
    '[said]',
    '-c:a',
    'aac',
    recording,
  ]);
  const before = performance.now();
  const id = await upload(url, recording);
  const cues = await subtitlesOf(url, id);
  const tookMs = performance.now() - before;
  let errors = 0;
  const offs: number[] = [];
  const taken = new Set<(typeof cues)[number]>();
  for (const { words, startMs, endMs } of spoken) {
    const shown = cues.filter((cue) => cue.startMs < endMs + 500 && cue.endMs > startMs - 500);
    for (const cue of shown) taken.add(cue);
    errors += wordErrors(words, shown.map(({ text }) => text).join(' '));
    const [first, last] = [shown[0], shown.at(-1)];
    if (first && last) offs.push(Math.abs(first.startMs - startMs), Math.abs(last.endMs - endMs));
  }
  const said = sentences.join(' ').split(' ').length;
  const endMs = spoken.at(-1)?.endMs ?? 0;
  const figure = (id: string, label: string, value: number, unit: string, atMost?: number): Figure => ({
    ...{ id: `${voice}${id}`, label: `${voice}: ${label}`, value, unit },
    ...(atMost !== undefined && { atMost }),
  });
  return [
    figure(
      'WordErrorPercent',
      `words wrong (${errors} of ${said})`,
      (errors / said) * 100,
      '%',
      voice === 'rms' ? 10 : undefined,
    ),
    figure('TimingWorstMs', 'worst time of a sentence', Math.max(0, ...offs), 'ms', 500),
    figure('InventedCues', 'subtitles where nobody speaks', cues.filter((cue) => !taken.has(cue)).length, '', 0),
    figure('RealTimeFactor', 'time taken by length', tookMs / endMs, '×'),
  ];
}

async function upload(url: string, file: string): Promise<string> {
  const form = new FormData();
  form.set('subtitle_model', 'tiny');
  form.set('file', new Blob([await readFile(file)]), path.basename(file));
  const answer = await fetch(`${url}/upload`, { method: 'POST', body: form });
  const { task_id } = (await answer.json()) as { task_id: string };
  return task_id;
}

async function subtitlesOf(url: string, id: string): Promise<ReturnType<typeof readCues>> {
  await until(
    'the subtitles are made',
    async () => {
      const { status, message } = (await (await fetch(`${url}/status/${id}`)).json()) as Record<string, string>;
      if (status === 'error') throw new Error(message);
      return status === 'completed';
    },
    { ms: 600_000, everyMs: 50 },
  );
  const { body } = await request(`${url}/results/${id}/subtitles`);
  return readCues(await body.text());
}
