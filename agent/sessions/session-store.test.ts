import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, test } from 'vitest';
import type { SessionFilter } from '../../shared/api.ts';
import { sessionSchema } from '../../shared/domain.ts';
import { type Database, openDatabase } from '../storage/database.ts';
import { migrations } from '../storage/migrations.ts';
import { bookFixture } from './book-fixture.ts';
import { NameCounters } from './name-counters.ts';
import { begin, firstMoment, type Moment, step } from './session-state.ts';
import { SessionStore, type StoredSession } from './session-store.ts';
import { viewSession } from './session-view.ts';

let store: SessionStore;
let database: Database;
beforeEach(() => {
  database = openDatabase(':memory:');
  store = new SessionStore(database);
});

const session = (id: string, startedAt: number, name = `Session ${id}`): StoredSession => ({
  id,
  name,
  startedBy: 'obs',
  autoUpload: true,
  subtitleModel: 'base',
  priority: 1,
  notes: '',
  marks: [],
  thumbnail: false,
  metadata: { scenes: [], pauses: [] },
  notices: [],
  run: begin(firstMoment(startedAt), `/rec/${id}.mkv`),
  fileIds: [`${id}-1`],
});

test('what is saved is what is read, through every state', () => {
  const moment = (recordedMs: number, pausedMs = 0): Moment => ({
    date: 1_000_000 + recordedMs + pausedMs,
    recordedMs,
    elapsedMs: recordedMs + pausedMs,
  });
  let stored = session('a', 1_000_000);
  const events = [
    { type: 'went_on', at: { ...moment(500), behindMs: 400 } },
    { type: 'paused', at: moment(1000) },
    { type: 'resumed', at: moment(1000, 2000) },
    { type: 'file_changed', at: moment(2000, 2000), bornAt: 1_004_000, path: '/rec/b.mkv', startMs: 1900 },
    { type: 'stopping', at: moment(3000, 2000) },
    { type: 'failed', at: moment(3000, 3000), paths: [] },
    {
      type: 'file_ready',
      number: 1,
      bytes: 7,
      container: 'mkv',
      finalised: true,
      inode: '1:1',
      modifiedAt: 1_006_000,
      durationMs: 1900,
    },
    { type: 'file_missing', number: 2 },
  ] as const;
  store.save(stored);
  for (const event of events) {
    const run = step(stored.run, event);
    stored = {
      ...stored,
      run,
      fileIds: run.files.map((_, index) => `a-${index + 1}`),
      metadata: { ...stored.metadata, pauses: [...run.pauses] },
    };
    store.save(stored);
    expect(store.get('a')).toEqual(stored);
  }
  expect(viewSession(stored, new Map(), stored.run.asOf.recordedMs)).toMatchObject({
    state: 'interrupted',
    durationMs: 3000,
    stoppedAt: '1970-01-01T00:16:46.000Z',
  });
});

test('two sessions cannot have one name, however it is written', () => {
  store.save(session('a', 1, 'Leçon'));
  expect(store.isNameTaken('LEÇON')).toBe(true);
  expect(store.isNameTaken('Lec\u0327on')).toBe(true);
  expect(store.isNameTaken('Lecon')).toBe(false);
  expect(() => store.save(session('b', 2, 'LEÇON'))).toThrow();
});

test('a session is found by its file, the newest first', () => {
  store.save(session('a', 1));
  store.save({ ...session('b', 2), run: begin(firstMoment(2), '/rec/a.mkv') });
  expect(store.byPath('/rec/a.mkv')?.id).toBe('b');
  expect(store.byPath('/rec/none.mkv')).toBeUndefined();
});

