import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { testCli } from './cli-fixture.ts';
import { logLine } from './log-line.ts';
import { followLines, lastLines } from './log-lines.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'streamai-logs-'));
  file = path.join(folder, 'agent.log');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the end of the log', () => {
  test('is what was asked for, the older file’s lines first where this one has too few', async () => {
    expect(await lastLines(file, 3)).toBeNull();
    await writeFile(`${file}.1`, 'a\nb\n');
    await writeFile(file, 'c\né 🎬\n');
    expect((await lastLines(file, 1))?.lines).toEqual(['é 🎬']);
    expect((await lastLines(file, 3))?.lines).toEqual(['b', 'c', 'é 🎬']);
    expect((await lastLines(file, 9))?.lines).toEqual(['a', 'b', 'c', 'é 🎬']);
  });
  test('leaves out the line that is still being written', async () => {
    await writeFile(file, 'c\nhalf');
    expect((await lastLines(file, 9))?.lines).toEqual(['c']);
  });
});

test('what comes is told once and whole, also where the log begins anew', async () => {
  await writeFile(file, 'old\nhal');
  const told: string[] = [];
  const ending = new AbortController();
  const end = await lastLines(file, 9);
  const following = followLines(file, end?.place ?? null, (line) => told.push(line), ending.signal);
  await appendFile(file, 'f\n');
  await vi.waitFor(() => expect(told).toEqual(['half']), 5000);
  // As the agent does: the last lines are in the older file before anybody has read them.
  await appendFile(file, 'last\n');
  await rename(file, `${file}.1`);
  await writeFile(file, 'new\n');
  await vi.waitFor(() => expect(told).toEqual(['half', 'last', 'new']), 5000);
  ending.abort();
  await following;
});

test('a log that is not there yet is told from its beginning', async () => {
  const told: string[] = [];
  const ending = new AbortController();
  const following = followLines(file, null, (line) => told.push(line), ending.signal);
  await writeFile(file, 'first\n');
  await vi.waitFor(() => expect(told).toEqual(['first']), 5000);
  ending.abort();
  await following;
});

describe('a line for people', () => {
  const { output } = testCli().cli;
  const at = new Date(2026, 10, 28, 23, 5, 9, 7).toISOString();
  test.each([
    [
      { level: 'info', time: at, msg: 'ready', url: 'http://x', n: 7 },
      '2026-11-28 23:05:09.007  info   ready  url=http://x n=7',
    ],
    [{ level: 'warn', time: at, msg: 'a', name: 'two words' }, '2026-11-28 23:05:09.007  warn   a  name="two words"'],
    [
      { level: 'error', time: at, msg: 'b', err: { type: 'Error', message: 'no', stack: 'at x' } },
      '2026-11-28 23:05:09.007  error  b  err="no"',
    ],
    [{ level: 'info', time: 'long ago', msg: 'x\u001b[2J' }, 'long ago  info   x [2J'],
  ])('%j', (entry, line) => expect(logLine(JSON.stringify(entry), output)).toBe(line));
  test('what is no JSON is shown as it is', () => expect(logLine('plain \u0007text', output)).toBe('plain  text'));
});
