/** The files that are made of what was heard: pure. */
import type { Transcript } from '../engines/engine.ts';
import type { Marks } from '../tasks/task.ts';
import { cues, withoutLoops } from './cues.ts';
import { chaptersVtt, plainText, srt, webVtt } from './formats.ts';

export interface SubtitleFile {
  /** Of the result, as the status answer names it. */
  readonly name: 'subtitles' | 'srt' | 'words' | 'text' | 'chapters';
  readonly file: string;
  readonly type: string;
  readonly text: string;
}

/**
 * @param heard `track`: the audio track that was heard, from 1
 * @param marks the session's; chapters are a file of their own where there are some
 */
export function subtitleFiles(
  heard: Transcript & { readonly track: number | null; readonly durationMs: number },
  marks: Marks,
): SubtitleFile[] {
  const { language, track, durationMs } = heard;
  const segments = withoutLoops(heard.segments);
  const shown = cues(segments);
  const words = { language, track, durationMs, segments };
  const chapters = marks.some(({ kind }) => kind === 'chapter');
  return [
    { name: 'subtitles', file: 'subtitles.vtt', type: 'text/vtt; charset=utf-8', text: webVtt(shown, language) },
    { name: 'srt', file: 'subtitles.srt', type: 'application/x-subrip; charset=utf-8', text: srt(shown) },
    { name: 'words', file: 'words.json', type: 'application/json', text: JSON.stringify(words) },
    { name: 'text', file: 'text.txt', type: 'text/plain; charset=utf-8', text: plainText(segments) },
    ...(chapters
      ? [
          {
            name: 'chapters',
            file: 'chapters.vtt',
            type: 'text/vtt; charset=utf-8',
            text: chaptersVtt(marks, durationMs),
          } as const,
        ]
      : []),
  ];
}
