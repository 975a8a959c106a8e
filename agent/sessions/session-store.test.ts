import { beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../storage/database.ts';
import { begin, step } from './session-state.ts';
import { SessionStore, type StoredSession } from './session-store.ts';

let store: SessionStore;
beforeEach(() => {
  store = new SessionStore(
    openDatabase(':memory:'),
    () => new Map(),
    () => 9_000_000,
  );
});

const session = (id: string, startedAt: number, name = `Session ${id}`): StoredSession => ({
  id,
  name,
  startedBy: 'obs',
  autoUpload: true,
  subtitleModel: 'base',
  priority: 1,
  notes: '',
  metadata: { scenes: [], pauses: [] },
  run: begin(startedAt, `/rec/${id}.mkv`),
  fileIds: [`${id}-1`],
});

test('what is saved is what is read, through every state', () => {
  let stored = session('a', 1_000_000);
  const events = [
    { type: 'paused', at: 1_001_000 },
    { type: 'resumed', at: 1_003_000 },
    { type: 'file_changed', at: 1_004_000, path: '/rec/b.mkv' },
    { type: 'stopping', at: 1_005_000 },
    { type: 'stopped', at: 1_006_000, paths: [] },
    { type: 'file_ready', number: 1, bytes: 7, container: 'mkv', finalised: true, at: 1_006_000 },
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
  expect(store.view(stored)).toMatchObject({
    state: 'recorded',
    durationMs: 4000,
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
  store.save({ ...session('b', 2), run: begin(2, '/rec/a.mkv') });
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

test('forgetting a session forgets its recordings', () => {
  store.save(session('a', 1));
  store.delete('a');
  expect(store.find('a')).toBeUndefined();
  expect(store.recordingFile('a-1')).toBeNull();
  expect(() => store.get('a')).toThrow(expect.objectContaining({ code: 'session_not_found' }));
});
