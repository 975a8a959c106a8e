/** Speech to test with, spoken by flite in FFmpeg, and how well it was heard. */

import { createReadStream, createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { run } from './processes.ts';

export type Voice = 'rms' | 'slt' | 'kal16';

/** Of the words, letters alone: they stand in a filter of FFmpeg. */
export async function speak(words: string, voice: Voice, wav: string): Promise<void> {
  const source = `flite=text='${words.replace(/[^a-z ]/g, '')}':voice=${voice}`;
  await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, '-ar', '16000', '-ac', '1', '-y', wav]);
}

/** When a WAV file of `speak` is loud first and last, ms: by its samples alone. */
export async function loudFromTo(wav: string): Promise<{ fromMs: number; toMs: number }> {
  const bytes = await readFile(wav);
  const start = bytes.indexOf('data') + 8;
  const loud: number[] = [];
  for (let at = start; at + 1 < bytes.length; at += 2) if (Math.abs(bytes.readInt16LE(at)) > 700) loud.push(at - start);
  return { fromMs: (loud[0] ?? 0) / 32, toMs: (loud.at(-1) ?? 0) / 32 };
}

/** The model that hears it, under the name of whisper.cpp's smallest one. */
export async function unpackMiniWhisper(folder: string): Promise<void> {
  const packed = path.join(import.meta.dirname, 'mini-whisper/mini.ggml.bin.gz');
  await pipeline(createReadStream(packed), createGunzip(), createWriteStream(path.join(folder, 'ggml-tiny.bin')));
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];

/** How many words are wrong, missing or too much: the least number of changes (Levenshtein), as word error rates are counted. */
export function wordErrors(truth: string, heard: string): number {
  const [right, got] = [wordsOf(truth), wordsOf(heard)];
  let row = got.map((_, index) => index + 1);
  row.unshift(0);
  for (const [index, word] of right.entries()) {
    const next = [index + 1];
    for (const [at, other] of got.entries()) {
      const changed = (row[at] ?? 0) + (word === other ? 0 : 1);
      next.push(Math.min(changed, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? right.length;
}

/** The cues of a WebVTT file. */
export function readCues(vtt: string): { startMs: number; endMs: number; text: string }[] {
  const ms = (time: string): number => {
    const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number);
    return Math.round(((hours * 60 + minutes) * 60 + seconds) * 1000);
  };
  return [...vtt.matchAll(/^(\d+:\d+:[\d.]+) --> (\d+:\d+:[\d.]+)\n([\s\S]*?)\n(?:\n|$)/gm)].map(
    ([, start = '', end = '', text = '']) => ({ startMs: ms(start), endMs: ms(end), text: text.replaceAll('\n', ' ') }),
  );
}
