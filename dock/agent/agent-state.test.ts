import { describe, expect, test } from 'vitest';
import type { Recording, Session, Task, Upload } from '../../shared/domain.ts';
import { errorInfo } from '../../shared/errors.ts';
import type { LiveEvent, ServerMessage, SessionUpdate, Snapshot } from '../../shared/live.ts';
import { defaultSettings } from '../../shared/settings.ts';
import { uploadFixture } from '../../shared/upload-fixture.ts';
import { type AgentState, isBehind, reduceAgent, withHistoryPage, withSearchPage } from './agent-state.ts';

const timestamp = '2026-11-22T19:43:05.000Z';

const task: Task = {
  id: 't1',
  uploadId: 'u1',
  status: 'processing',
  progress: null,
  message: null,
  results: {},
  error: null,
  updatedAt: timestamp,
  endedAt: null,
};
const upload = (id: string, more: Partial<Upload> = {}): Upload =>
  uploadFixture({ id, sessionId: 'a', recordingId: 'a1', state: 'uploading', attempts: 1, ...more });
const recording = (sessionId: string, uploads: Upload[]): Recording => ({
  id: `${sessionId}1`,
  sessionId,
  number: 1,
  path: '/videos/x.mkv',
  fileName: 'x.mkv',
  state: 'ready',
  bytes: 100,
  container: 'mkv',
  finalised: true,
  startMs: 0,
  startedAt: timestamp,
  endedAt: timestamp,
  uploads,
});
const session = (id: string, day: number, uploads: Upload[] = []): Session => ({
  id,
  name: id,
  state: 'recorded',
  startedBy: 'dock',
  startedAt: `2026-11-${day}T10:00:00.000Z`,
  stoppedAt: null,
  durationMs: 0,
  autoUpload: true,
  subtitleModel: 'base',
  priority: 1,
  notes: '',
  marks: [],
  thumbnail: false,
  revision: 1,
  metadata: { scenes: [], pauses: [] },
  notices: [],
  recordings: [recording(id, uploads)],
});
const snapshot = (sessions: Session[]): Snapshot => ({
  version: '0.1.0',
  obs: {
    state: 'connected',
    address: 'localhost:4455',
    version: '32.2.2',
    websocketVersion: '5.7.4',
    problem: null,
    canPause: true,
    canSplit: false,
    canChapter: false,
    pauseProblem: null,
    splitProblem: null,
    recordDirectory: null,
    freeBytes: null,
  },
  destinations: [],
  recording: { active: false, paused: false, session: null, durationMs: 0, bytes: 0, timecode: '00:00:00.000' },
  nextSession: { name: null, suggestedName: 'next', fields: {}, autoUpload: true, subtitleModel: 'base', priority: 1 },
  uploads: { queued: 0, uploading: 0, waiting: 0, paused: 0, failed: 0 },
  sessions,
  settings: {
    values: defaultSettings,
    secrets: { obsPassword: false, processingApiKey: false, objectStorageSecretKey: false },
    fixed: {},
  },
});

/** From the session's first revision to its second. */
const renamed = (id: string, after: number | null = 1): SessionUpdate => ({
  ...{ id, name: 'renamed', state: 'recorded', revision: 2, after },
  changes: [{ op: 'replace', path: '/name', value: 'renamed' }],
});

/** The state after a snapshot of these sessions and these events. */
function stateAfter(sessions: Session[], ...events: Omit<LiveEvent, 'timestamp'>[]): AgentState {
  const messages = [{ type: 'snapshot', data: snapshot(sessions) }, ...events] as ServerMessage[];
  const state = messages.reduce(reduceAgent, null as AgentState | null);
  if (state === null) throw new Error('no snapshot');
  return state;
}
const ids = ({ sessions }: AgentState): string => sessions.map(({ id }) => id).join(' ');
const uploads = ({ sessions }: AgentState): Upload[] =>
  sessions.flatMap(({ recordings }) => recordings.flatMap((one) => one.uploads));

