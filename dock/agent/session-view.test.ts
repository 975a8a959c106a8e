import { describe, expect, it } from 'vitest';
import type { Recording, Session, SessionState, TaskStatus, Upload, UploadState } from '../../shared/domain.ts';
import { canUploadNow, uploadActions, uploadRatio, uploadRemainingMs } from './session-view.ts';

const upload = (more: Partial<Upload>): Upload =>
  ({ bytesTotal: 100, bytesSent: 0, bytesPerSecond: null, ...more }) as Upload;
const file = (state: Recording['state'], ...uploads: Upload[]): Recording => ({ state, uploads }) as Recording;
const session = (state: SessionState, ...recordings: Recording[]): Session => ({ state, recordings }) as Session;

describe('“upload now”', () => {
  it.each<[string, Session, boolean]>([
    ['a session that was never queued', session('recorded', file('ready')), true],
    ['an interrupted one', session('interrupted', file('ready')), true],
    ['one that still records', session('recording', file('writing')), false],
    ['one that is finalised just now', session('finalising', file('ready')), false],
    ['one whose file is gone', session('recorded', file('missing')), false],
    ['one that is queued', session('recorded', file('ready', upload({}))), false],
    ['one with a file left out', session('recorded', file('ready', upload({})), file('ready')), true],
    ['one without files', session('interrupted'), false],
  ])('for %s', (_, input, offered) => {
    expect(canUploadNow(input)).toBe(offered);
  });
});

describe('the buttons of an upload', () => {
  it.each<[UploadState, TaskStatus | null, string]>([
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
  it.each([
    [0, 0, 0],
    [0, 100, 0],
    [42, 100, 0.42],
    [200, 100, 1],
  ])('of %i of %i bytes', (bytesSent, bytesTotal, ratio) => {
    expect(uploadRatio(upload({ bytesSent, bytesTotal }))).toBe(ratio);
  });
  it.each([
    [50, 10, 5000],
    [50, null, null],
    [50, 0, null],
  ])('with %i bytes sent at %s bytes per second', (bytesSent, bytesPerSecond, ms) => {
    expect(uploadRemainingMs(upload({ bytesSent, bytesPerSecond }))).toBe(ms);
  });
});
