/** What `whisper-cli -ojf` writes, as words: pure. Its tokens are pieces of words, and its times can lie a little outside. */
import * as z from 'zod';
import type { Segment, Transcript, Word } from './engine.ts';

const offsetsSchema = z.object({ from: z.number(), to: z.number() });
const outputSchema = z.object({
  result: z.object({ language: z.string() }).partial().optional(),
  transcription: z.array(
    z.object({
      offsets: offsetsSchema,
      text: z.string(),
      tokens: z.array(z.object({ text: z.string(), offsets: offsetsSchema.optional() })).optional(),
    }),
  ),
});

/**
 * @param durationMs of the recording: nothing is heard after its end
 * @throws Error when it is not what whisper.cpp writes
 */
export function readWhisperOutput(json: string, durationMs: number): Transcript {
  const { result, transcription } = outputSchema.parse(JSON.parse(json));
  const segments: Segment[] = [];
  for (const { offsets, text, tokens } of transcription) {
    const startMs = clamp(offsets.from, durationMs);
    const endMs = Math.max(startMs, clamp(offsets.to, durationMs));
    const words = joinTokens(tokens ?? [], startMs, endMs);
    // Where whole letters of the tokens are lost (a letter can be spread over two tokens), the text has them.
    const whole = words.map((word) => word.text).join('');
    const said = whole.includes('\uFFFD') || whole.trim() === '' ? evenly(text, startMs, endMs) : words;
    if (said.some((word) => word.text.trim() !== '') && !isNoise(text)) segments.push({ startMs, endMs, words: said });
  }
  const language = /^[a-z]{2,3}$/.test(result?.language ?? '') ? (result?.language ?? null) : null;
  return { language, segments };
}

const clamp = (ms: number, durationMs: number): number => Math.min(Math.max(0, Math.round(ms)), durationMs);

/** `[BLANK_AUDIO]`, `(music)`, `♪`: what it says of what is no speech. */
const isNoise = (text: string): boolean => {
  const said = text.trim();
  return /^[[(*][^\])*]*[\])*]$/u.test(said) || !/[\p{L}\p{N}]/u.test(said);
};

/** Special tokens (`[_BEG_]`, `[_TT_50]`) are none of the words; a token without a leading blank goes on with the word before. */
function joinTokens(
  tokens: readonly {
    readonly text: string;
    readonly offsets?: { readonly from: number; readonly to: number } | undefined;
  }[],
  startMs: number,
  endMs: number,
): Word[] {
  const words: Word[] = [];
  for (const { text, offsets } of tokens) {
    if (text === '' || /^\[_[A-Z]+_?\d*\]$/.test(text)) continue;
    const before = words.at(-1);
    const from = Math.min(Math.max(offsets?.from ?? startMs, before?.endMs ?? startMs), endMs);
    const to = Math.min(Math.max(offsets?.to ?? from, from), endMs);
    if (before && !/^\s/u.test(text)) words[words.length - 1] = { ...before, text: before.text + text, endMs: to };
    else words.push({ text, startMs: from, endMs: to });
  }
  return words;
}

/** A text's words, each with its part of the time by its length. */
function evenly(text: string, startMs: number, endMs: number): Word[] {
  const parts = text
    .trim()
    .split(/\s+/u)
    .filter((part) => part !== '');
  const all = parts.reduce((sum, part) => sum + part.length, 0);
  let done = 0;
  return parts.map((part) => {
    const at = (letters: number): number => Math.round(startMs + ((endMs - startMs) * letters) / Math.max(1, all));
    const word = { text: ` ${part}`, startMs: at(done), endMs: at(done + part.length) };
    done += part.length;
    return word;
  });
}
