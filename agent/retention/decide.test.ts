import { describe, expect, test } from 'vitest';
import type { Upload } from '../../shared/domain.ts';
import { nextDeletion, type RetentionSettings, type SessionFiles } from './decide.ts';

type File = SessionFiles['recordings'][number];
const GB = 1_000_000_000;

const file = (id: string, uploads: string[], change: Partial<File> = {}): File => ({
  id,
  number: 1,
  state: 'ready',
  path: `/disk/${id}.mkv`,
  bytes: 10 * GB,
  uploads: uploads.map((text, index) => {
    const [destination, state] = text.split(' ') as [Upload['destination'], Upload['state']];
    return { id: `${id}-${index}`, destination, state };
  }),
  ...change,
});
const session = (id: string, recordings: File[], state: SessionFiles['state'] = 'recorded'): SessionFiles => ({
  id,
  state,
  recordings,
});
const stored = ['object-storage completed'];
const verified: RetentionSettings = { deleteLocal: 'verified', keepLast: null, keepFreeBytes: null };
const decide = (
  sessions: SessionFiles[],
  settings: Partial<RetentionSettings> = {},
  free: number | null = 0,
  refused: string[] = [],
) => nextDeletion(sessions, { ...verified, ...settings }, () => free, new Set(refused));

describe('whether a recording may go', () => {
  test.each<[string, File, SessionFiles['state'], boolean]>([
    ['stored', file('a', stored), 'recorded', true],
    ['stored, of a session that broke off', file('a', stored), 'interrupted', true],
    ['with the processing server alone, which must prove it', file('a', ['processing completed']), 'recorded', true],
    ['at both', file('a', [...stored, 'processing completed']), 'recorded', true],
    ['nowhere', file('a', []), 'recorded', false],
    ['stored, but on its way to another destination', file('a', [...stored, 'processing queued']), 'recorded', false],
    ['stored, and being sent there again', file('a', [...stored, 'object-storage uploading']), 'recorded', false],
    ['stored, but an upload is paused', file('a', [...stored, 'processing paused']), 'recorded', false],
    ['stored, but another upload waits', file('a', [...stored, 'processing waiting']), 'recorded', false],
    ['stored, but another upload failed', file('a', [...stored, 'processing failed']), 'recorded', false],
    ['that failed at first', file('a', ['object-storage failed', ...stored]), 'recorded', true],
    ['that failed the second time', file('a', [...stored, 'object-storage failed']), 'recorded', false],
    ['stored, another upload cancelled', file('a', [...stored, 'processing cancelled']), 'recorded', true],
    ['cancelled', file('a', ['object-storage cancelled']), 'recorded', false],
    ['of a session that records', file('a', stored), 'recording', false],
    ['of a session whose files are being closed', file('a', stored), 'finalising', false],
    ['being closed', file('a', stored, { state: 'finalising' }), 'recorded', false],
    ['gone', file('a', stored, { state: 'missing' }), 'recorded', false],
    ['deleted', file('a', stored, { state: 'deleted' }), 'recorded', false],
  ])('%s', (_what, recording, state, expected) => {
    expect(decide([session('s', [recording], state)]) !== null).toBe(expected);
  });

  test('is asked of nobody by default', () => {
    expect(
      decide([session('s', [file('a', stored)])], { deleteLocal: 'never', keepFreeBytes: GB, keepLast: 1 }),
    ).toBeNull();
  });
});

describe('which one goes first', () => {
  const sessions = [
    session('new', [file('n', stored)]),
    session('middle', [file('m1', stored), file('m2', stored, { number: 2 })]),
    session('old', [file('o', stored)]),
  ];
  test.each<[string, Partial<RetentionSettings>, number | null, string[], string | null]>([
    ['the oldest', {}, null, [], 'o'],
    ['the next, when the oldest could not be deleted', {}, null, ['o'], 'm1'],
    ['none of the last three', { keepLast: 3 }, null, [], null],
    ['none of the last one', { keepLast: 1 }, null, ['o', 'm1', 'm2'], null],
    ['all but the last one', { keepLast: 1 }, null, ['o', 'm1'], 'm2'],
    ['none while there is room', { keepFreeBytes: 50 * GB }, 50 * GB, [], null],
    ['the oldest when room is short', { keepFreeBytes: 50 * GB }, 50 * GB - 1, [], 'o'],
    ['none where the room is not known', { keepFreeBytes: 50 * GB }, null, [], null],
    ['none of the last three, however short room is', { keepFreeBytes: 50 * GB, keepLast: 3 }, 0, [], null],
  ])('%s', (_what, settings, free, refused, recordingId) => {
    expect(decide(sessions, settings, free, refused)?.recordingId ?? null).toBe(recordingId);
  });

  test('room counts on the disk that a file lies on', () => {
    const disks = [session('a', [file('full', stored)]), session('b', [file('empty', stored)])];
    const free = (path: string): number => (path.includes('full') ? 0 : 100 * GB);
    expect(nextDeletion(disks, { ...verified, keepFreeBytes: GB }, free, new Set())?.recordingId).toBe('full');
  });
});

test('Object Storage is the first witness', () => {
  const both = file('a', ['processing completed', 'object-storage failed', 'object-storage completed']);
  expect(decide([session('s', [both])])?.witnesses).toEqual(['a-2', 'a-0']);
});
