/**
 * From words to subtitles that can be read: pure. The lengths are those of Netflix's and the BBC's guides for subtitles: two lines of
 * 42 characters, no less than a second and no more than seven, broken at sentences, then at pauses, then at commas.
 */
import type { Segment, Word } from '../engines/engine.ts';

export interface Cue {
  readonly startMs: number;
  readonly endMs: number;
  /** One or two. */
  readonly lines: readonly string[];
}

export const longestLine = 42;
const mostLines = 2;
const shortestMs = 1000;
const longestMs = 7000;
/** Between two cues, so that the eye sees the change. */
const gapMs = 80;
/** A silence that ends a cue. */
const pauseMs = 800;
/** So often in a row the same line is the engine's loop, not speech: nobody says one sentence three times without a breath. */
const loop = 3;

/** @returns cues in their order that do not overlap */
export function cues(segments: readonly Segment[]): Cue[] {
  const words = withoutLoops(segments).flatMap((segment) => segment.words.flatMap(splitWord));
  return timed(blocks(words));
}

const text = (words: readonly Word[]): string =>
  words
    .map((word) => word.text)
    .join('')
    .replace(/\s+/gu, ' ')
    .trim();

/** Leaves one of a line that an engine repeats: it loops on music, noise and silence. */
export function withoutLoops(segments: readonly Segment[]): Segment[] {
  const kept: Segment[] = [];
  let first = 0;
  const key = (segment: Segment | undefined): string => (segment ? plain(text(segment.words)) : '');
  for (let index = 1; index <= segments.length; index++) {
    if (index < segments.length && key(segments[index]) === key(segments[first]) && key(segments[index]) !== '')
      continue;
    const run = segments.slice(first, index);
    kept.push(...(run.length >= loop ? run.slice(0, 1) : run));
    first = index;
  }
  return kept;
}

/** For comparing: without case, marks and blanks. */
const plain = (line: string): string => line.toLowerCase().replace(/[\p{P}\p{S}\s]+/gu, '');

/** A word as long as a line (a language without blanks, a link) is given in pieces, each with its part of the time. */
function splitWord(word: Word): Word[] {
  const cut = pieces(word.text, longestLine);
  return cut.map((piece, index) => {
    const at = (part: number): number => word.startMs + ((word.endMs - word.startMs) * part) / cut.length;
    return {
      text: piece,
      startMs: Math.round(at(index)),
      endMs: Math.round(at(index + 1)),
    };
  });
}

/** One after the other, what is shown at once: as much as fits, ended by the last good place to break. */
function blocks(words: readonly Word[]): Word[][] {
  const made: Word[][] = [];
  let rest = words.filter((word) => word.text.trim() !== '' || word.text === ' ');
  while (rest.length > 0) {
    const most = fitting(rest);
    const length = breakAt(rest, most);
    made.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return made.filter((block) => text(block) !== '');
}

/** How many words fit into one cue. A pause or a sentence's end before that ends it there. */
function fitting(words: readonly Word[]): number {
  const start = words[0]?.startMs ?? 0;
  for (let count = 1; count < words.length; count++) {
    const last = words[count - 1];
    const next = words[count];
    if (!last || !next) break;
    if (next.startMs - last.endMs >= pauseMs) return count;
    if (next.endMs - start > longestMs) return count;
    if (lines(text(words.slice(0, count + 1))).length > mostLines) return count;
    if (sentenceEnds(words, count) && last.endMs - start >= shortestMs) return count;
  }
  return words.length;
}

/** Where `most` words fit and more would follow without a pause: the last comma in the later half, else all that fits. */
function breakAt(words: readonly Word[], most: number): number {
  const last = words[most - 1];
  const next = words[most];
  if (!last || !next || next.startMs - last.endMs >= pauseMs || sentenceEnds(words, most)) return most;
  for (let count = most; count > most / 2; count--) {
    if (/[,;:–—،、，]\s*$/u.test(words[count - 1]?.text ?? '') && startsWord(words[count])) return count;
  }
  // A word's pieces stay together where that can be.
  for (let count = most; count > 1; count--) if (startsWord(words[count])) return count;
  return most;
}

/** Whisper's words carry the blank before them; a piece without one belongs to the word before. */
const startsWord = (word: Word | undefined): boolean => word === undefined || /^\s/u.test(word.text);

const sentenceEnds = (words: readonly Word[], count: number): boolean =>
  /[.!?…。！？]["'”’»)]*\s*$/u.test(words[count - 1]?.text ?? '') &&
  (startsWord(words[count]) || /[。！？]/u.test(words[count - 1]?.text ?? ''));

/** Breaks a text into lines of at most `longestLine`, two of like length rather than a long one and a word. */
export function lines(whole: string): string[] {
  const words = whole.split(' ').filter((word) => word !== '');
  const fill = (width: number): string[] => {
    const made: string[] = [];
    for (const word of words.flatMap((whole) => pieces(whole, width))) {
      const last = made.at(-1);
      if (last !== undefined && length(last) + 1 + length(word) <= width) made[made.length - 1] = `${last} ${word}`;
      else made.push(word);
    }
    return made;
  };
  const widest = fill(longestLine);
  if (widest.length !== mostLines) return widest;
  for (let width = Math.ceil(length(whole) / mostLines); width < longestLine; width++) {
    const even = fill(width);
    if (even.length === mostLines && even.every((line) => length(line) <= longestLine)) return even;
  }
  return widest;
}

const graphemes = (line: string): string[] => Array.from(new Intl.Segmenter().segment(line), ({ segment }) => segment);
const length = (line: string): number => graphemes(line).length;

/** A word longer than a line, in pieces of a line's length. */
function pieces(word: string, width: number): string[] {
  if (word.length <= width) return [word];
  const letters = graphemes(word);
  const count = Math.ceil(letters.length / width);
  return Array.from({ length: count }, (_, index) => letters.slice(index * width, (index + 1) * width).join(''));
}

/** Each cue is shown as long as it is spoken, and at least a second where the next one leaves that. */
function timed(made: readonly Word[][]): Cue[] {
  const starts = made.map((block) => Math.max(0, block[0]?.startMs ?? 0));
  const done: Cue[] = [];
  for (const [index, block] of made.entries()) {
    const before = done.at(-1);
    const startMs = Math.max(starts[index] ?? 0, before ? before.endMs : 0);
    const spokenUntil = Math.max(block.at(-1)?.endMs ?? startMs, startMs);
    const next = starts[index + 1] ?? Number.POSITIVE_INFINITY;
    const wanted = Math.min(Math.max(spokenUntil, startMs + shortestMs), startMs + longestMs);
    const until = next - startMs > shortestMs + gapMs ? next - gapMs : next;
    const endMs = Math.max(startMs + 1, Math.min(wanted, until));
    done.push({ startMs, endMs, lines: lines(text(block)) });
  }
  return done;
}
