/** A session's chapters as a file for other programs. */
import type { ChapterFormat } from '../../../shared/api.ts';
import type { Session } from '../../../shared/domain.ts';
import type { Language } from '../../../shared/errors.ts';
import { chapterList, noteList } from './chapter-list.ts';
import { toFfmetadata } from './ffmetadata.ts';
import { toWebVtt } from './webvtt.ts';
import { toYoutube } from './youtube.ts';

export interface ChapterFile {
  readonly text: string;
  readonly type: string;
  readonly fileName: string;
  /** Chapters that the format has no place for. */
  readonly leftOut: number;
}

export function exportChapters(session: Session, format: ChapterFormat, language: Language): ChapterFile {
  const { name } = session;
  const chapters = chapterList(session, language);
  const plain = 'text/plain; charset=utf-8';
  switch (format) {
    case 'webvtt': {
      const text = toWebVtt(name, chapters, noteList(session));
      return { text, type: 'text/vtt; charset=utf-8', fileName: `${name}.chapters.vtt`, leftOut: 0 };
    }
    case 'ffmetadata': {
      const text = toFfmetadata(name, chapters, noteList(session));
      return { text, type: plain, fileName: `${name}.ffmetadata.txt`, leftOut: 0 };
    }
    case 'youtube':
      return { type: plain, fileName: `${name}.youtube.txt`, ...toYoutube(chapters, session.durationMs, language) };
  }
}
