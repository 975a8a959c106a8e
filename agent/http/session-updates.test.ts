import { expect, test } from 'vitest';
import type { Mark, Recording, Session } from '../../shared/domain.ts';
import { updatedSession } from '../../shared/session-update.ts';
import { uploadFixture } from '../../shared/upload-fixture.ts';
import type { Announcement } from '../live-events.ts';
import { session } from './agent-fixture.ts';
import { SessionUpdates, sessionChanges } from './session-updates.ts';

const mark = (id: string, text = id): Mark => ({
  ...{ id, kind: 'note', atMs: 0, text, inFile: false, createdAt: session.startedAt },
});
const recording = (id: string, change: Partial<Recording> = {}): Recording => ({
  ...{ id, sessionId: session.id, number: 1, path: `/${id}.mkv`, fileName: `${id}.mkv`, state: 'ready', bytes: 1 },
  ...{ container: 'mkv', finalised: true, startMs: 0, startedAt: session.startedAt, endedAt: null, uploads: [] },
  ...change,
});
const updated = (revision: number, change: Partial<Session> = {}): Announcement => ({
  type: 'session_updated',
  timestamp: session.startedAt,
  data: { ...session, ...change, revision },
});
const marks = (ids: string): Partial<Session> => ({ marks: [...ids].map((id) => mark(id)) });

test.each<[what: string, before: Partial<Session>, now: Partial<Session>, paths: string[]]>([
  ['nothing', marks('abc'), marks('abc'), []],
  ['a field', { name: 'a' }, { name: 'b' }, ['replace /name']],
  ['a mark at the end', marks('ab'), marks('abc'), ['add /marks/2']],
  ['a mark in between', marks('ac'), marks('abc'), ['add /marks/1']],
  ['a mark that is gone', marks('abc'), marks('ac'), ['remove /marks/1']],
  ['a mark that moved to the end', marks('abcd'), marks('bcda'), ['remove /marks/0', 'add /marks/3']],
  ['a mark that moved to the beginning', marks('abcd'), marks('dabc'), ['remove /marks/3', 'add /marks/0']],
  ['marks with one id', marks('aa'), marks('a'), ['remove /marks/1']],
  ['a mark’s text', { marks: [mark('a')] }, { marks: [mark('a', 'b')] }, ['replace /marks/0']],
  [
    'facts',
    { metadata: { scenes: [], pauses: [], skippedFrames: 1 } },
    { metadata: { scenes: [{ name: 'a', atMs: 0 }], pauses: [], missedFrames: 2 } },
    ['add /metadata/missedFrames', 'remove /metadata/skippedFrames', 'add /metadata/scenes/0'],
  ],
  [
    'a split',
    { recordings: [recording('a', { state: 'writing' })] },
    { recordings: [recording('a'), recording('b')] },
    ['replace /recordings/0/state', 'add /recordings/1'],
  ],
  [
    'an upload that is withdrawn',
    { recordings: [recording('a', { uploads: [uploadFixture()] })] },
    { recordings: [recording('a')] },
    ['replace /recordings/0/uploads'],
  ],
  [
    'an upload’s progress, which has an event of its own',
    { recordings: [recording('a', { uploads: [uploadFixture()] })] },
    { recordings: [recording('a', { uploads: [uploadFixture({ bytesSent: 5, phase: 'sending' })] })] },
    [],
  ],
])('of two sessions that differ in %s that alone is told', (_, before, now, paths) => {
  const changes = sessionChanges({ ...session, ...before }, { ...session, ...now });
  expect(changes.map(({ op, path }) => `${op} ${path}`)).toEqual(paths);
  const update = { id: session.id, name: '', state: session.state, revision: 2, after: 1, changes } as const;
  const after = updatedSession({ ...session, ...before }, update);
  const { recordings, ...rest } = { ...session, ...now };
  expect(after).toMatchObject({ ...rest, revision: 2 });
  expect(after.metadata).toEqual(rest.metadata);
  expect(after.recordings.map(({ uploads, ...own }) => [own, uploads.length])).toEqual(
    recordings.map(({ uploads, ...own }) => [own, uploads.length]),
  );
});

test('a session that nobody was told of before has to be asked for', () => {
  expect(new SessionUpdates().told(updated(2))?.data).toMatchObject({ after: null, changes: [] });
});

test('what a new client is shown is what the next update follows; of what it is shown later, what was told', () => {
  const updates = new SessionUpdates();
  updates.shown([session]);
  updates.shown([{ ...session, revision: 2, name: 'not told yet' }]);
  expect(updates.told(updated(3))?.data).toMatchObject({ after: session.revision, revision: 3 });
});

test('what is older than what was told is not told; a step of the recording is, with what is newer', () => {
  const updates = new SessionUpdates();
  updates.told(updated(5, { name: 'newest' }));
  expect(updates.told(updated(4))).toBeNull();
  const stopped = updates.told({ ...updated(4), type: 'recording_stopped' } as Announcement);
  expect(stopped).toMatchObject({ type: 'recording_stopped', data: { revision: 5, name: 'newest' } });
});

test('a new upload, which has an event of its own, is not told again', () => {
  const updates = new SessionUpdates();
  const upload = uploadFixture({ sessionId: session.id, recordingId: 'a' });
  updates.shown([{ ...session, recordings: [recording('a')] }]);
  updates.told({ type: 'upload_updated', timestamp: session.startedAt, data: upload });
  const update = updates.told(updated(2, { recordings: [recording('a', { uploads: [upload] })] }));
  expect(update?.data).toMatchObject({ changes: [] });
  expect(updates.current(session.id)?.recordings[0]?.uploads).toEqual([upload]);
});

test('as many sessions are kept in mind as change at a time, and no more', () => {
  const updates = new SessionUpdates();
  for (let number = 0; number < 100; number += 1) updates.shown([{ ...session, id: `${number}` }]);
  expect(updates.current('99')).toBeDefined();
  expect(updates.current('0')).toBeUndefined();
});
