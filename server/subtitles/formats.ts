/** Subtitles as files: WebVTT (W3C), SubRip, plain text; chapters as WebVTT. Pure. */
import type { Segment } from '../engines/engine.ts';
import type { Marks } from '../tasks/task.ts';
import type { Cue } from './cues.ts';

/** https://www.w3.org/TR/webvtt1/ */
export function webVtt(cues: readonly Cue[], language: string | null): string {
  const head = `WEBVTT${language === null ? '' : `\nLanguage: ${language}`}\n`;
  const blocks = cues.map(({ startMs, endMs, lines }, index) => {
    return `${index + 1}\n${time(startMs, '.')} --> ${time(endMs, '.')}\n${lines.map(escapeVtt).join('\n')}\n`;
  });
  return [head, ...blocks].join('\n');
}

export function srt(cues: readonly Cue[]): string {
  const block = ({ startMs, endMs, lines }: Cue, index: number): string =>
    `${index + 1}\n${time(startMs, ',')} --> ${time(endMs, ',')}\n${lines.map(oneLine).join('\n')}\n`;
  return cues.map(block).join('\n');
}

/** A paragraph ends where somebody is silent for two seconds. */
export function plainText(segments: readonly Segment[]): string {
  let ended = Number.NEGATIVE_INFINITY;
  let written = '';
  for (const segment of segments) {
    const said = segment.words
      .map((word) => word.text)
      .join('')
      .replace(/\s+/gu, ' ')
      .trim();
    if (said === '') continue;
    if (written !== '') written += segment.startMs - ended >= 2000 ? '\n\n' : ' ';
    written += said;
    ended = segment.endMs;
  }
  return written === '' ? '' : `${written}\n`;
}

/** Chapters as browsers' and VLC's `<track kind="chapters">` read them; each lasts until the next one. */
export function chaptersVtt(marks: Marks, durationMs: number): string {
  const chapters = marks.filter(({ kind }) => kind === 'chapter').toSorted((a, b) => a.offsetMs - b.offsetMs);
  const cues = chapters.map(({ offsetMs, text }, index) => {
    const endMs = Math.max(offsetMs + 1, chapters[index + 1]?.offsetMs ?? durationMs);
    return { startMs: offsetMs, endMs, lines: [text.trim() === '' ? `Chapter ${index + 1}` : text] };
  });
  return webVtt(cues, null);
}

/** hh:mm:ss with thousandths, `.` before them in WebVTT, `,` in SubRip. Hours have two digits or more. */
function time(ms: number, point: '.' | ','): string {
  const whole = Math.max(0, Math.round(ms));
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes, seconds] = [whole / 3_600_000, (whole / 60_000) % 60, (whole / 1000) % 60].map(Math.floor);
  return `${two(hours ?? 0)}:${two(minutes ?? 0)}:${two(seconds ?? 0)}${point}${String(whole % 1000).padStart(3, '0')}`;
}

/** A line break would end the cue, an arrow would begin another one. */
const oneLine = (line: string): string => line.replace(/[\r\n\u2028\u2029\0]+/g, ' ').replaceAll('-->', '→');
const escapeVtt = (line: string): string =>
  oneLine(line).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
