/** Sessions and their recordings in SQLite; the only place that reads or writes these two tables. */
import path from 'node:path';
import type { StatementSync } from 'node:sqlite';
import * as z from 'zod';
import type { ListQuery } from '../../shared/api.ts';
import {
  containerSchema,
  type Mark,
  prioritySchema,
  recordingStateSchema,
  type Session,
  type SessionMetadata,
  sessionMetadataSchema,
  sessionStateSchema,
  startedBySchema,
  subtitleModelSchema,
} from '../../shared/domain.ts';
import { errorInfoSchema } from '../../shared/error-schema.ts';
import { type ErrorCode, type ErrorInfo, StreamAIError } from '../../shared/errors.ts';
import { nameKey } from '../../shared/naming.ts';
import { type Database, transaction } from '../storage/database.ts';
import { latestDate } from '../storage/right-or.ts';
import type { RecordingFile } from '../uploads/recordings.ts';
import { cursorAfter, historyQuery, searchText } from './history.ts';
import { MarkStore } from './mark-store.ts';
import { repair } from './repair.ts';
import { type Ending, endings, type Moment, pausesOf, type Run, type RunFile } from './session-state.ts';

/** A session as it is stored: what a person chose, and its run. */
export interface StoredSession {
  readonly id: string;
  readonly name: string;
  readonly startedBy: Session['startedBy'];
  readonly autoUpload: boolean;
  readonly subtitleModel: Session['subtitleModel'];
  readonly priority: number;
  readonly notes: string;
  /** Kept by MarkStore; `save` leaves them alone. */
  readonly marks: readonly Mark[];
  /** Whether ThumbnailStore has one; `save` leaves it alone. */
  readonly thumbnail: boolean;
  readonly metadata: SessionMetadata;
  /** What a person should know about it; each is there once. */
  readonly notices: readonly ErrorInfo[];
  readonly run: Run;
  /** Ids of `run.files`, in the same order. */
  readonly fileIds: readonly string[];
}

const flag = z.literal([0, 1]).transform((value) => value === 1);
/** ms since 1970. */
const date = z.number().min(-latestDate).max(latestDate);
const sessionRow = z.object({
  id: z.string(),
  name: z.string(),
  state: sessionStateSchema,
  started_by: startedBySchema,
  started_at: date,
  stopped_at: date.nullable(),
  paused_at_ms: z.number().nullable(),
  duration_ms: z.number(),
  elapsed_ms: z.number(),
  as_of: z.number(),
  behind_ms: z.number(),
  ending: z.enum(endings).nullable(),
  auto_upload: flag,
  subtitle_model: subtitleModelSchema,
  priority: prioritySchema,
  notes: z.string(),
  metadata: z.string(),
  notices: z.string(),
  thumbnail: flag,
});
const endRow = z.object({ ending: z.enum(endings).nullable(), files: z.number() });
const noticesSchema = z.array(errorInfoSchema);
const recordingRow = z.object({
  id: z.string(),
  session_id: z.string(),
  number: z.number(),
  path: z.string(),
  state: recordingStateSchema,
  bytes: z.number(),
  container: containerSchema.nullable(),
  finalised: flag.nullable(),
  started_at: date,
  ended_at: date.nullable(),
  start_ms: z.number().nullable(),
  duration_ms: z.number().nullable(),
  modified_at: z.number().nullable(),
  inode: z.string().nullable(),
});

export class SessionStore {
  readonly #database: Database;
  readonly #marks: MarkStore;
  readonly #files: StatementSync;

  constructor(database: Database) {
    this.#database = database;
    this.#marks = new MarkStore(database);
    this.#files = database.prepare(
      'SELECT * FROM recordings WHERE session_id IN (SELECT value FROM json_each(?)) ORDER BY number',
    );
    // Those that were saved before there was a search over more than names.
    for (const session of this.#read('WHERE search IS NULL')) this.#saveSearch(session);
  }

  find(id: string): StoredSession | undefined {
    return this.#read('WHERE id = ?', id)[0];
  }

