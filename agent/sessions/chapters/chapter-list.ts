/** A session's chapters as they are exported: in order, each with a name and an end. */
import type { Mark, Session } from '../../../shared/domain.ts';
import type { Language } from '../../../shared/errors.ts';

/** Milliseconds of recorded time, over all recordings of the session or in one file. */
export interface Chapter {
  readonly startMs: number;
  /** The next chapter's start, or the session's end; always after `startMs`. */
  readonly endMs: number;
  readonly name: string;
}

export interface Note {
  readonly atMs: number;
  readonly text: string;
}

export const chapterWords = {
  en: { chapter: (number: number) => `Chapter ${number}`, start: 'Start' },
  fr: { chapter: (number: number) => `Chapitre ${number}`, start: 'Début' },
} as const;

/** The name of one of a session's chapters: its own, or its number among them. */
export function chapterName(marks: readonly Mark[], id: string, language: Language): string {
  const chapters = marks.filter((mark) => mark.kind === 'chapter');
  const index = chapters.findIndex((mark) => mark.id === id);
  return chapters[index]?.text || chapterWords[language].chapter(index + 1);
}

/**
 * Chapters in order; one that begins where the one before does takes a millisecond of it.
 * @param allMarks among which one without a name is counted, where the session's are not all
 */
export function chapterList(
  session: Pick<Session, 'marks' | 'durationMs'>,
  language: Language,
  allMarks = session.marks,
): Chapter[] {
  const marks = session.marks.filter((mark) => mark.kind === 'chapter');
  const starts: number[] = [];
  for (const { atMs } of marks) {
    // After a crash the end of the file turned out to be earlier than it had seemed.
    const within = Math.min(atMs, Math.max(0, session.durationMs - 1));
    starts.push(Math.max(within, (starts.at(-1) ?? -1) + 1));
  }
  return marks.map((mark, index) => {
    const startMs = starts[index] ?? 0;
    const endMs = Math.max(starts[index + 1] ?? session.durationMs, startMs + 1);
    return { startMs, endMs, name: chapterName(allMarks, mark.id, language) };
  });
}

export function noteList(session: Pick<Session, 'marks'>): Note[] {
  return session.marks.filter((mark) => mark.kind === 'note').map(({ atMs, text }) => ({ atMs, text }));
}
