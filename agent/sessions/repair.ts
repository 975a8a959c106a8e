/**
 * A session whose row cannot be read any more, because a program wrote into the database what does not belong there, is no reason for
 * the others to be lost: what of it makes sense stays, the rest takes its plainest value, and its card says so. The rows as they were
 * are kept as JSON in the `state` table.
 */
import * as z from 'zod';
import {
  containerSchema,
  markKinds,
  recordingStates,
  sessionMetadataSchema,
  sessionStates,
  startedBySchema,
  subtitleModels,
} from '../../shared/domain.ts';
import { errorInfoSchema } from '../../shared/error-schema.ts';
import { errorInfo } from '../../shared/errors.ts';
import { longestRecordingMs } from '../obs/protocol.ts';
import { type Database, transaction } from '../storage/database.ts';
import { dateOr, isBetween, isDate, isOneOf, rightOr } from '../storage/right-or.ts';
import { StateStore } from '../storage/state-store.ts';
import { endings } from './session-state.ts';

const timeOr = (column: string, otherwise: string): string =>
  rightOr(column, isBetween(column, 0, longestRecordingMs), otherwise);

const repairSession = `UPDATE sessions SET
  ${dateOr('started_at', `iif(${isDate('as_of')}, as_of, 0)`)}, ${dateOr('stopped_at', 'NULL')}, ${dateOr('as_of', '0')},
  ${timeOr('paused_at_ms', 'NULL')}, ${timeOr('duration_ms', '0')}, ${timeOr('elapsed_ms', '0')}, ${timeOr('behind_ms', '0')},
  ${rightOr('state', isOneOf('state', sessionStates), `'interrupted'`)},
  ${rightOr('started_by', isOneOf('started_by', startedBySchema.options), `'obs'`)},
  ${rightOr('ending', isOneOf('ending', endings), 'NULL')}, ${rightOr('auto_upload', isOneOf('auto_upload', [0, 1]), '0')},
  ${rightOr('subtitle_model', isOneOf('subtitle_model', subtitleModels), `'base'`)},
  ${rightOr('priority', isBetween('priority', 1, 10), '1')},
  metadata = ?, notices = ? WHERE id = ?`;

const repairRecordings = `UPDATE recordings SET
  ${rightOr('state', isOneOf('state', recordingStates), `'missing'`)},
  ${rightOr('bytes', isBetween('bytes', 0, Number.MAX_SAFE_INTEGER), '0')},
  ${rightOr('container', isOneOf('container', containerSchema.options), 'NULL')},
  ${rightOr('finalised', isOneOf('finalised', [0, 1]), 'NULL')},
  ${dateOr('started_at', '0')}, ${dateOr('ended_at', 'NULL')}, ${dateOr('modified_at', 'NULL')},
  ${timeOr('start_ms', 'NULL')}, ${timeOr('duration_ms', 'NULL')} WHERE session_id = ?`;

const repairMarks = `UPDATE marks SET
  ${rightOr('kind', isOneOf('kind', markKinds), `'note'`)}, ${rightOr('in_file', isOneOf('in_file', [0, 1]), '0')},
  ${timeOr('at_ms', '0')}, ${dateOr('created_at', '0')} WHERE session_id = ?`;

/** Makes a session's rows readable; what they were is in the state `damaged/<id>`. */
export function repair(database: Database, id: string): void {
  transaction(database, () => {
    const rows = (sql: string): Record<string, unknown>[] => {
      const statement = database.prepare(sql);
      // Some are larger than a number can tell.
      statement.setReadBigInts(true);
      return statement.all(id);
    };
    const [session] = rows('SELECT * FROM sessions WHERE id = ?');
    if (session === undefined) return;
    const recordings = rows('SELECT * FROM recordings WHERE session_id = ?');
    const marks = rows('SELECT * FROM marks WHERE session_id = ?');
    const asText = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
    new StateStore(database).set(`damaged/${id}`, JSON.parse(JSON.stringify({ session, recordings, marks }, asText)));
    const metadata = readableMetadata(json(session.metadata));
    const notices = z.array(errorInfoSchema).catch([]).parse(json(session.notices));
    const told = [...notices.filter(({ code }) => code !== 'session_damaged'), errorInfo('session_damaged')];
    database.prepare(repairSession).run(JSON.stringify(metadata), JSON.stringify(told), id);
    database.prepare(repairRecordings).run(id);
    database.prepare(repairMarks).run(id);
  });
}

function json(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

/** Each fact for itself: one that makes no sense takes no other one with it. */
function readableMetadata(found: unknown): Record<string, unknown> {
  const facts = z.record(z.string(), z.unknown()).catch({}).parse(found);
  const readable = Object.entries(sessionMetadataSchema.shape).flatMap(([name, schema]) => {
    const parsed = schema.safeParse(facts[name]);
    return parsed.success && parsed.data !== undefined ? [[name, parsed.data] as const] : [];
  });
  return Object.fromEntries(readable);
}
