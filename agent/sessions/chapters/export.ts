/** A session's chapters as a file for other programs. */
import type { ChapterFormat } from '../../../shared/api.ts';
import type { Session } from '../../../shared/domain.ts';
import type { Language } from '../../../shared/errors.ts';
import { chapterList, noteList } from './chapter-list.ts';
import { toFfmetadata } from './ffmetadata.ts';
import { filePart } from './file-part.ts';
import { toWebVtt } from './webvtt.ts';
import { toYoutube } from './youtube.ts';

export interface ChapterFile {
  readonly text: string;
  readonly type: string;
  readonly fileName: string;
  /** Chapters that the format has no place for. */
  readonly leftOut: number;
}

/**
 * @param recordingId of one file of the session, whose chapters are then counted from its beginning; null: of the whole session
 * @throws StreamAIError recording_not_found | recording_place_unknown
 */
export function exportChapters(
  session: Session,
  format: ChapterFormat,
  language: Language,
  recordingId: string | null = null,
): ChapterFile {
  const part = filePart(session, recordingId);
  const { name, durationMs } = part;
  const chapters = chapterList(part, language, part.allMarks);
  const plain = 'text/plain; charset=utf-8';
  switch (format) {
    case 'webvtt': {
      const text = toWebVtt(name, chapters, noteList(part));
      return { text, type: 'text/vtt; charset=utf-8', fileName: `${name}.chapters.vtt`, leftOut: 0 };
    }
    case 'ffmetadata': {
      const text = toFfmetadata(name, chapters, noteList(part));
      return { text, type: plain, fileName: `${name}.ffmetadata.txt`, leftOut: 0 };
    }
    case 'youtube':
      return { type: plain, fileName: `${name}.youtube.txt`, ...toYoutube(chapters, durationMs, language) };
  }
}
