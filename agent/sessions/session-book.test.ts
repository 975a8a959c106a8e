import { beforeEach, expect, test } from 'vitest';
import type { Session } from '../../shared/domain.ts';
import { TestClock } from '../clock-fixture.ts';
import { openDatabase, transaction } from '../storage/database.ts';
import { type BookFixture, bookFixture } from './book-fixture.ts';
import { announceEveryMs } from './session-book.ts';

let clock: TestClock;
let fixture: BookFixture;
let id: string;

beforeEach(() => {
  clock = new TestClock();
  fixture = bookFixture(() => clock.now(), openDatabase(':memory:'), undefined, clock);
  id = fixture.open('/rec/a.mkv');
  clock.advance(60_000);
  fixture.events.length = 0;
});

const heard = (): string[] => fixture.events.map(({ type }) => type);
const lastHeard = (): Session => fixture.events.at(-1)?.data as Session;
const rename = (name: string): void => void fixture.book.change(id, (session) => ({ ...session, name }));

test('what a person did is heard at once, and what follows it together, with the last word', () => {
  for (let number = 1; number <= 50; number++) {
    rename(`Name ${number}`);
    clock.advance(10);
  }
  clock.advance(announceEveryMs.soon);
  expect(heard()).toEqual(Array(4).fill('session_updated'));
  expect(lastHeard().name).toBe('Name 50');
});

test('facts that nobody waits for are heard rarely, or with what a person did', () => {
  const note = (skippedFrames: number): void => void fixture.book.note(id, (facts) => ({ ...facts, skippedFrames }));
  note(1);
  note(2);
  clock.advance(1000);
  expect(heard()).toEqual(['session_updated']);
  rename('Named');
  expect(lastHeard()).toMatchObject({ name: 'Named', metadata: { skippedFrames: 2 } });
  clock.advance(announceEveryMs.later);
  expect(heard()).toHaveLength(2);
});

test('a step of its run is heard at once, and what waited is in it', () => {
  rename('One');
  rename('Two');
  fixture.book.apply(id, { type: 'stopped', at: fixture.at(clock.now()), paths: [] });
  expect(heard()).toEqual(['session_updated', 'recording_stopped']);
  expect(lastHeard()).toMatchObject({ name: 'Two', state: 'finalising' });
  clock.advance(60_000);
  expect(heard()).toHaveLength(2);
});

test('that time goes on is written down and told nobody', () => {
  fixture.book.apply(id, { type: 'went_on', at: fixture.at(clock.now()) });
  clock.advance(60_000);
  expect(heard()).toEqual([]);
  expect(fixture.store.get(id).run.asOf.recordedMs).toBe(60_000);
});

test('a session that is forgotten is not heard of again', () => {
  rename('One');
  rename('Two');
  fixture.book.forget(id, () => undefined);
  clock.advance(60_000);
  expect(heard()).toEqual(['session_updated', 'session_deleted']);
});

test('a session whose end could not be saved keeps its revision: clients ignore an earlier one', () => {
  rename('One');
  const { revision } = fixture.book.view(id);
  expect(() =>
    transaction(fixture.database, () => {
      fixture.book.forget(id, () => undefined);
      throw new Error('full disk');
    }),
  ).toThrow('full disk');
  expect(fixture.book.view(id).revision).toBe(revision);
});

test('what is not committed is never heard of, now or later', () => {
  rename('One');
  expect(() =>
    transaction(fixture.database, () => {
      rename('Two');
      throw new Error('full');
    }),
  ).toThrow('full');
  clock.advance(60_000);
  expect(fixture.events.map(({ data }) => (data as Session).name)).toEqual(['One']);
});

test('nothing is heard after the end', () => {
  rename('One');
  rename('Two');
  fixture.book.close();
  clock.advance(60_000);
  expect(heard()).toHaveLength(1);
});

test('why OBS failed stands on the card as long as it is true', () => {
  fixture.book.fail(id, { type: 'failed', at: fixture.at(clock.now()), paths: [] }, 'recording_disk_full');
  expect(lastHeard()).toMatchObject({ state: 'finalising', notices: [{ code: 'recording_disk_full' }] });
  expect(heard()).toEqual(['recording_stopped']);
  fixture.book.notice(id, 'file_missing', { file: 'a.mkv' });
  fixture.book.apply(id, { type: 'revived', paused: false, at: fixture.at(clock.now()) });
  expect(lastHeard()).toMatchObject({ state: 'recording', notices: [{ code: 'file_missing' }] });
});
