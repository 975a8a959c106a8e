import { describe, expect, test } from 'vitest';
import type { Recording, Session, SessionState, TaskStatus, Upload, UploadState } from '../../../shared/domain.ts';
import { errorInfo } from '../../../shared/errors.ts';
import {
  baseName,
  canUpload,
  cardUploads,
  hasProgress,
  isDone,
  isProvenByParts,
  leftFiles,
  resultLinks,
  shownNotices,
  uploadActions,
  uploadRatio,
  uploadRemainingMs,
  wantsUpload,
} from './session-view.ts';

const upload = (more: Partial<Upload>): Upload =>
  ({ bytesTotal: 100, bytesSent: 0, bytesPerSecond: null, ...more }) as Upload;
const file = (state: Recording['state'], ...uploads: Upload[]): Recording => ({ state, uploads }) as Recording;
const session = (state: SessionState, ...recordings: Recording[]): Session => ({ state, recordings }) as Session;

describe('“upload now”', () => {
  test.each<[string, Session, boolean]>([
    ['a session that was never queued', session('recorded', file('ready')), true],
    ['an interrupted one', session('interrupted', file('ready')), true],
    ['one that still records', session('recording', file('writing')), false],
    ['one that is finalised just now', session('finalising', file('ready')), false],
    ['one whose file is gone', session('recorded', file('missing')), false],
    ['one that is queued', session('recorded', file('ready', upload({}))), false],
    ['one with a file left out', session('recorded', file('ready', upload({})), file('ready')), true],
    ['one without files', session('interrupted'), false],
  ])('for %s', (_, input, offered) => {
    expect(wantsUpload(input)).toBe(offered);
  });
  test('may be done again by hand', () => {
    expect(canUpload(session('recorded', file('ready', upload({}))))).toBe(true);
    expect(canUpload(session('recorded', file('missing')))).toBe(true);
    expect(canUpload(session('recorded', file('deleted')))).toBe(false);
    expect(canUpload(session('recording', file('ready')))).toBe(false);
  });
});

describe('the buttons of an upload', () => {
  test.each<[UploadState, TaskStatus | null, string]>([
    ['queued', null, 'pause cancel'],
    ['uploading', null, 'pause cancel'],
    ['waiting', null, 'retry pause cancel'],
    ['paused', null, 'resume cancel'],
    ['failed', null, 'retry'],
    ['cancelled', null, 'retry'],
    ['completed', null, ''],
    ['completed', 'completed_simple', ''],
    ['completed', 'error', 'retry'],
    ['completed', 'unknown', 'retry'],
  ])('that is %s with a task that is %s', (state, status, actions) => {
    const task = status === null ? null : ({ status } as Upload['task']);
    expect(uploadActions({ state, task }).join(' ')).toBe(actions);
  });
});

describe('progress', () => {
  test.each([
    [0, 0, 0],
    [0, 100, 0],
    [42, 100, 0.42],
    [200, 100, 1],
  ])('of %i of %i bytes', (bytesSent, bytesTotal, ratio) => {
    expect(uploadRatio(upload({ bytesSent, bytesTotal }))).toBe(ratio);
  });
  test.each([
    [50, 10, 5000],
    [50, null, null],
    [50, 0, null],
  ])('with %i bytes sent at %s bytes per second', (bytesSent, bytesPerSecond, ms) => {
    expect(uploadRemainingMs(upload({ bytesSent, bytesPerSecond }))).toBe(ms);
  });
});

const done = (status: TaskStatus | null): Upload =>
  upload({ state: 'completed', task: status === null ? null : ({ status } as Upload['task']) });

describe('an upload is done', () => {
  test.each<[string, Upload, boolean]>([
    ['once its subtitles are ready', done('completed'), true],
    ['once it is stored', done('completed_simple'), true],
    ['once it is in Object Storage', done(null), true],
    ['not while it is transcribed', done('processing'), false],
    ['not where its task failed', done('error'), false],
    ['not while it waits', upload({ state: 'waiting', task: null }), false],
    ['where a person cancelled it', upload({ state: 'cancelled', task: null }), true],
  ])('%s', (_, one, expected) => {
    expect(isDone(one)).toBe(expected);
  });
});

describe('a card', () => {
  const queued = upload({ state: 'queued', task: null });
  const failed = upload({ state: 'failed', task: null });
  const shown = (...all: Upload[]) => {
    const { rows, doneCount } = cardUploads(session('recorded', ...all.map((one) => file('ready', one))));
    return [rows.map(({ upload: { state } }) => state).join(' '), doneCount];
  };
  test('shows both of two uploads', () => {
    expect(shown(done(null), queued)).toEqual(['completed queued', null]);
  });
  test('counts those of many that are done, and shows what went wrong before what waits', () => {
    expect(shown(done(null), queued, queued, failed)).toEqual(['failed queued', 1]);
  });
  test('has no row where all of many are done', () => {
    expect(shown(done(null), done(null), done('completed'))).toEqual(['', 3]);
  });
});

test('has no bar and no end while it follows the recording', () => {
  const following = upload({ state: 'uploading', phase: 'following', bytesPerSecond: 5 });
  expect(hasProgress(following)).toBe(false);
  expect(uploadRemainingMs(following)).toBeNull();
});

test('leads to results on the web alone', () => {
  const results = { video: 'https://x/v', subtitles: 'javascript:alert(1)', thumbnail: '/t' };
  expect(resultLinks(upload({ task: { results } as unknown as Upload['task'] }))).toEqual([['video', 'https://x/v']]);
});

describe('what the card asks about files', () => {
  const notices = [
    errorInfo('recording_disk_full'),
    errorInfo('file_held_format', { file: '/v/a.mp4' }),
    errorInfo('file_uncertain', { file: '/v/b.mp4' }),
    errorInfo('file_held_old', { file: '/v/a.mp4' }),
    errorInfo('file_held_outside', { file: 'D:\\Films\\c.mp4', left: 1 }),
    errorInfo('file_held_old', { file: 'D:\\Films\\c.mp4', left: 1 }),
  ];

  test('stands once below all that speaks against a file; what was left is not asked about', () => {
    expect(shownNotices({ notices }).map(({ info, ask, held }) => [info.code, ask, held])).toEqual([
      ['recording_disk_full', null, true],
      ['file_held_format', null, true],
      ['file_uncertain', '/v/b.mp4', false],
      ['file_held_old', '/v/a.mp4', true],
    ]);
  });

  test('and was answered with “Leave” is said once, by the file’s name', () => {
    expect(leftFiles({ notices })).toEqual(['c.mp4']);
    expect(leftFiles({ notices: [] })).toEqual([]);
  });

  test.each([
    ['/v/a b.mp4', 'a b.mp4'],
    ['D:\\Films\\c.mp4', 'c.mp4'],
    ['d.mp4', 'd.mp4'],
  ])('names %s', (path, name) => {
    expect(baseName(path)).toBe(name);
  });
});

test.each([
  [{}, false],
  [{ provenBy: 'md5' }, false],
  [{ provenBy: 'parts' }, true],
] as const)('an upload that says %j is proven by its parts: %s', (said, expected) => {
  expect(isProvenByParts({ ...upload({}), ...said })).toBe(expected);
});
