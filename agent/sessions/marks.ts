/** Chapters and notes: kept for every container, and given to OBS as real chapters where its format has them. */
import { randomUUID } from 'node:crypto';
import type { MarkChange, NewMark } from '../../shared/api.ts';
import { type Mark, type MarkKind, markTextLimits, type Session } from '../../shared/domain.ts';
import { type Language, StreamAIError } from '../../shared/errors.ts';
import type { Log } from '../log.ts';
import type { RecordCommands } from '../obs/commands.ts';
import type { ObsConnection } from '../obs/connection.ts';
import type { MarksService } from '../services.ts';
import { chapterName } from './chapters/chapter-list.ts';
import type { SessionBook } from './session-book.ts';
import { isActive } from './session-state.ts';
import type { StoredSession } from './session-store.ts';

/** A session with more would make every message about it heavy. */
export const mostMarks = 500;

export interface MarksPorts {
  readonly book: SessionBook;
  readonly obs: Pick<ObsConnection, 'connected' | 'unavailable'>;
  readonly commands: Pick<RecordCommands, 'chapter'>;
  /** Of the words for a chapter without a name that goes into a file. */
  readonly language: () => Language;
  readonly now: () => number;
  readonly log: Log;
}

export class Marks implements MarksService {
  readonly #ports: MarksPorts;

  constructor(ports: MarksPorts) {
    this.#ports = ports;
  }

  /** A chapter here and now. */
  async chapter(text?: string): Promise<Session> {
    const { book, obs } = this.#ports;
    const active = book.active();
    if (!active) throw obs.connected ? new StreamAIError('not_recording') : obs.unavailable();
    return this.add(active.id, { kind: 'chapter', ...(text === undefined ? {} : { text }) });
  }

  async add(sessionId: string, { kind, text = '', atMs }: NewMark): Promise<Session> {
    const { book, now } = this.#ports;
    const session = book.store.get(sessionId);
    const isNow = atMs === undefined;
    if (isNow && !isActive(session.run.state)) throw new StreamAIError('mark_time_missing');
    if (session.marks.length >= mostMarks) throw new StreamAIError('too_many_marks', { limit: mostMarks });
    const mark: Mark = {
      id: randomUUID(),
      kind,
      atMs: isNow ? this.#duration(session) : this.#place(session, atMs),
      text: checkedText(kind, text),
      inFile: false,
      createdAt: new Date(now()).toISOString(),
    };
    book.changeMark(sessionId, { save: mark });
    if (isNow && kind === 'chapter') await this.#giveToObs(sessionId, mark);
    return book.view(sessionId);
  }

  change(sessionId: string, markId: string, { text, atMs }: MarkChange): Session {
    const { book } = this.#ports;
    const session = book.store.get(sessionId);
    const mark = find(session, markId);
    const changed: Mark = {
      ...mark,
      text: text === undefined ? mark.text : checkedText(mark.kind, text),
      atMs: atMs === undefined ? mark.atMs : this.#place(session, atMs),
    };
    return book.changeMark(sessionId, { save: changed });
  }

  remove(sessionId: string, markId: string): Session {
    const { book } = this.#ports;
    const mark = find(book.store.get(sessionId), markId);
    return book.changeMark(sessionId, { remove: mark.id });
  }

  /** OBS declines for formats without chapters and while paused; ours is kept all the same. */
  async #giveToObs(sessionId: string, { id }: Mark): Promise<void> {
    const { book, obs, commands, language, log } = this.#ports;
    if (!obs.connected) return;
    const ours = (): Mark | undefined => book.store.find(sessionId)?.marks.find((mark) => mark.id === id);
    try {
      const name = chapterName(book.store.get(sessionId).marks, id, language());
      await commands.chapter(name);
      // It may have been changed or removed meanwhile.
      const mark = ours();
      if (!mark) return;
      book.changeMark(sessionId, { save: { ...mark, inFile: true } });
    } catch (error) {
      log.debug({ err: error, sessionId }, 'OBS did not take a chapter');
    }
  }

  /** @throws StreamAIError mark_time_beyond */
  #place(session: StoredSession, atMs: number): number {
    const limit = this.#duration(session);
    if (atMs > limit) throw new StreamAIError('mark_time_beyond', { limit });
    return atMs;
  }

  #duration(session: StoredSession): number {
    return this.#ports.book.moment(session).recordedMs;
  }
}

function find(session: StoredSession, markId: string): Mark {
  const mark = session.marks.find(({ id }) => id === markId);
  if (!mark) throw new StreamAIError('mark_not_found');
  return mark;
}

/** A chapter's name is one line. @throws StreamAIError mark_empty | mark_text_too_long */
function checkedText(kind: MarkKind, text: string): string {
  const visible = text
    .toWellFormed()
    .normalize('NFC')
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\P{Cc}\n\t]/gu, '');
  const tidy = (kind === 'chapter' ? visible.replaceAll(/\s+/g, ' ') : visible).trim();
  const limit = markTextLimits[kind];
  if (tidy.length > limit) throw new StreamAIError('mark_text_too_long', { limit });
  if (kind === 'note' && tidy === '') throw new StreamAIError('mark_empty');
  return tidy;
}