describe('the list of sessions', () => {
  test('ignores events before the snapshot', () => {
    expect(reduceAgent(null, { type: 'recording_started', timestamp, data: session('a', 20) })).toBeNull();
  });
  test('is newest first', () => {
    expect(ids(stateAfter([session('a', 20), session('b', 21)]))).toBe('b a');
  });
  test('gets a started recording on top', () => {
    const state = stateAfter([session('a', 20)], { type: 'recording_started', data: session('b', 21) });
    expect(ids(state)).toBe('b a');
    expect(state.activeSessionId).toBe('b');
  });
  test('keeps a session’s place when it changes', () => {
    const state = stateAfter([session('a', 20), session('b', 21)], {
      type: 'session_updated',
      data: renamed('a'),
    });
    expect(ids(state)).toBe('b a');
    expect(state.sessions[1]?.name).toBe('renamed');
  });
  test('loses a forgotten session', () => {
    expect(ids(stateAfter([session('a', 20)], { type: 'session_deleted', data: { sessionId: 'a' } }))).toBe('');
  });
  test('keeps the object of a session that did not change', () => {
    const state = stateAfter([session('a', 20, [upload('u1')]), session('b', 21)]);
    const next = reduceAgent(state, { type: 'task_updated', timestamp, data: task });
    expect(next?.sessions[0]).toBe(state.sessions[0]);
    expect(next?.sessions[1]).not.toBe(state.sessions[1]);
  });
});

describe('an update of a session', () => {
  const known = stateAfter([session('a', 20)]);
  const updated = (data: SessionUpdate): AgentState | null =>
    reduceAgent(known, { type: 'session_updated', timestamp, data });
  test('that follows what is known is applied', () => {
    expect(updated(renamed('a'))?.sessions).toEqual([{ ...session('a', 20), name: 'renamed', revision: 2 }]);
    expect(isBehind(updated(renamed('a')) as AgentState, renamed('a'))).toBe(false);
  });
  test.each([0, 7, null])(
    'that follows another revision (%s) changes nothing, and the session is asked for',
    (other) => {
      expect(updated(renamed('a', other))?.sessions).toEqual(known.sessions);
      expect(isBehind(known, renamed('a', other))).toBe(true);
      const whole = { ...session('a', 20), revision: 3 };
      const asked = reduceAgent(known, { type: 'session', timestamp, data: whole }) as AgentState;
      expect(asked.sessions).toEqual([whole]);
      expect(isBehind(asked, renamed('a', other))).toBe(false);
    },
  );
  test('of a session that is not there is asked for, unless it comes with a further page', () => {
    expect(isBehind(known, renamed('b'))).toBe(true);
    expect(isBehind({ ...known, nextCursor: 'c' }, renamed('b'))).toBe(false);
  });
});

describe('what a search found', () => {
  const found = { sessions: [session('old', 1)], nextCursor: 'f' };
  test('is kept beside the list, and changes with its sessions', () => {
    const state = withSearchPage(stateAfter([session('a', 20)]), found, true);
    const listed = { ...state, nextCursor: 'c' };
    const next = reduceAgent(listed, { type: 'session_updated', timestamp, data: renamed('old') });
    expect(next?.found?.sessions.map(({ name }) => name)).toEqual(['renamed']);
    // Between it and the list are sessions that are not loaded.
    expect(next?.sessions.map(({ id }) => id)).toEqual(['a']);
  });
  test('grows by further pages, each session once', () => {
    const state = withSearchPage(stateAfter([]), found, true);
    const more = { sessions: [session('old', 1), session('older', 1)], nextCursor: null };
    expect(withSearchPage(state, more, false).found).toMatchObject({
      sessions: [{ id: 'old' }, { id: 'older' }],
      nextCursor: null,
    });
    expect(withSearchPage(state, more, true).found?.sessions).toHaveLength(2);
    expect(withSearchPage(state, null, true).found).toBeNull();
  });
  test('is kept over a snapshot', () => {
    const state = withSearchPage(stateAfter([]), found, true);
    expect(reduceAgent(state, { type: 'snapshot', timestamp, data: snapshot([]) })?.found).toEqual(found);
  });
});

