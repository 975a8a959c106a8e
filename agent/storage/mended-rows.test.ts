import { beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { uploadSchema } from '../../shared/domain.ts';
import { NameCounters } from '../sessions/name-counters.ts';
import { SessionStore } from '../sessions/session-store.ts';
import { Journal } from '../uploads/destinations/object-storage/journal.ts';
import { TaskStore, toTask } from '../uploads/destinations/processing/tasks/task-store.ts';
import { UploadStore } from '../uploads/upload-store.ts';
import { type Database, openDatabase } from './database.ts';
import { type Mending, mendedRows, readMended } from './mended-rows.ts';
import { StateStore } from './state-store.ts';

let database: Database;
const most = '9223372036854775807';

beforeEach(() => {
  database = openDatabase(':memory:');
  database.exec(`
    INSERT INTO sessions (id, name, name_key, state, started_by, started_at, duration_ms, auto_upload, subtitle_model, priority, notes, metadata)
    VALUES ('a', 'A', 'a', 'recorded', 'rest', 1, 1, 1, 'base', 1, '', '{"scenes":[],"pauses":[]}'),
           ('b', 'B', 'b', 'recorded', 'rest', 2, 1, 1, 'base', 1, '', '{"scenes":[],"pauses":[]}');
    INSERT INTO recordings (id, session_id, number, path, state, bytes, started_at)
    VALUES ('ra', 'a', 1, '/a.mkv', 'ready', 9, 1), ('rb', 'b', 1, '/b.mkv', 'ready', 9, 1);
    INSERT INTO uploads (id, session_id, recording_id, destination, state, subtitle_model, priority, manual, bytes_total, created_at,
      next_attempt_at)
    VALUES ('ua', 'a', 'ra', 'processing', 'completed', 'base', 1, 0, 9, 1, NULL),
           ('ub', 'b', 'rb', 'object-storage', 'waiting', 'base', 1, 0, 9, 2, 5);
    INSERT INTO tasks (upload_id, id, server, status, progress, results, updated_at)
    VALUES ('ua', 'ta', 'http://s', 'processing', 50, '{}', 1), ('ub', 'tb', 'http://s', 'processing', 50, '{"video":"/v"}', 1);
    INSERT INTO multiparts (id, upload_id, recording_id, endpoint, bucket, key, s3_upload_id, state, bytes, modified_at, part_bytes, created_at)
    VALUES (1, 'ua', 'ra', 'http://s3', 'b', 'ka', '1', 'sending', 9, 1, 5, 1),
           (2, 'ub', 'rb', 'http://s3', 'b', 'kb', '2', 'sending', 9, 1, 5, 1);
    INSERT INTO parts (multipart_id, number, md5, bytes) VALUES (1, 1, 'aa', 5), (2, 1, 'bb', 5), (2, 2, 'bc', 4);
    INSERT INTO takes VALUES ('b', 3)`);
  return () => database.close();
});

/** What an agent reads at its start and for its clients. */
function readAll(): unknown[] {
  const [sessions, uploads, tasks, journal] = [
    new SessionStore(database),
    new UploadStore(database),
    new TaskStore(database),
    new Journal(database),
  ];
  const read = [
    [sessions.page({ limit: 10, filter: 'all' }), sessions.withLocalFiles()],
    [uploads.open(), uploads.next('object-storage', 10), uploads.nextDue('object-storage', 1), uploads.shiftWaits(0)],
    [
      uploads.ofRecordings(['ra', 'rb']),
      uploads.counts(),
      uploads.ofSession('b'),
      uploads.newestOf('rb', 'processing'),
    ],
    [tasks.open(), tasks.ofUploads(['ua', 'ub'])],
    [journal.aborting(), journal.owned(), journal.withoutMetadata(), journal.completedOf(['ra', 'rb'])],
    [journal.of('ub'), journal.parts(2), journal.unproven(2), journal.state('ub'), journal.keyTaken('b', 'kb', 'x')],
    [new NameCounters(database).last, new NameCounters(database).lastTake('B')],
  ];
  for (const { task, sentAs, error, ...upload } of uploads.ofSession('b')) {
    expect(z.date().parse(new Date(upload.createdAt))).toBeInstanceOf(Date);
    uploadSchema.shape.priority.parse(upload.priority);
    if (task !== null) toTask(task);
  }
  return read;
}

const notices = (id: string): string[] => new SessionStore(database).get(id).notices.map(({ code }) => code);

const damaged: readonly (readonly [what: string, sql: string, row: string])[] = [
  ['an upload in no known state', `UPDATE uploads SET state = 'lost' WHERE id = 'ub'`, 'uploads/ub'],
  ['… to nowhere', `UPDATE uploads SET destination = 'moon' WHERE id = 'ub'`, 'uploads/ub'],
  [
    '… with other words',
    `UPDATE uploads SET subtitle_model = 'x', manual = 7, sent_as = 'x', priority = 99 WHERE id = 'ub'`,
    'uploads/ub',
  ],
  [
    '… of the largest size',
    `UPDATE uploads SET bytes_total = ${most}, attempts = ${most} WHERE id = 'ub'`,
    'uploads/ub',
  ],
  ['… of a negative size', `UPDATE uploads SET bytes_total = -1, attempts = -5 WHERE id = 'ub'`, 'uploads/ub'],
  ['… of no generation', `UPDATE uploads SET generation = ${most} WHERE id = 'ub'`, 'uploads/ub'],
  ['… due after all dates', `UPDATE uploads SET next_attempt_at = ${most} WHERE id = 'ub'`, 'uploads/ub'],
  [
    '… made after all dates',
    `UPDATE uploads SET created_at = 9100000000000000, file_modified_at = ${most} WHERE id = 'ub'`,
    'uploads/ub',
  ],
  ['… whose error is no JSON', `UPDATE uploads SET error = '{' WHERE id = 'ub'`, 'uploads/ub'],
  ['… whose error is none', `UPDATE uploads SET error = '[1]' WHERE id = 'ub'`, 'uploads/ub'],
  ['a task in no known state', `UPDATE tasks SET status = 'lost' WHERE upload_id = 'ub'`, 'tasks/ub'],
  ['… with impossible progress', `UPDATE tasks SET progress = 1e300 WHERE upload_id = 'ub'`, 'tasks/ub'],
  ['… whose results are no JSON', `UPDATE tasks SET results = '{' WHERE upload_id = 'ub'`, 'tasks/ub'],
  ['… whose results are none', `UPDATE tasks SET results = '{"video":7}' WHERE upload_id = 'ub'`, 'tasks/ub'],
  [
    '… that ended after all dates',
    `UPDATE tasks SET ended_at = ${most}, updated_at = -9100000000000000 WHERE upload_id = 'ub'`,
    'tasks/ub',
  ],
  ['… whose error is none', `UPDATE tasks SET error = '"x"' WHERE upload_id = 'ub'`, 'tasks/ub'],
  ['a multipart in no known state', `UPDATE multiparts SET state = 'lost' WHERE id = 2`, 'multiparts/2'],
  ['… of impossible size', `UPDATE multiparts SET bytes = ${most} WHERE id = 2`, 'multiparts/2'],
  ['… in parts of impossible size', `UPDATE multiparts SET part_bytes = -5 WHERE id = 2`, 'multiparts/2'],
  [
    '… made after all numbers',
    `UPDATE multiparts SET created_at = ${most}, modified_at = ${most} WHERE id = 2`,
    'multiparts/2',
  ],
  ['a part of impossible size', `UPDATE parts SET bytes = ${most} WHERE number = 2`, 'parts/2/2'],
  ['a part with an impossible number', `UPDATE parts SET number = -3 WHERE number = 2`, 'parts/2/-3'],
];

describe('a row that nobody can read', () => {
  test.each(damaged)('%s: it is kept, its card says so, and the others are as they were', (_, sql, row) => {
    const [others] = [new UploadStore(database).get('ua'), new Journal(database).of('ua')].map((each) =>
      structuredClone(each),
    );
    database.exec(sql);
    readAll();
    expect(mendedRows(database)).toEqual([`damaged/${row}`]);
    const kept = new StateStore(database).get(`damaged/${row}`, z.record(z.string(), z.unknown()));
    expect(Object.values(kept ?? {})).toEqual(expect.arrayContaining([expect.anything()]));
    expect([notices('a'), notices('b')]).toEqual([[], ['session_damaged']]);
    expect(new UploadStore(database).get('ua')).toEqual(others);
    expect(new UploadStore(database).get('ub')).toMatchObject({ id: 'ub', sessionId: 'b', recordingId: 'rb' });
    // Once is enough.
    readAll();
    expect(mendedRows(database)).toEqual([`damaged/${row}`]);
    expect(notices('b')).toEqual(['session_damaged']);
  });

  test('an upload that waited fails, and says why; one that has arrived has arrived', () => {
    database.exec(`UPDATE uploads SET priority = 99, created_at = ${most}`);
    const store = new UploadStore(database);
    expect(store.open()).toEqual([]);
    expect(store.get('ub')).toMatchObject({
      state: 'failed',
      error: { code: 'session_damaged' },
      priority: 1,
      createdAt: 0,
    });
    expect(store.get('ua')).toMatchObject({ state: 'completed', error: null, task: { id: 'ta' } });
    expect(store.counts()).toMatchObject({ failed: 1, waiting: 0 });
  });

  test('a task goes on to be asked for; one whose state nobody knows has ended', () => {
    database.exec(
      `UPDATE tasks SET progress = -1 WHERE upload_id = 'ua'; UPDATE tasks SET status = 'x' WHERE upload_id = 'ub'`,
    );
    const tasks = new TaskStore(database);
    expect(tasks.open().map(({ id, progress }) => [id, progress])).toEqual([['ta', null]]);
    expect(tasks.get('ub')).toMatchObject({
      status: 'error',
      error: { code: 'session_damaged' },
      results: { video: '/v' },
    });
  });

  test('of a multipart nothing is taken away at the store; its upload begins anew', () => {
    database.exec(`UPDATE multiparts SET state = 'lost' WHERE id = 2`);
    const journal = new Journal(database);
    expect([journal.aborting(), journal.of('ub'), journal.owned()]).toEqual([[], undefined, new Set(['1'])]);
  });

  test('a part that is not known is sent again, the others count', () => {
    database.exec(`UPDATE parts SET bytes = ${most} WHERE number = 2`);
    expect(new Journal(database).parts(2)).toEqual([{ number: 1, md5: 'bb', bytes: 5 }]);
  });

  test('a number of a take beyond numbers, or below, begins anew', () => {
    for (const last of [most, '-7']) {
      database.exec(`UPDATE takes SET last = ${last}`);
      expect(new NameCounters(database).lastTake('B')).toBe(0);
    }
  });

  test('a fact that is no JSON is no fact', () => {
    database.exec(`INSERT INTO state VALUES ('x', '{')`);
    expect(new StateStore(database).get('x', z.unknown())).toBeUndefined();
  });

  test('a failure that no row is to blame for stays one', () => {
    const mending: Mending = { table: 'uploads', key: ['id'], read: () => {}, set: null, sessionId: null };
    const read = (): never => {
      throw new Error('the disk is full');
    };
    expect(() => readMended(database, mending, read)).toThrow('the disk is full');
    expect(new UploadStore(database).counts()).toMatchObject({ waiting: 1 });
  });
});