  /** @throws StreamAIError session_not_found */
  get(id: string): StoredSession {
    const session = this.find(id);
    if (!session) throw new StreamAIError('session_not_found');
    return session;
  }

  /** The session that OBS records now, as far as we know: the newest one that is not over. */
  active(): StoredSession | undefined {
    return this.#read(
      `WHERE state NOT IN ('recorded', 'interrupted') AND state IN ('recording', 'paused', 'stopping')
       ORDER BY started_at DESC, id DESC LIMIT 1`,
    )[0];
  }

  /** How a session has ended and how many files it has, which is asked again and again as long as these are looked at. */
  endOf(id: string): { ending: Ending | null; files: { length: number } } | undefined {
    const row = this.#database
      .prepare(
        `SELECT ending, (SELECT COUNT(*) FROM recordings WHERE session_id = sessions.id) AS files FROM sessions WHERE id = ?`,
      )
      .get(id);
    const found = endRow.safeParse(row);
    return found.success ? { ending: found.data.ending, files: { length: found.data.files } } : undefined;
  }

  /** Sessions that still wait for OBS or for their files, oldest first. */
  unfinished(): StoredSession[] {
    return this.#read(`WHERE state NOT IN ('recorded', 'interrupted') ORDER BY started_at, id`);
  }

  /** Sessions that have finished files here, newest first. */
  withLocalFiles(): StoredSession[] {
    return this.#read(
      `WHERE id IN (SELECT session_id FROM recordings WHERE state = 'ready') ORDER BY started_at DESC, id DESC`,
    );
  }

  /** Sessions that tell this on their cards, oldest first. */
  withNotice(code: ErrorCode): StoredSession[] {
    // What is damaged tells nothing here; whoever reads that session repairs it.
    const each = "SELECT 1 FROM json_each(notices) WHERE json_extract(notices, fullkey || '.code') = ?";
    const told = `CASE WHEN json_valid(notices) THEN EXISTS (${each}) ELSE 0 END`;
    return this.#read(`WHERE ${told} ORDER BY started_at, id`, code);
  }

  /** Folders that recordings were written to, the newest first. */
  recordedFolders(): string[] {
    const rows = this.#database.prepare('SELECT path FROM recordings ORDER BY started_at DESC').all();
    return [...new Set(rows.map((row) => path.dirname(String(row.path))))];
  }

  /** Recordings that OBS writes, or has not closed yet. */
  unclosed(): string[] {
    return this.#database
      .prepare(
        `SELECT recordings.id FROM sessions JOIN recordings ON recordings.session_id = sessions.id
         WHERE sessions.state NOT IN ('recorded', 'interrupted') AND recordings.state IN ('writing', 'finalising')
         ORDER BY sessions.started_at, sessions.id, recordings.number`,
      )
      .all()
      .map(({ id }) => String(id));
  }

  /** The newest session that has a recording at this path. */
  byPath(file: string): StoredSession | undefined {
    return this.#read(
      'WHERE id IN (SELECT session_id FROM recordings WHERE path = ?) ORDER BY started_at DESC, rowid DESC LIMIT 1',
      file,
    )[0];
  }

  /** The session that a recording is of. */
  ofRecording(recordingId: string): StoredSession | undefined {
    return this.#read('WHERE id = (SELECT session_id FROM recordings WHERE id = ?)', recordingId)[0];
  }

  /** Sessions whose name is this one, however it is written. At most one, since names are unique. */
  byName(name: string): StoredSession | undefined {
    return this.#read('WHERE name_key = ?', nameKey(name))[0];
  }

  /** Where a recording's file is; null when the recording is not known. */
  recordingFile(recordingId: string): RecordingFile | null {
    const found = this.#database.prepare('SELECT session_id FROM recordings WHERE id = ?').get(recordingId);
    const session = found === undefined ? undefined : this.find(String(found.session_id));
    const row = session?.run.files[session.fileIds.indexOf(recordingId)];
    if (row === undefined) return null;
    const { path: file, container, bytes, modifiedAt, inode, state } = row;
    const closed = state === 'ready' ? { bytes, modifiedAt, inode } : null;
    return { path: file, fileName: path.basename(file), container, closed };
  }

  isNameTaken(name: string): boolean {
    return this.#database.prepare('SELECT 1 FROM sessions WHERE name_key = ?').get(nameKey(name)) !== undefined;
  }

  /** Newest first; the cursor is the place after the last one given. */
  page(query: ListQuery): { sessions: StoredSession[]; nextCursor: string | null } {
    const { sql, values } = historyQuery(query);
    const ids = this.#database
      .prepare(sql)
      .all(...values)
      .map(({ id }) => String(id));
    const shown = this.#read(
      'WHERE id IN (SELECT value FROM json_each(?)) ORDER BY started_at DESC, id DESC',
      JSON.stringify(ids.slice(0, query.limit)),
    );
    const last = shown.at(-1);
    const more = ids.length > query.limit && last !== undefined;
    return {
      sessions: shown,
      nextCursor: more ? cursorAfter({ id: last.id, startedAt: last.run.startedAt }) : null,
    };
  }

  /** Inserts, replaces or removes a mark. */
  changeMark(sessionId: string, change: { readonly save: Mark } | { readonly remove: string }): void {
    transaction(this.#database, () => {
      if ('save' in change) this.#marks.save(sessionId, change.save);
      else this.#marks.delete(change.remove);
      this.#saveSearch(this.get(sessionId));
    });
  }

  /** Inserts or replaces a session with all its recordings, in one transaction. */
  save(session: StoredSession): void {
    const { run } = session;
    transaction(this.#database, () => {
      this.#database
        .prepare(
          `INSERT INTO sessions (id, name, name_key, state, started_by, started_at, stopped_at, paused_at_ms, ending,
             duration_ms, elapsed_ms, as_of, behind_ms, auto_upload, subtitle_model, priority, notes, metadata, notices, search)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key, state = excluded.state,
             started_at = excluded.started_at, stopped_at = excluded.stopped_at, paused_at_ms = excluded.paused_at_ms,
             ending = excluded.ending, duration_ms = excluded.duration_ms, elapsed_ms = excluded.elapsed_ms,
             as_of = excluded.as_of, behind_ms = excluded.behind_ms, auto_upload = excluded.auto_upload,
             subtitle_model = excluded.subtitle_model, priority = excluded.priority, notes = excluded.notes,
             metadata = excluded.metadata, notices = excluded.notices,
             search = excluded.search`,
        )
        .run(
          session.id,
          session.name,
          nameKey(session.name),
          run.state,
          session.startedBy,
          run.startedAt,
          run.stoppedAt,
          run.pausedAtMs,
          run.ending,
          run.asOf.recordedMs,
          run.asOf.elapsedMs,
          run.asOf.date,
          run.asOf.behindMs ?? 0,
          Number(session.autoUpload),
          session.subtitleModel,
          session.priority,
          session.notes,
          JSON.stringify({ ...session.metadata, ...pausesOf(run) }),
          JSON.stringify(session.notices),
          searchOf(session),
        );
      const saveFile = this.#database.prepare(
        `INSERT INTO recordings (id, session_id, number, path, state, bytes, container, finalised, started_at, ended_at,
           start_ms, duration_ms, modified_at, inode)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET path = excluded.path, state = excluded.state, bytes = excluded.bytes,
           container = excluded.container, finalised = excluded.finalised, ended_at = excluded.ended_at,
           start_ms = excluded.start_ms, duration_ms = excluded.duration_ms, modified_at = excluded.modified_at, inode = excluded.inode`,
      );
      for (const [index, file] of run.files.entries()) {
        const id = session.fileIds[index];
        if (id === undefined) throw new Error('a recording without an id');
        const finalised = file.finalised === null ? null : Number(file.finalised);
        saveFile.run(
          id,
          session.id,
          file.number,
          file.path,
          file.state,
          file.bytes,
          file.container,
          finalised,
          file.startedAt,
          file.endedAt,
          file.startMs,
          file.durationMs,
          file.modifiedAt,
          file.inode,
        );
      }
    });
  }

  /** How far a session that goes on has got, and nothing else. */
  saveMoment(id: string, { date, recordedMs, elapsedMs, behindMs = 0 }: Moment): void {
    this.#database
      .prepare('UPDATE sessions SET duration_ms = ?, elapsed_ms = ?, as_of = ?, behind_ms = ? WHERE id = ?')
      .run(recordedMs, elapsedMs, date, behindMs, id);
  }

  #saveSearch(session: StoredSession): void {
    this.#database.prepare('UPDATE sessions SET search = ? WHERE id = ?').run(searchOf(session), session.id);
  }

  delete(id: string): void {
    this.#database.prepare('DELETE FROM sessions WHERE id = ?').run(id);
  }

  /** One that cannot be read keeps no other one from being read: it is repaired, and says so. */
  #read(where: string, ...values: (string | number)[]): StoredSession[] {
    try {
      return this.#readAll(where, ...values);
    } catch {
      for (const row of this.#database.prepare(`SELECT id FROM sessions ${where}`).all(...values)) {
        const id = String(row.id);
        try {
          this.#readAll('WHERE id = ?', id);
        } catch {
          repair(this.#database, id);
        }
      }
      return this.#readAll(where, ...values);
    }
  }

  #readAll(where: string, ...values: (string | number)[]): StoredSession[] {
    const sessions = this.#database
      .prepare(
        `SELECT *, EXISTS (SELECT 1 FROM thumbnails WHERE session_id = sessions.id) AS thumbnail FROM sessions ${where}`,
      )
      .all(...values);
    if (sessions.length === 0) return [];
    const rows = sessions.map((row) => sessionRow.parse(row));
    const files = this.#files.all(JSON.stringify(rows.map((row) => row.id))).map((row) => recordingRow.parse(row));
    const filesOf = Map.groupBy(files, (file) => file.session_id);
    const marks = this.#marks.ofSessions(rows.map((row) => row.id));
    return rows.map((row) => {
      const own = filesOf.get(row.id) ?? [];
      const metadata = sessionMetadataSchema.parse(JSON.parse(row.metadata));
      return {
        id: row.id,
        name: row.name,
        startedBy: row.started_by,
        autoUpload: row.auto_upload,
        subtitleModel: row.subtitle_model,
        priority: row.priority,
        notes: row.notes,
        marks: marks.get(row.id) ?? [],
        thumbnail: row.thumbnail,
        metadata,
        notices: noticesSchema.parse(JSON.parse(row.notices)),
        fileIds: own.map((file) => file.id),
        run: {
          state: row.state,
          startedAt: row.started_at,
          stoppedAt: row.stopped_at,
          asOf: momentOf(row),
          pausedAtMs: row.paused_at_ms,
          pauses: metadata.pauses,
          pausesLeftOut: metadata.pausesLeftOut ?? 0,
          ending: row.ending,
          files: own.map(
            (file): RunFile => ({
              number: file.number,
              path: file.path,
              state: file.state,
              bytes: file.bytes,
              container: file.container,
              finalised: file.finalised,
              startedAt: file.started_at,
              endedAt: file.ended_at,
              startMs: file.start_ms,
              durationMs: file.duration_ms,
              modifiedAt: file.modified_at,
              inode: file.inode,
            }),
          ),
        },
      };
    });
  }
}

function momentOf(row: z.infer<typeof sessionRow>): Moment {
  const { as_of: date, duration_ms: recordedMs, elapsed_ms: elapsedMs, behind_ms: behindMs } = row;
  return { date, recordedMs, elapsedMs, ...(behindMs === 0 ? {} : { behindMs }) };
}

/** What a session is found by. */
function searchOf({ name, notes, marks, metadata }: StoredSession): string {
  const scenes = new Set(metadata.scenes.map((scene) => scene.name));
  return searchText([name, notes, ...marks.map((mark) => mark.text), ...scenes]);
}
