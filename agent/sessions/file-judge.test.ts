import { chown, link, mkdir, mkdtemp, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../storage/database.ts';
import { StateStore } from '../storage/state-store.ts';
import { begunAt, FileJudge, type FileJudgePorts } from './file-judge.ts';

/** A Matroska file's first bytes, and room. */
const matroska = Buffer.concat([Buffer.from('1a45dfa3', 'hex'), Buffer.alloc(100)]);
const ext4 = 0xef53;
const startedAt = Date.now();
let folder: string;
let state: StateStore;
let refreshes: number;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'streamai-judge-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const database = openDatabase(':memory:');
  onTestFinished(() => database.close());
  state = new StateStore(database);
  refreshes = 0;
  await mkdir(path.join(folder, 'rec'));
});

const at = (...names: string[]): string => path.join(folder, ...names);

function judge(change: Partial<FileJudgePorts> = {}): FileJudge {
  const subject = new FileJudge({
    state,
    refresh: async () => {
      refreshes += 1;
    },
    typeOf: async () => ext4,
    ...change,
  });
  subject.recordsInto(at('rec'));
  return subject;
}

async function file(name = path.join('rec', 'a.mkv'), content: Buffer | string = matroska): Promise<string> {
  await mkdir(path.dirname(at(name)), { recursive: true });
  await writeFile(at(name), content);
  return at(name);
}

describe('nothing speaks against', () => {
  test('what OBS has just written where it records', async () => {
    expect(await judge().doubts(await file(), startedAt)).toEqual([]);
    expect(await judge().isRecording(await file(), startedAt)).toBe(true);
    expect(refreshes).toBe(0);
  });

  test('one in a folder that OBS made there', async () => {
    expect(await judge().doubts(await file('rec/2026-11-28/part.mkv'), startedAt)).toEqual([]);
  });

  test('one in a folder that is a link to another disk', async () => {
    await symlink(at('rec'), at('link'), 'junction');
    const subject = judge();
    subject.recordsInto(at('link'));
    await file();
    expect(await subject.doubts(at('link', 'a.mkv'), startedAt)).toEqual([]);
    const other = new FileJudge({ state: new StateStore(openDatabase(':memory:')), refresh: async () => {} });
    other.recordsInto(at('link'));
    expect(await other.doubts(at('rec', 'a.mkv'), startedAt)).toEqual([]);
  });

  test('one that OBS’s FFmpeg output wrote in a container that is none of ours', async () => {
    const avi = Buffer.concat([Buffer.from('RIFF'), Buffer.alloc(4), Buffer.from('AVI '), Buffer.alloc(100)]);
    expect(await judge().doubts(await file('rec/a.avi', avi), startedAt)).toEqual([]);
  });

  test('one that is empty, of which there is nothing to send', async () => {
    expect(await judge().doubts(await file('rec/a.mkv', ''), startedAt)).toEqual([]);
    expect(await judge().isRecording(at('rec', 'a.mkv'), startedAt)).toBe(false);
  });

  test('one that is not there, of which the file’s closer tells', async () => {
    expect(await judge().doubts(at('rec', 'none.mkv'), startedAt)).toEqual([]);
    expect(await judge().isRecording(at('rec', 'none.mkv'), startedAt)).toBe(false);
  });

  test('one in a folder of which OBS tells only when it is asked anew', async () => {
    const found = await file('new/a.mkv');
    const subject: FileJudge = judge({ refresh: async () => subject.recordsInto(at('new')) });
    expect(await subject.doubts(found, startedAt)).toEqual([]);
  });

  test('one in a folder that OBS recorded into before, while OBS is away', async () => {
    judge().recordsInto(at('before'));
    const later = new FileJudge({ state, refresh: async () => {}, typeOf: async () => ext4 });
    expect(await later.doubts(await file('before/a.mkv'), startedAt)).toEqual([]);
  });
});

