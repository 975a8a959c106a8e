/** Chapters in ffmpeg's metadata format: `ffmpeg -i in.mkv -i chapters.txt -map_metadata 1 -codec copy out.mkv`. */
import type { Chapter, Note } from './chapter-list.ts';

/**
 * https://ffmpeg.org/ffmpeg-formats.html#Metadata-2: `=`, `;`, `#`, `\` and a newline need a backslash. A line that ends with
 * an escaped backslash goes on for ffmpeg (seen on 5.1); a blank behind it ends it.
 */
const escaped = (text: string): string => text.replaceAll(/[=;#\\\n]/g, '\\$&').replace(/\\$/, '\\ ');

/** Notes go along as comments. */
export function toFfmetadata(title: string, chapters: readonly Chapter[], notes: readonly Note[]): string {
  const comments = notes.flatMap(({ atMs, text }) =>
    `${(atMs / 1000).toFixed(3)} s: ${text}`.split('\n').map((line) => `; ${line}`),
  );
  const sections = chapters.map(
    ({ startMs, endMs, name }) =>
      `[CHAPTER]\nTIMEBASE=1/1000\nSTART=${startMs}\nEND=${endMs}\ntitle=${escaped(name)}\n`,
  );
  return [`;FFMETADATA1`, `title=${escaped(title)}`, ...comments, '', sections.join('\n')].join('\n');
}
