/** What an engine heard, held against where the sound is loud: pure. */
import type { Segment, Word } from '../engines/engine.ts';
import type { Span } from './levels.ts';

/** An engine's times are about so exact, ms. */
const slackMs = 300;

/** Moves what was heard in a piece to the piece's place in the whole. */
export function moved(segments: readonly Segment[], byMs: number): Segment[] {
  const move = <T extends Span>(span: T): T => ({ ...span, startMs: span.startMs + byMs, endMs: span.endMs + byMs });
  return segments.map((segment) => ({ ...move(segment), words: segment.words.map(move) }));
}

/**
 * Takes away what was "heard" where there is only silence, and lets words begin and end with the sound: an engine tends to begin a sentence
 * in the silence before it.
 * @param spans where it is loud, in their order
 */
export function withinSound(segments: readonly Segment[], spans: readonly Span[]): Segment[] {
  return segments.flatMap((segment) => {
    if (!spans.some(({ startMs, endMs }) => startMs - slackMs < segment.endMs && segment.startMs < endMs + slackMs))
      return [];
    const words = segment.words.map((word) => fitted(word, spans));
    const startMs = words[0]?.startMs ?? segment.startMs;
    return [{ startMs, endMs: Math.max(startMs, words.at(-1)?.endMs ?? segment.endMs), words }];
  });
}

function fitted(word: Word, spans: readonly Span[]): Word {
  const touched = spans.filter(({ startMs, endMs }) => startMs < word.endMs && word.startMs < endMs);
  const [first, last] = [touched[0], touched.at(-1)];
  if (!first || !last) return word;
  return { ...word, startMs: Math.max(word.startMs, first.startMs), endMs: Math.min(word.endMs, last.endMs) };
}