describe('asked about is', () => {
  test.each([
    ['a key', '-----BEGIN OPENSSH PRIVATE KEY-----\n'],
    ['a table of passwords', 'root:$6$x:19000:0:99999:7:::\n'],
    ['a database', 'SQLite format 3\0'],
    ['a few bytes', 'secret'],
  ])('%s under a recording’s name', async (_what, content) => {
    expect(await judge().doubts(await file('rec/a.mkv', content), startedAt)).toEqual(['file_held_format']);
    expect(await judge().isRecording(at('rec', 'a.mkv'), startedAt)).toBe(false);
  });

  test('a film that was there before', async () => {
    const film = await file();
    await utimes(film, new Date(startedAt - 120_000), new Date(startedAt - 120_000));
    expect(await judge().doubts(film, startedAt)).toEqual(['file_held_old']);
  });

  test('a film in another folder', async () => {
    expect(await judge().doubts(await file('films/a.mkv'), startedAt)).toEqual(['file_held_outside']);
    expect(refreshes).toBe(1);
  });

  test('a film in a folder whose name only begins like OBS’s', async () => {
    expect(await judge().doubts(await file('recordings/a.mkv'), startedAt)).toEqual(['file_held_outside']);
  });

  test('a film in a folder that a link in OBS’s folder leads to', async () => {
    await file('films/a.mkv');
    await symlink(at('films'), at('rec', 'sub'), 'junction');
    expect(await judge().doubts(at('rec', 'sub', 'a.mkv'), startedAt)).toEqual(['file_held_outside']);
  });

  test('any, where OBS does not tell where it records, or says everywhere', async () => {
    const subject = new FileJudge({ state, refresh: async () => {}, typeOf: async () => ext4 });
    subject.recordsInto(path.parse(folder).root);
    expect(await subject.doubts(await file(), startedAt)).toEqual(['file_held_outside']);
  });

  test('one that has another name elsewhere', async () => {
    await link(await file(), at('other.mkv'));
    expect(await judge().doubts(at('rec', 'a.mkv'), startedAt)).toEqual(['file_held_linked']);
  });

  test.skipIf(process.getuid?.() !== 0)('one that belongs to another user, where the disk knows users', async () => {
    const film = await file();
    await chown(film, 65_534, 65_534);
    expect(await judge().doubts(film, startedAt)).toEqual(['file_held_owner']);
    const nfs = async (): Promise<number> => 0x6969;
    expect(await judge({ typeOf: nfs }).doubts(film, startedAt)).toEqual([]);
  });
});

test('asked about is everything that speaks against it: a word for one doubt does not let the others go', async () => {
  const key = await file('home/id_rsa', '-----BEGIN OPENSSH PRIVATE KEY-----');
  await utimes(key, new Date(startedAt - 120_000), new Date(startedAt - 120_000));
  const all = ['file_held_format', 'file_held_old', 'file_held_outside'] as const;
  expect(new Set(await judge().doubts(key, startedAt))).toEqual(new Set(all));
  judge().allow('file_held_format', at('home'));
  expect(new Set(await judge().doubts(key, startedAt))).toEqual(new Set(all.slice(1)));
});

test('a person’s word counts for the folder and that doubt, and stays', async () => {
  const [film, other] = [await file('films/a.mkv'), await file('films/sub/b.mkv')];
  judge().allow('file_held_outside', at('films'));
  const later = judge();
  expect(await later.doubts(film, startedAt)).toEqual([]);
  expect(await later.doubts(other, startedAt)).toEqual([]);
  expect(await later.doubts(await file('elsewhere/c.mkv'), startedAt)).toEqual(['file_held_outside']);
  expect(await later.doubts(await file('films/key.mkv', 'secret'), startedAt)).toEqual(['file_held_format']);
});

test('what was recorded before the first start of a version that asks lies where OBS records', async () => {
  const subject = new FileJudge({ state, refresh: async () => {}, typeOf: async () => ext4 });
  subject.adopt(() => [path.parse(folder).root, at('before')]);
  subject.adopt(() => [at('never')]);
  expect(await subject.doubts(await file('before/a.mkv'), startedAt)).toEqual([]);
  expect(await subject.doubts(await file('never/a.mkv'), startedAt)).toEqual(['file_held_outside']);
});

test.each([
  ['was left alone', 0, 100_000],
  ['was set back by an hour meanwhile', -3_600_000, 100_000 - 3_600_000],
  ['was set forward by an hour meanwhile', 3_600_000, 100_000],
])('a session began when it began: the clock %s', (_what, setByMs, expected) => {
  const asOf = { date: 0, recordedMs: 0, elapsedMs: 60_000 };
  expect(begunAt({ startedAt: 100_000, asOf }, 160_000 + setByMs)).toBe(expected);
});