describe('a further page', () => {
  test('is added at the end, with the next cursor', () => {
    const state = withHistoryPage(stateAfter([session('b', 21)]), { sessions: [session('a', 20)], nextCursor: 'c' });
    expect(ids(state)).toBe('b a');
    expect(state.nextCursor).toBe('c');
  });
  test('does not overwrite what came by a newer live event', () => {
    const stale = { ...session('a', 20), name: 'stale' };
    const state = withHistoryPage(stateAfter([session('a', 20)]), { sessions: [stale], nextCursor: null });
    expect(state.sessions.map(({ name }) => name)).toEqual(['a']);
  });
});

describe('an upload', () => {
  const start = [session('a', 20, [upload('u1')])];
  test('shows its progress', () => {
    const data = {
      uploadId: 'u1',
      recordingId: 'a1',
      sessionId: 'a',
      bytesSent: 42,
      bytesTotal: 100,
      bytesPerSecond: 7,
      parts: null,
      phase: null,
      behindMs: null,
    };
    expect(uploads(stateAfter(start, { type: 'upload_progress', data }))).toMatchObject([
      { bytesSent: 42, bytesPerSecond: 7 },
    ]);
  });
  test('replaces itself', () => {
    const data = upload('u1', { state: 'completed' });
    expect(uploads(stateAfter(start, { type: 'upload_completed', data }))).toMatchObject([
      { id: 'u1', state: 'completed' },
    ]);
  });
  test('that is new joins its recording', () => {
    const state = stateAfter(start, { type: 'upload_updated', data: upload('u2') });
    expect(uploads(state).map(({ id }) => id)).toEqual(['u1', 'u2']);
  });
  test('of a session that is not loaded changes nothing', () => {
    const state = stateAfter(start, {
      type: 'upload_updated',
      data: upload('u9', { sessionId: 'x', recordingId: 'x1' }),
    });
    expect(uploads(state).map(({ id }) => id)).toEqual(['u1']);
  });
  test('gets its task', () => {
    expect(uploads(stateAfter(start, { type: 'task_updated', data: task }))[0]?.task).toEqual(task);
  });
});

describe('everything else', () => {
  test('tracks the recording', () => {
    const data = { active: true, paused: false, durationMs: 1500, bytes: 9, timecode: '00:00:01.500', sessionId: 'a' };
    const state = stateAfter([session('a', 20)], { type: 'recording_status_update', data });
    expect(state.activeSessionId).toBe('a');
    expect(state.sessions[0]?.durationMs).toBe(1500);
    const stopped = reduceAgent(state, { type: 'recording_stopped', timestamp, data: session('a', 20) });
    expect(stopped?.activeSessionId).toBeNull();
  });
  test('replaces one destination and keeps the other', () => {
    const one = {
      configured: true,
      reachable: null,
      address: null,
      proxy: null,
      embedded: false,
      problem: null,
    } as const;
    const state = stateAfter(
      [],
      { type: 'destination_updated', data: { ...one, id: 'object-storage' } },
      { type: 'destination_updated', data: { ...one, id: 'processing' } },
      { type: 'destination_updated', data: { ...one, id: 'object-storage', reachable: true } },
    );
    expect(state.destinations.map(({ id, reachable }) => [id, reachable])).toEqual([
      ['processing', null],
      ['object-storage', true],
    ]);
  });
  test('leaves the state alone for an error', () => {
    const state = stateAfter([]);
    expect(reduceAgent(state, { type: 'error', timestamp, data: errorInfo('internal') })).toBe(state);
  });
});
