import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { moved, withinSound } from '../audio/heard.ts';
import { loudSpans, pieces, readLevels, type Span } from '../audio/levels.ts';
import { extractSound, type Sound, writeWav } from '../audio/wav.ts';
import { type Engine, LanguageUnknown, type Segment, type Transcript } from '../engines/engine.ts';
import { subtitleFiles } from '../subtitles/files.ts';
import { type Details, type Ffmpeg, ffmpegMissing, type Stream } from '../tools/ffmpeg.ts';
import { ToolFailed } from '../tools/tool.ts';
import { readDetails } from './check.ts';
import { type Made, RecordingProblem, type Stage, type StageContext } from './stage.ts';

/** Of a track's progress, getting its sound out of the recording: it is that much faster than hearing it. */
const extracting = 0.03;

/** Subtitles of what is said. A recording in which nobody speaks has empty ones, and a warning. */
export function transcribeStage(ffmpeg: () => Promise<Ffmpeg | undefined>, engine: Engine): Stage {
  return {
    name: 'transcribe',
    missing: async () => (await engine.missing()) ?? ((await ffmpeg()) ? null : ffmpegMissing),
    async run(context) {
      const tools = await ffmpeg();
      if (!tools) return {};
      const details = await readDetails(tools, context);
      const heard = await hearTracks(tools, engine, details, context);
      return save(heard, details, context);
    },
  };
}

interface Heard extends Transcript {
  /** From 1, as OBS counts them; null when speech was found in none. */
  readonly track: number | null;
  readonly durationMs: number;
}

const nothing: Transcript = { language: null, segments: [] };

/** Hears the track that was asked for, else one after the other until there is speech in one. */
async function hearTracks(tools: Ffmpeg, engine: Engine, details: Details, context: StageContext): Promise<Heard> {
  let durationMs = details.durationMs ?? 0;
  for (const track of tracksToHear(details, context.task.state.settings.audioTrack)) {
    const sound = await soundOf(tools, track.stream, details, context);
    durationMs = Math.max(durationMs, sound.durationMs);
    const heard = await hear(engine, sound, context);
    if (heard.segments.length > 0) return { ...heard, track: track.number, durationMs };
  }
  return { ...nothing, track: null, durationMs };
}

interface Track {
  readonly number: number;
  readonly stream: Stream;
}

function tracksToHear({ audio }: Details, wanted: number | null): Track[] {
  const tracks = audio.map((stream, index) => ({ number: index + 1, stream }));
  if (wanted === null || tracks.length === 0) return tracks;
  const chosen = tracks.filter(({ number }) => number === wanted);
  if (chosen.length > 0) return chosen;
  throw new RecordingProblem(
    'audio_track_missing',
    `The recording has no audio track ${wanted}: it has ${tracks.length}.`,
    `Choose a track from 1 to ${tracks.length}, or none: then the first one with speech is taken.`,
  );
}

async function soundOf(tools: Ffmpeg, stream: Stream, details: Details, context: StageContext): Promise<Sound> {
  const { workspace, signal, progress } = context;
  try {
    return await extractSound(tools, {
      ...{ recording: workspace.recording, index: stream.index, durationMs: details.durationMs },
      ...{ scratch: workspace.scratch, signal, progress: (fraction) => progress(Math.min(1, fraction) * extracting) },
    });
  } catch (cause) {
    if (!(cause instanceof ToolFailed)) throw cause;
    if (/No space left/i.test(cause.words))
      throw Object.assign(new Error('The disk is full', { cause }), { code: 'ENOSPC' });
    throw new RecordingProblem(
      'sound_unreadable',
      'The sound of this recording cannot be read.',
      'Play it where it was recorded. The recording itself is kept and can be downloaded.',
      { cause },
    );
  }
}

/** Hears a sound, in pieces where the model needs them short. What is silent by its level the engine never gets, or is not believed. */
async function hear(engine: Engine, sound: Sound, context: StageContext): Promise<Transcript> {
  const { task, workspace, signal, progress } = context;
  const { model, language: wanted } = task.state.settings;
  const levels = await readLevels(createReadStream(sound.file, { signal }));
  const loud = loudSpans(levels);
  if (loud.length === 0) return nothing;
  const maxPieceMs = await engine.maxPieceMs(model, signal);
  const whole: Span = { startMs: 0, endMs: sound.durationMs };
  const toHear = maxPieceMs === null ? [whole] : pieces(loud, levels, maxPieceMs);
  const all = toHear.reduce((sum, piece) => sum + lengthOf(piece), 0);
  const wav = path.join(workspace.scratch, 'piece.wav');
  let language = wanted;
  const segments: Segment[] = [];
  let doneMs = 0;
  for (const piece of toHear) {
    await writeWav(sound, piece, wav);
    const at = (fraction: number): void =>
      progress(extracting + ((1 - extracting) * (doneMs + Math.min(1, fraction) * lengthOf(piece))) / all);
    at(0);
    const heard = await engine
      .transcribe({
        wav,
        durationMs: lengthOf(piece),
        model,
        language,
        scratch: workspace.scratch,
        signal,
        progress: at,
      })
      .catch((error: unknown) => {
        throw error instanceof LanguageUnknown ? languageUnknown(error) : error;
      });
    // What the first piece with speech is in, the others are in too.
    if (heard.segments.length > 0) language ??= heard.language;
    segments.push(...moved(heard.segments, piece.startMs));
    doneMs += lengthOf(piece);
  }
  return { language, segments: withinSound(segments, loud) };
}

const lengthOf = ({ startMs, endMs }: Span): number => endMs - startMs;

const languageUnknown = (cause: LanguageUnknown): RecordingProblem =>
  new RecordingProblem(
    'language_unknown',
    `The speech recognition does not know the language “${cause.language}”.`,
    'Choose another language, or none: then it is found in the speech.',
    { cause },
  );

async function save(heard: Heard, details: Details, { task, workspace }: StageContext): Promise<Made> {
  const files = subtitleFiles(heard, task.record.marks ?? []);
  const results: Record<string, { file: string; type: string; bytes: number }> = {};
  for (const { name, file, type, text } of files) {
    await writeFile(path.join(workspace.scratch, file), text);
    results[name] = { file, type, bytes: await workspace.keep(file, file) };
  }
  return { results, warnings: heard.track === null ? [details.audio.length === 0 ? noAudio : noSpeech] : [] };
}

const noAudio = { code: 'no_audio', message: 'The recording has no sound: its subtitles are empty.' };
const noSpeech = {
  code: 'no_speech',
  message: 'Nobody was heard speaking in this recording: its subtitles are empty.',
};