describe('history', () => {
  beforeEach(() => {
    // Two at the same instant: the id decides.
    for (let n = 0; n < 25; n++)
      store.save(session(`id${String(n).padStart(2, '0')}`, 1000 + Math.floor(n / 2), `Take 50%_${n}`));
  });

  test('pages through everything once, newest first', () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = store.page({ limit: 7, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.sessions.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(Array.from({ length: 25 }, (_, n) => `id${String(24 - n).padStart(2, '0')}`));
  });

  test('search takes % and _ literally and ignores case', () => {
    expect(store.page({ limit: 50, q: 'take 50%_2' }).sessions).toHaveLength(6);
    expect(store.page({ limit: 50, q: '%%' }).sessions).toHaveLength(0);
    expect(store.page({ limit: 50, q: '  ' }).sessions).toHaveLength(25);
  });

  test.each(['x', '1_', '_a', "1_a'; DROP TABLE sessions", '99999999999999999_a'])(
    'refuses the cursor %j',
    (cursor) => {
      expect(() => store.page({ limit: 5, cursor })).toThrow(expect.objectContaining({ code: 'invalid_request' }));
    },
  );
});

describe('search', () => {
  const found = (q: string): string[] => store.page({ limit: 50, q }).sessions.map(({ id }) => id);
  beforeEach(() => {
    const scenes = [{ name: 'Caméra de nuit', atMs: 0 }];
    store.save({ ...session('a', 1, 'Leçon'), notes: 'À revoir', metadata: { scenes, pauses: [] } });
    store.save(session('b', 2, 'Straße'));
    const mark = { id: 'm', kind: 'note', atMs: 0, text: 'Gros plan №5', inFile: false } as const;
    store.changeMark('b', { save: { ...mark, createdAt: '2026-11-22T18:00:00.000Z' } });
  });

  test.each([
    ['LECON', ['a']],
    ['a revoir', ['a']],
    ['camera', ['a']],
    ['nuit leçon', ['a']],
    ['nuit strasse', []],
    ['STRASSE', ['b']],
    ['gros no5', ['b']],
  ])('“%s” is found in name, notes, marks and scenes, however written', (q, ids) => {
    expect(found(q)).toEqual(ids);
  });

  test('follows what changes', () => {
    store.changeMark('b', { remove: 'm' });
    expect(found('gros')).toEqual([]);
    store.save({ ...store.get('a'), name: 'Autre' });
    expect(found('lecon')).toEqual([]);
    expect(found('autre')).toEqual(['a']);
  });

  test('finds those of an older database', () => {
    database.exec('UPDATE sessions SET search = NULL');
    expect(found('lecon')).toEqual([]);
    store = new SessionStore(database);
    expect(found('lecon')).toEqual(['a']);
  });
});

describe('filters', () => {
  const found = (filter: SessionFilter): string[] => store.page({ limit: 50, filter }).sessions.map(({ id }) => id);
  const upload = (id: string, sessionId: string, state: string, recording = 1, destination = 'processing'): void =>
    void database
      .prepare(
        `INSERT INTO uploads (id, session_id, recording_id, destination, state, subtitle_model, priority, manual, bytes_total, created_at)
         VALUES (?, ?, ?, ?, ?, 'base', 1, 0, 1, 0)`,
      )
      .run(id, sessionId, `${sessionId}-${recording}`, destination, state);
  const becomes = (id: string, state: string): void =>
    void database.prepare('UPDATE uploads SET state = ? WHERE id = ?').run(state, id);
  const ended = (id: string, startedAt: number, files = 1): void => {
    let { run } = session(id, startedAt);
    for (let number = 2; number <= files; number++) {
      run = step(run, {
        type: 'file_changed',
        at: firstMoment(startedAt),
        bornAt: startedAt,
        path: `/rec/${id}-${number}.mkv`,
        startMs: 0,
      });
    }
    run = step(run, { type: 'stopped', at: firstMoment(startedAt), paths: [] });
    for (let number = 1; number <= files; number++) {
      run = step(run, {
        type: 'file_ready',
        number,
        bytes: 1,
        container: 'mkv',
        finalised: true,
        inode: '1:1',
        modifiedAt: startedAt,
        durationMs: null,
      });
    }
    store.save({ ...session(id, startedAt), run, fileIds: run.files.map((file) => `${id}-${file.number}`) });
  };

  test('say how far the recordings have got, as that changes', () => {
    ended('a', 1);
    ended('b', 2);
    store.save(session('live', 3));
    expect(found('local-only')).toEqual(['b', 'a']);
    upload('u', 'a', 'queued');
    expect([found('uploading'), found('local-only'), found('uploaded')]).toEqual([['a'], ['b'], []]);
    for (const state of ['uploading', 'waiting', 'paused']) {
      becomes('u', state);
      expect(found('uploading')).toEqual(['a']);
    }
    becomes('u', 'failed');
    expect([found('failed'), found('uploading'), found('local-only')]).toEqual([['a'], [], ['b', 'a']]);
    upload('u2', 'a', 'uploading');
    expect([found('failed'), found('uploading')]).toEqual([[], ['a']]);
    becomes('u2', 'completed');
    expect([found('failed'), found('uploaded'), found('local-only')]).toEqual([[], ['a'], ['b']]);
    expect(found('all')).toEqual(['live', 'b', 'a']);
  });

  test('a session is uploaded when all its recordings have arrived somewhere', () => {
    ended('a', 1, 2);
    upload('u1', 'a', 'completed', 1);
    upload('u2', 'a', 'failed', 2);
    expect([found('uploaded'), found('failed'), found('local-only')]).toEqual([[], ['a'], []]);
    upload('u3', 'a', 'completed', 2, 'object-storage');
    expect([found('uploaded'), found('failed')]).toEqual([['a'], ['a']]);
  });

  test('a task that failed is a failure', () => {
    ended('a', 1);
    upload('u', 'a', 'completed');
    database.exec(
      `INSERT INTO tasks (upload_id, id, server, status, results, updated_at) VALUES ('u', 't', 's', 'error', '{}', 0)`,
    );
    expect(found('failed')).toEqual(['a']);
  });

  test('an interrupted session is found, and filters go with words and pages', () => {
    for (const [id, at] of [
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ] as const) {
      const run = step(begin(firstMoment(at), null), {
        type: 'lost',
        at: firstMoment(5),
        paths: [],
        ending: 'vanished',
      });
      store.save({ ...session(id, at, id === 'b' ? 'Other' : `Talk ${id}`), run, fileIds: [] });
    }
    ended('d', 4);
    expect(found('interrupted')).toEqual(['c', 'b', 'a']);
    const page = store.page({ limit: 1, filter: 'interrupted', q: 'talk' });
    expect(page.sessions.map(({ id }) => id)).toEqual(['c']);
    const next = store.page({ limit: 1, filter: 'interrupted', q: 'talk', cursor: page.nextCursor ?? '' });
    expect(next).toMatchObject({ sessions: [{ id: 'a' }], nextCursor: null });
  });
});

test('an older database tells how far its recordings had got', () => {
  const old = new DatabaseSync(':memory:');
  for (const sql of migrations.slice(0, 3)) old.exec(sql);
  old.exec(`
    INSERT INTO sessions (id, name, name_key, state, started_by, started_at, duration_ms, auto_upload, subtitle_model, priority, notes, metadata)
    VALUES ('a', 'A', 'a', 'recorded', 'obs', 1, 1, 1, 'base', 1, '', '{}'), ('b', 'B', 'b', 'recorded', 'obs', 2, 1, 1, 'base', 1, '', '{}');
    INSERT INTO recordings (id, session_id, number, path, state, bytes, started_at) VALUES ('r', 'a', 1, '/r', 'ready', 1, 1);
    INSERT INTO uploads (id, session_id, recording_id, destination, state, subtitle_model, priority, manual, bytes_total, created_at)
    VALUES ('u', 'a', 'r', 'processing', 'completed', 'base', 1, 0, 1, 1)`);
  for (const sql of migrations.slice(3)) old.exec(sql);
  const reopened = new SessionStore(old);
  const found = (query: object): string[] => reopened.page({ limit: 9, ...query }).sessions.map(({ id }) => id);
  expect([found({ filter: 'uploaded' }), found({ filter: 'local-only' }), found({ q: 'b' })]).toEqual([
    ['a'],
    ['b'],
    ['b'],
  ]);
  expect(new NameCounters(old).last).toBe(2);
});

test('forgetting a session forgets its recordings', () => {
  store.save(session('a', 1));
  store.delete('a');
  expect(store.find('a')).toBeUndefined();
  expect(store.recordingFile('a-1')).toBeNull();
  expect(() => store.get('a')).toThrow(expect.objectContaining({ code: 'session_not_found' }));
});

test('a session tells each notice once, also after a restart', () => {
  const database = openDatabase(':memory:');
  const { book, open, store } = bookFixture(() => 1000, database);
  const id = open('/rec/a.mkv');
  for (const file of ['b.mkv', 'b.mkv', 'c.mkv']) book.notice(id, 'file_missing', { file });
  expect(book.view(id).notices.map(({ params }) => params?.file)).toEqual(['b.mkv', 'c.mkv']);
  expect(new SessionStore(database).get(id).notices).toEqual(store.get(id).notices);
  book.notice('forgotten', 'file_missing', { file: 'b.mkv' });
});

describe('a row that nobody can read', () => {
  const broken: [what: string, sql: string][] = [
    ['a duration beyond numbers', `UPDATE sessions SET duration_ms = 9100000000000000 WHERE id = 'b'`],
    ['the largest integer', `UPDATE sessions SET elapsed_ms = 9223372036854775807 WHERE id = 'b'`],
    ['a start before all dates', `UPDATE sessions SET started_at = started_at - 9100000000000000 WHERE id = 'b'`],
    ['a stop after all dates', `UPDATE sessions SET stopped_at = 8640000000000001 WHERE id = 'b'`],
    ['an unknown state', `UPDATE sessions SET state = 'lost' WHERE id = 'b'`],
    [
      'other words',
      `UPDATE sessions SET started_by = 'x', ending = 'x', subtitle_model = 'x', auto_upload = 7, priority = 99 WHERE id = 'b'`,
    ],
    ['metadata that are no JSON', `UPDATE sessions SET metadata = '{' WHERE id = 'b'`],
    [
      'metadata of other types',
      `UPDATE sessions SET metadata = '{"skippedFrames": 1e300, "fps": null, "profile": "P"}' WHERE id = 'b'`,
    ],
    ['notices that are no JSON', `UPDATE sessions SET notices = '[{' WHERE id = 'b'`],
    ['notices that are texts', `UPDATE sessions SET notices = '["[{"]' WHERE id = 'b'`],
    ['notices that are none', `UPDATE sessions SET notices = '[1]' WHERE id = 'b'`],
    [
      'a file that begins after all dates',
      `UPDATE recordings SET started_at = 9000000000000000 WHERE session_id = 'b'`,
    ],
    [
      'a file of impossible size',
      `UPDATE recordings SET bytes = 9223372036854775807, state = 'x' WHERE session_id = 'b'`,
    ],
    ['a mark nowhere', `INSERT INTO marks VALUES ('m', 'b', 'x', 9100000000000000, 'here', 5, 9100000000000000)`],
  ];
  test.each(broken)('%s: it is kept and says so, and the others are as they were', (_, sql) => {
    for (const [index, id] of ['a', 'b', 'c'].entries()) store.save(session(id, 1_000_000 + index));
    const others = ['a', 'c'].map((id) => store.get(id));
    database.exec(sql);
    const again = new SessionStore(database);
    expect(
      again
        .unfinished()
        .map(({ id }) => id)
        .sort(),
    ).toContain('a');
    expect(again.withNotice('file_missing')).toEqual([]);
    const { sessions } = again.page({ limit: 10, filter: 'all' });
    expect(sessions.map(({ id }) => id).sort()).toEqual(['a', 'b', 'c']);
    for (const shown of sessions) expect(sessionSchema.parse(viewSession(shown, new Map(), 0)).id).toBe(shown.id);
    const damaged = again.get('b');
    expect(damaged.notices.map(({ code }) => code)).toEqual(['session_damaged']);
    expect(damaged).toMatchObject({ name: 'Session b', fileIds: ['b-1'], run: { files: [{ path: '/rec/b.mkv' }] } });
    expect(others).toEqual(['a', 'c'].map((id) => again.get(id)));
    expect(again.recordingFile('b-1')).toMatchObject({ path: '/rec/b.mkv' });
    const kept = database.prepare(`SELECT value FROM state WHERE name = 'damaged/b'`).get();
    expect(JSON.parse(String(kept?.value))).toMatchObject({ session: { id: 'b' }, recordings: [{ id: 'b-1' }] });
  });

  test('what of its metadata makes sense stays', () => {
    store.save({ ...session('b', 1), metadata: { profile: 'P', scenes: [{ name: 'S', atMs: 1 }], pauses: [] } });
    database.exec(`UPDATE sessions SET metadata = json_set(metadata, '$.skippedFrames', 1e300)`);
    expect(store.get('b').metadata).toMatchObject({ profile: 'P', scenes: [{ name: 'S' }] });
  });
});
