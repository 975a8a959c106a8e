/**
 * Databases that released versions wrote (fixtures/README.md), opened by this one: what a person had is still there. What the
 * stores read today is held against the rows as they were written; where the same thing has another name by now, it stands here.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ListQuery } from '../../shared/api.ts';
import { errorTable } from '../../shared/errors.ts';
import { defaultSettings } from '../../shared/settings.ts';
import { createSettings } from '../config/settings.ts';
import { LiveEvents } from '../live-events.ts';
import type { Log } from '../log.ts';
import { NameCounters } from '../sessions/name-counters.ts';
import { NextSessionKeeper } from '../sessions/next-session.ts';
import { SessionStore, type StoredSession } from '../sessions/session-store.ts';
import { ThumbnailStore } from '../sessions/thumbnail-store.ts';
import { Journal } from '../uploads/destinations/object-storage/journal.ts';
import { TaskStore } from '../uploads/destinations/processing/tasks/task-store.ts';
import { UploadStore } from '../uploads/upload-store.ts';
import { type Database, openDatabase } from './database.ts';
import { migrations } from './migrations.ts';
import { type Row, releasedVersions, unpackDatabase, writtenRows } from './released-database-fixture.ts';
import { StateStore } from './state-store.ts';

const renamedSettings: Readonly<Record<string, string>> = {
  whileLive: 'whileOnAir',
  whileLiveLimit: 'whileOnAirLimit',
};

let folder: string;
let database: Database;
/** A table's rows as they were before this version opened the database. */
let written: (table: string) => readonly Row[];

/** Opens a copy of what that version wrote. @returns the file */
async function open(version: string): Promise<string> {
  const file = await unpackDatabase(version, folder);
  const rows = writtenRows(file);
  written = (table) => rows[table] ?? [];
  database = openDatabase(file);
  return file;
}
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'streamai-released-'));
});
afterEach(async () => {
  if (database.isOpen) database.close();
  await rm(folder, { recursive: true, force: true });
});

function openSettings(warnings: unknown[] = []) {
  const nothing = (): void => {};
  const warn = (details: object | string): void => void warnings.push(details);
  const log: Log = { debug: nothing, info: nothing, warn, error: warn, secret: nothing, close: nothing };
  return createSettings({ database, fixed: {}, live: new LiveEvents(), log });
}

function openNextSession(): NextSessionKeeper {
  return new NextSessionKeeper({
    state: new StateStore(database),
    counters: new NameCounters(database),
    live: new LiveEvents(),
    settings: openSettings().current,
    isNameTaken: (name) => new SessionStore(database).isNameTaken(name),
    place: () => ({ scene: 'Scene B', profile: 'Untitled' }),
    now: () => Date.UTC(2026, 11, 1),
  });
}

/** Newest first, in pages that are smaller than the whole. */
function history(query: Pick<ListQuery, 'q' | 'filter'> = {}): StoredSession[] {
  const store = new SessionStore(database);
  const found: StoredSession[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = store.page({ ...query, limit: 7, ...(cursor !== undefined && { cursor }) });
    found.push(...page.sessions);
    cursor = page.nextCursor;
  }
  return found;
}

const json = (text: unknown): unknown => (text === null ? null : JSON.parse(String(text)));
const flag = (value: unknown): boolean | null => (value === null ? null : value === 1);
const by =
  (...fields: string[]) =>
  (a: Row, b: Row): number =>
    fields.reduce((order, field) => order || Number(a[field]) - Number(b[field]), 0);

/** A session as its rows say it. */
function sessionOf({ startedAt, stoppedAt, pausedAt, ending, state, ...row }: Row): object {
  const mine = ({ sessionId }: Row): boolean => sessionId === row.id;
  const files = written('recordings').filter(mine).toSorted(by('number'));
  const metadata = json(row.metadata) as StoredSession['metadata'];
  const { id, name, startedBy, subtitleModel, priority, notes } = row;
  const pausedAtMs = pausedAt === null ? null : Number(pausedAt) - Number(startedAt);
  const run = { startedAt, stoppedAt, pausedAtMs, ending, state, pauses: metadata.pauses };
  return {
    ...{ id, name, startedBy, subtitleModel, priority, notes, metadata },
    notices: [],
    autoUpload: row.autoUpload === 1,
    thumbnail: written('thumbnails').some(mine),
    marks: written('marks')
      .filter(mine)
      .toSorted(by('atMs', 'createdAt'))
      .map(({ sessionId, createdAt, inFile, ...mark }) => {
        return { ...mark, inFile: flag(inFile), createdAt: new Date(Number(createdAt)).toISOString() };
      }),
    fileIds: files.map((file) => file.id),
    run: {
      ...run,
      files: files.map(({ id, sessionId, finalised, ...file }) => ({ ...file, finalised: flag(finalised) })),
    },
  };
}

