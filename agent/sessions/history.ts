/** What the history is asked for, as SQL: a page, words to find, a filter. */
import type { ListQuery, SessionFilter } from '../../shared/api.ts';
import { StreamAIError } from '../../shared/errors.ts';
import { searchKey } from '../../shared/naming.ts';

/** Session filters (shared/api.ts says what each means) as conditions on `sessions`: only what its index `sessions_history` has. */
const conditions: Readonly<Record<Exclude<SessionFilter, 'all'>, string>> = {
  uploading: `id IN (SELECT session_id FROM uploads WHERE state IN ('queued', 'uploading', 'waiting', 'paused'))`,
  failed: `id IN (
    SELECT session_id FROM uploads WHERE state = 'failed' AND NOT EXISTS (
      SELECT 1 FROM uploads AS later WHERE later.recording_id = uploads.recording_id
        AND later.destination = uploads.destination AND later.rowid > uploads.rowid AND later.state <> 'cancelled')
    UNION ALL
    SELECT session_id FROM tasks JOIN uploads ON uploads.id = tasks.upload_id WHERE tasks.status = 'error')`,
  uploaded: `delivery = 'all'`,
  'local-only': `delivery = 'none' AND state IN ('recorded', 'interrupted')`,
  interrupted: `state = 'interrupted'`,
};

/** The text that a session is found by. */
export function searchText(texts: readonly string[]): string {
  return searchKey(texts.join('\n'));
}

/** The ids of a page and of one session more, newest first. @throws StreamAIError invalid_request for a cursor that is none of ours */
export function historyQuery({ limit, cursor, q, filter = 'all' }: ListQuery): {
  sql: string;
  values: (string | number)[];
} {
  const where: string[] = [];
  const values: (string | number)[] = [];
  const after = parseCursor(cursor);
  if (after) {
    where.push('(started_at, id) < (?, ?)');
    values.push(after.startedAt, after.id);
  }
  const words = searchKey(q ?? '')
    .split(/\s+/)
    .filter(Boolean);
  if (words.length > 0) {
    // LIKE looks for the first byte in one go, where instr() walks through characters.
    where.push(...words.map(() => `search LIKE ? ESCAPE '\\'`));
    values.push(...words.map((word) => `%${word.replaceAll(/[\\%_]/g, '\\$&')}%`));
  }
  if (filter !== 'all') where.push(conditions[filter]);
  const condition = where.length > 0 ? `WHERE ${where.join(' AND ')}` : '';
  return {
    sql: `SELECT id FROM sessions ${condition} ORDER BY started_at DESC, id DESC LIMIT ?`,
    values: [...values, limit + 1],
  };
}

/** Where the next page begins. */
export function cursorAfter(last: { readonly id: string; readonly startedAt: number }): string {
  return `${last.startedAt}_${last.id}`;
}

function parseCursor(cursor: string | undefined): { startedAt: number; id: string } | null {
  if (cursor === undefined) return null;
  const [, startedAt, id] = /^(\d{1,16})_([\w-]{1,64})$/.exec(cursor) ?? [];
  if (startedAt === undefined || id === undefined) {
    throw new StreamAIError('invalid_request', { field: 'cursor', reason: 'this cursor was not given by StreamAI' });
  }
  return { startedAt: Number(startedAt), id };
}
