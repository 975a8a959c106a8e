/** Chapters as WebVTT, for `<track kind="chapters">` and players: https://www.w3.org/TR/webvtt1/ */
import type { Chapter, Note } from './chapter-list.ts';

/** `00:01:02.345`; hours grow beyond two digits. */
function stamp(ms: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const rest = String(ms % 1000).padStart(3, '0');
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}.${rest}`;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Notes go along as comments, which end at a blank line and must not have an arrow. */
export function toWebVtt(title: string, chapters: readonly Chapter[], notes: readonly Note[]): string {
  const comment = (text: string): string => text.replaceAll(/\n\s*\n/g, '\n').replaceAll('-->', '→');
  const blocks = [
    `WEBVTT - ${comment(title)}`,
    ...notes.map(({ atMs, text }) => `NOTE ${stamp(atMs)} ${comment(text)}`),
    ...chapters.map(
      ({ startMs, endMs, name }, index) => `${index + 1}\n${stamp(startMs)} --> ${stamp(endMs)}\n${escaped(name)}`,
    ),
  ];
  return `${blocks.join('\n\n')}\n`;
}
