import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatFileName, recordingPath } from './file-name.ts';

const now = new Date(2026, 10, 2, 3, 4, 5);
const video = { width: 1280, height: 720, fps: 30 };

describe('formatFileName', () => {
  // Each of these was read off real OBS 29.0.2 and 32.2.2.
  test.each([
    ['%CCYY-%MM-%DD %hh-%mm-%ss', '2026-11-02 03-04-05'],
    ['%YY%a%FPS x%CRES', '26Mon30 x1280x720'],
    ['été 日本 🎬 100%%', 'été 日本 🎬 100%'],
    ['Ab%%CCYY', 'Ab%CCYY'],
    ['a%%%DD', 'a%02'],
    ['%%%%', '%%'],
    ['100%', '100'],
    ['50%q', '50q'],
    ['%CCY', 'CCY'],
    ['', ''],
  ])('%j becomes %j', (format, name) => {
    expect(formatFileName(format, now, video)).toBe(name);
  });
});

describe('recordingPath', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'streamai-name-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('makes folders of slashes in both directions', () => {
    const slashed = folder.replaceAll(path.sep, '/');
    expect(recordingPath(folder, 'a\\b/c', 'mkv', 'linux')).toBe(`${slashed}/a/b/c.mkv`);
  });

  test('replaces what Windows reserves, on Windows only', () => {
    expect(path.posix.basename(recordingPath(folder, 'a:b*"<>|?', 'mkv', 'win32'))).toBe('a_b______.mkv');
    expect(path.posix.basename(recordingPath(folder, 'a:b', 'mkv', 'linux'))).toBe('a:b.mkv');
  });

  test('numbers names that exist', async () => {
    await writeFile(path.join(folder, 'x.mkv'), '');
    await writeFile(path.join(folder, 'x (2).mkv'), '');
    expect(path.posix.basename(recordingPath(folder, 'x', 'mkv'))).toBe('x (3).mkv');
    expect(path.posix.basename(recordingPath(folder, 'x', 'mp4'))).toBe('x.mp4');
  });
});