const taskOf = (row: Row): object => ({ ...row, results: json(row.results), error: json(row.error) });

function uploadOf(row: Row): object {
  const task = written('tasks').find(({ uploadId }) => uploadId === row.id);
  return { ...row, manual: flag(row.manual), error: json(row.error), task: task === undefined ? null : taskOf(task) };
}

function multipartOf({ bytes, modifiedAt, described, ...row }: Row): object {
  return { ...row, content: { bytes, modifiedAt }, metadataMd5: described };
}

const isOpen = ({ state }: Row): boolean => !['completed', 'failed', 'cancelled'].includes(String(state));

describe.each(releasedVersions)('the database of version %s', (version) => {
  test('has every session in the history, with its files and marks', async () => {
    await open(version);
    const rows = written('sessions').toSorted(by('startedAt')).reverse();
    expect(history()).toMatchObject(rows.map(sessionOf));
    const store = new SessionStore(database);
    for (const row of rows) {
      const session = store.get(String(row.id));
      expect(session).toMatchObject(sessionOf(row));
      if (row.stoppedAt !== null) expect(session.run.asOf.recordedMs).toBe(row.durationMs);
    }
  });

  test('has every picture', async () => {
    await open(version);
    const store = new ThumbnailStore(database);
    for (const { sessionId, jpeg } of written('thumbnails')) expect(store.get(String(sessionId))).toEqual(jpeg);
  });

  test('has every upload with its task', async () => {
    await open(version);
    const store = new UploadStore(database);
    const rows = written('uploads');
    for (const row of rows) expect(store.get(String(row.id))).toMatchObject(uploadOf(row));
    for (const recording of written('recordings')) {
      const own = rows.filter(({ recordingId }) => recordingId === recording.id).toSorted(by('createdAt'));
      const id = String(recording.id);
      expect(store.ofRecordings([id]).get(id) ?? []).toMatchObject(own.map(uploadOf));
    }
    expect(store.open()).toMatchObject(rows.filter(isOpen).toSorted(by('createdAt')).map(uploadOf));
    const tasks = new TaskStore(database);
    const openTasks = written('tasks').filter(({ endedAt }) => endedAt === null);
    const ids = (list: readonly { readonly id?: unknown }[]): Set<unknown> => new Set(list.map(({ id }) => id));
    expect(ids(tasks.open())).toEqual(ids(openTasks));
    for (const row of written('tasks')) expect(tasks.get(String(row.uploadId))).toMatchObject(taskOf(row));
  });

  test('has errors whose codes are still known, so that both languages have words for them', async () => {
    await open(version);
    const errors = [...written('uploads'), ...written('tasks')].flatMap(({ error }) => json(error) ?? []);
    expect(Object.keys(errorTable)).toEqual(expect.arrayContaining((errors as { code: string }[]).map((e) => e.code)));
  });

  test('has the journal of Object Storage: each multipart in its state, with the parts that had arrived', async () => {
    await open(version);
    const journal = new Journal(database);
    const rows = written('multiparts');
    const aborting = rows.filter(({ state }) => state === 'aborting');
    expect(journal.aborting()).toMatchObject(aborting.map(multipartOf));
    for (const row of rows.filter((each) => !aborting.includes(each))) {
      expect(journal.of(String(row.uploadId))).toMatchObject(multipartOf(row));
    }
    for (const { id } of rows) {
      const parts = written('parts').filter(({ multipartId }) => multipartId === id);
      expect(journal.parts(Number(id))).toEqual(parts.map(({ multipartId, ...part }) => part));
    }
    const undescribed = rows.filter(({ state, described }) => state === 'completed' && described === null);
    expect(journal.withoutMetadata()).toMatchObject(undescribed.map(multipartOf));
  });

  test('has every setting under its name of today', async () => {
    await open(version);
    const stored = written('settings').map(({ name, value }) => [renamedSettings[String(name)] ?? name, json(value)]);
    const warnings: unknown[] = [];
    expect(openSettings(warnings).current()).toEqual({ ...defaultSettings, ...Object.fromEntries(stored) });
    expect(warnings).toEqual([]);
  });

  test('has the next session, and counts sessions and takes on from where it was', async () => {
    await open(version);
    const state = new Map(written('state').map(({ name, value }) => [name, json(value)]));
    expect(openNextSession().get()).toMatchObject({ ...(state.get('nextSession') as object) });
    const counters = new NameCounters(database);
    expect(counters.last).toBe(state.get('sessionCounter'));
    for (const { nameKey, last } of written('takes')) expect(counters.lastTake(String(nameKey))).toBe(last);
  });

  test('is whole, and has the tables, indexes and triggers of a new one', async () => {
    await open(version);
    const all = (sql: string, from = database): unknown[] =>
      from
        .prepare(sql)
        .all()
        .map((row) => Object.values(row));
    expect(all('PRAGMA integrity_check')).toEqual([['ok']]);
    expect(all('PRAGMA foreign_key_check')).toEqual([]);
    expect(all('PRAGMA user_version')).toEqual([[migrations.length]]);
    using fresh = openDatabase(':memory:');
    const schema = 'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name';
    // Comments in migrations may get better words.
    const bare = (rows: unknown[]): unknown => JSON.parse(JSON.stringify(rows).replaceAll(/--.*?\\n|\\n| /g, ''));
    expect(bare(all(schema))).toEqual(bare(all(schema, fresh)));
  });

  test('is the same when it is opened again', async () => {
    const file = await open(version);
    // It writes what a session is found by, where an old version did not.
    new SessionStore(database);
    database.close();
    const before = writtenRows(file);
    database = openDatabase(file);
    new SessionStore(database);
    database.close();
    expect(writtenRows(file)).toEqual(before);
  });
});

