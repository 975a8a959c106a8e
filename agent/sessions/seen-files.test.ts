import { mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { inodeOf } from '../files/recording-file.ts';
import { createLog } from '../log.ts';
import { bookFixture } from './book-fixture.ts';
import { SeenFiles } from './seen-files.ts';
import type { RunFile } from './session-state.ts';

/** A session that is recorded to a file which is not there yet. */
async function recording() {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-seen-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'a.mkv');
  const { database, book, events, open } = bookFixture(Date.now);
  onTestFinished(() => database.close());
  const id = open(file);
  const seen = new SeenFiles(book, createLog({ level: 'silent' }));
  const look = async (): Promise<RunFile | undefined> => {
    await seen.look(book.store.get(id));
    return book.store.get(id).run.files[0];
  };
  return { file, book, events, id, seen, look };
}

test('that OBS’s file was seen is written down once it is there, and no client hears of it', async () => {
  const { file, events, look } = await recording();
  expect(await look()).toMatchObject({ inode: null });
  await writeFile(file, '');
  const { length } = events;
  const inode = inodeOf(await stat(file, { bigint: true }));
  expect(await look()).toMatchObject({ inode, state: 'writing' });
  await rm(file);
  expect(await look()).toMatchObject({ inode });
  expect(events.slice(length)).toEqual([]);
});

test('a file that was written before the session began is not the one that OBS writes', async () => {
  const { file, look } = await recording();
  await writeFile(file, 'another machine’s');
  const tenMinutesAgo = Date.now() / 1000 - 600;
  await utimes(file, tenMinutesAgo, tenMinutesAgo);
  expect(await look()).toMatchObject({ inode: null });
});

test('a session that is forgotten meanwhile is left alone', async () => {
  const { file, book, id, seen } = await recording();
  await writeFile(file, '');
  const session = book.store.get(id);
  book.forget(id, () => {});
  await seen.look(session);
  expect(book.store.find(id)).toBeUndefined();
});
