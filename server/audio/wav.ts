/** A track of a recording as sound that engines hear. */
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Ffmpeg, input, runFfmpeg } from '../tools/ffmpeg.ts';
import { bytesPerMs, type Span, sampleRate } from './levels.ts';

export interface Sound {
  /** 16 kHz, mono, signed 16 bit little-endian, without a header. */
  readonly file: string;
  readonly durationMs: number;
}

export interface Extraction {
  readonly recording: string;
  /** The stream's index in the recording. */
  readonly index: number;
  /** null where it is not known */
  readonly durationMs: number | null;
  readonly scratch: string;
  readonly signal: AbortSignal;
  readonly progress: (fraction: number) => void;
}

/**
 * Takes a track out of a recording. It begins with the recording: where the track itself begins later, or has a hole, there is silence.
 * @throws ToolFailed, or the signal's reason
 */
export async function extractSound(tools: Ffmpeg, extraction: Extraction): Promise<Sound> {
  const { recording, index, durationMs, scratch, signal, progress } = extraction;
  const args = [
    ...[...input(recording), '-map', `0:${index}`, '-vn', '-af', 'aresample=async=1:first_pts=0'],
    ...['-ac', '1', '-ar', String(sampleRate), '-c:a', 'pcm_s16le', '-f', 's16le', 'file:sound.pcm'],
  ];
  const timeoutMs = 600_000 + (durationMs ?? 24 * 3_600_000);
  await runFfmpeg(tools, args, { cwd: scratch, signal, timeoutMs, durationMs, progress });
  const file = path.join(scratch, 'sound.pcm');
  return { file, durationMs: Math.floor((await stat(file)).size / bytesPerMs) };
}

/** Writes a piece of a sound as a WAV file, in place of one that is there. */
export async function writeWav(sound: Sound, { startMs, endMs }: Span, wav: string): Promise<void> {
  const [start, end] = [Math.round(startMs) * bytesPerMs, Math.round(Math.min(endMs, sound.durationMs)) * bytesPerMs];
  const bytes = async function* () {
    yield wavHeader(end - start);
    if (end > start) yield* createReadStream(sound.file, { start, end: end - 1 });
  };
  await pipeline(Readable.from(bytes()), createWriteStream(wav));
}

/** http://soundfile.sapp.org/doc/WaveFormat/ */
function wavHeader(bytes: number): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(Math.min(36 + bytes, 0xffffffff), 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(Math.min(bytes, 0xffffffff), 40);
  return header;
}