describe('what version 0.1.0 wrote', () => {
  const names = (query: Pick<ListQuery, 'q' | 'filter'>): string[] => history(query).map(({ name }) => name);
  const counts = (values: readonly string[]): Record<string, number> =>
    Object.fromEntries([...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length]));

  beforeEach(() => open('0.1.0'));

  test('has what its description says', () => {
    const sessions = history();
    const ids = sessions.flatMap(({ fileIds }) => fileIds);
    const uploads = [...new UploadStore(database).ofRecordings(ids).values()].flat();
    expect(counts(sessions.map(({ run }) => run.state))).toEqual({
      ...{ recorded: 16, interrupted: 2, finalising: 1, recording: 1 },
    });
    expect(counts(sessions.flatMap(({ run }) => run.files.map(({ state }) => state)))).toEqual({
      ...{ ready: 17, deleted: 1, missing: 1, finalising: 1, writing: 1 },
    });
    expect(counts(sessions.flatMap(({ marks }) => marks.map(({ kind }) => kind)))).toEqual({ chapter: 4, note: 4 });
    expect(sessions.filter(({ thumbnail }) => thumbnail)).toHaveLength(20);
    const to = (destination: string): string[] =>
      uploads.filter((upload) => upload.destination === destination).map(({ state }) => state);
    expect(counts(to('object-storage'))).toEqual({
      ...{ queued: 1, uploading: 3, waiting: 2, paused: 1, completed: 8, failed: 1, cancelled: 1 },
    });
    expect(counts(to('processing'))).toEqual({
      ...{ queued: 4, uploading: 1, waiting: 1, paused: 1, completed: 9, failed: 1, cancelled: 1 },
    });
    expect(counts(uploads.flatMap(({ task }) => task?.status ?? []))).toEqual({
      ...{ uploaded: 1, processing: 1, completed: 1, completed_simple: 4, error: 1, unknown: 1 },
    });
  });

  test('says “on air” where it said “live”', () => {
    expect(openSettings().current()).toMatchObject({ whileOnAir: 'limit', whileOnAirLimit: 8_000_000 });
  });

  test('is searched and filtered as ever', () => {
    expect(names({ q: 'ete' })).toEqual(['Leçon 1 – l’été']);
    expect(names({ q: 'generique SCENE' })).toEqual(['Émission en cours']);
    expect(names({ filter: 'interrupted' })).toEqual(['Disque débranché', 'Coupure']);
    expect(names({ filter: 'failed' })).toEqual(['Refusée', 'Coupure', 'Ünal – (Scene B) T1']);
    expect(names({ filter: 'local-only' })).toEqual(['Annulée', 'Ratée', 'Disque débranché']);
    expect(names({ filter: 'uploaded' })).toHaveLength(10);
    expect(names({ filter: 'uploading' })).toHaveLength(10);
  });

  test('names the next recording', () => {
    const next = openNextSession();
    expect(next.get()).toMatchObject({ name: 'Émission du soir', suggestedName: 'Émission du soir' });
    expect(next.namingFor(null, Date.UTC(2026, 11, 1))).toMatchObject({
      name: 'Café Noir – Saison 2 (Scene B) T1',
      number: 22,
    });
    next.change({ fields: { client: 'Ünal', project: '' } });
    expect(next.namingFor(null, Date.UTC(2026, 11, 1)).name).toBe('Ünal – (Scene B) T3');
  });
});
