import { expect, onTestFinished, test } from 'vitest';
import { createLog } from '../log.ts';
import { bookFixture } from './book-fixture.ts';
import { takeReachedLater } from './reached-later.ts';
import type { StoredSession } from './session-store.ts';

const now = Date.parse('2026-11-22T20:00:00Z');
const log = createLog({ level: 'silent' });
const pathHere = (told: string): string | null => (told.startsWith('D:/Rec/') ? `/mnt/rec/${told.slice(7)}` : null);

/** A session whose file OBS named like this. @param file as this machine knows it; null: it does not */
function world(told: string, file: string | null = null) {
  const { database, book, open, at } = bookFixture(() => now);
  onTestFinished(() => database.close());
  const closed: StoredSession[] = [];
  const id = open(file);
  book.notice(id, 'path_not_reachable', { path: told });
  const stop = (): unknown => book.apply(id, { type: 'stopped', at: at(now), paths: [] });
  const take = (): void =>
    takeReachedLater({ book, log, pathHere, closer: { closeFiles: (each) => closed.push(each) } });
  return { id, stop, take, closed, session: () => book.store.get(id) };
}

test('what could not be reached is taken in once its path means something here, and once', () => {
  const { stop, take, closed, session } = world('D:/Rec/a.mkv');
  stop();
  take();
  take();
  expect(session()).toMatchObject({ notices: [], run: { state: 'finalising', files: [{ path: '/mnt/rec/a.mkv' }] } });
  expect(closed).toHaveLength(1);
});

test.each([
  ['whose path still means nothing', 'E:/a.mkv', null],
  ['of which a file is known', 'D:/Rec/a.mkv', '/home/x/a.mkv'],
])('a session %s stays as it is', (_, told, file) => {
  const { stop, take, closed, session } = world(told, file);
  stop();
  take();
  expect(session().notices).toMatchObject([{ code: 'path_not_reachable' }]);
  expect(closed).toEqual([]);
});

test('what is recorded now is left to whoever looks at it', () => {
  const { take, closed, session } = world('D:/Rec/a.mkv');
  take();
  expect([session().run.files, closed]).toEqual([[], []]);
});
