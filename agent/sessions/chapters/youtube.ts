/**
 * Chapters as lines for a YouTube description. YouTube shows them when the first is at 0:00, there are at least three, in
 * order, and each lasts 10 seconds or more: https://support.google.com/youtube/answer/9884579
 */
import type { Language } from '../../../shared/errors.ts';
import { type Chapter, chapterWords } from './chapter-list.ts';

const shortestMs = 10_000;
const fewest = 3;
const hourMs = 3_600_000;

const warnings = {
  en: 'YouTube shows chapters only from three on, each of 10 seconds or more.',
  fr: 'YouTube n’affiche les chapitres qu’à partir de trois, de 10 secondes ou plus chacun.',
} as const;

export interface YoutubeChapters {
  readonly text: string;
  /** How many were left out because they were too short. */
  readonly leftOut: number;
}

/** A comment line stands first where there are too few. */
export function toYoutube(chapters: readonly Chapter[], durationMs: number, language: Language): YoutubeChapters {
  const [first, ...others] = chapters;
  // What begins in the first seconds is the beginning; otherwise the beginning gets a name of its own.
  const isOpening = first !== undefined && first.startMs < shortestMs;
  const lines =
    first === undefined ? [] : [{ startMs: 0, name: isOpening ? first.name : chapterWords[language].start }];
  const rest = isOpening ? others : chapters;
  for (const { startMs, name } of rest) {
    const sincePrevious = startMs - (lines.at(-1)?.startMs ?? 0);
    if (sincePrevious >= shortestMs && durationMs - startMs >= shortestMs) lines.push({ startMs, name });
  }
  const text = lines.map(({ startMs, name }) => `${stamp(startMs, durationMs >= hourMs)} ${plain(name)}\n`).join('');
  const warning = lines.length < fewest ? `# ${warnings[language]}\n` : '';
  const kept = Math.max(0, lines.length - 1);
  return { text: warning + text, leftOut: rest.length - kept };
}

/** `1:02`, `1:02:03`; all of a list the same way. */
function stamp(ms: number, withHours: boolean): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (!withHours) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** A description cannot have angle brackets. */
const plain = (name: string): string => name.replaceAll('<', '‹').replaceAll('>', '›');
