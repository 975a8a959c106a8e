import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { obsRunning, type ProgramEnd } from './running.ts';

interface Process {
  readonly comm: string;
  /** null: nobody may read it. */
  readonly environ: string | null;
  /** Whether it is our user's, and has not ended. */
  readonly status?: string;
}

const uid = 1000;
const ours = `Name:\tobs\nUid:\t${uid}\t0\t0\t0\nVmSize:\t  100 kB\n`;
const ended = ours.replace(/^VmSize.*\n/m, '');
const theirs = ours.replace(/^Uid:\t\d+/m, 'Uid:\t4711');

async function procOf(processes: Readonly<Record<number, Process>>, sockets = ''): Promise<string> {
  const proc = await mkdtemp(path.join(tmpdir(), 'streamai-proc-'));
  onTestFinished(() => rm(proc, { recursive: true, force: true }));
  await mkdir(path.join(proc, 'net'));
  await writeFile(path.join(proc, 'net', 'unix'), sockets);
  for (const [pid, { comm, environ, status = ours }] of Object.entries(processes)) {
    await mkdir(path.join(proc, pid));
    await writeFile(path.join(proc, pid, 'comm'), `${comm}\n`);
    await writeFile(path.join(proc, pid, 'status'), status);
    // Root may read every file; a folder is read by nobody.
    if (environ === null) await mkdir(path.join(proc, pid, 'environ'));
    else await writeFile(path.join(proc, pid, 'environ'), environ);
  }
  return proc;
}

const nothing = async (): Promise<ProgramEnd> => ({ code: null, stdout: '' });
const home = 'PATH=/bin\0HOME=/home/ann\0';
test.each<[string, Readonly<Record<number, Process>>, string, string, boolean]>([
  ['with its home', { 12: { comm: 'obs', environ: home } }, '', '/home/ann/.config/obs-studio', true],
  [
    'another configuration',
    { 12: { comm: 'obs', environ: home } },
    '',
    '/home/ann/.var/app/x/config/obs-studio',
    false,
  ],
  [
    'in a Flatpak',
    { 12: { comm: 'obs', environ: `${home}XDG_CONFIG_HOME=/home/ann/.var/app/x/config\0` } },
    '',
    '/home/ann/.var/app/x/config/obs-studio',
    true,
  ],
  ['wrapped, as on NixOS', { 12: { comm: '.obs-wrapped', environ: home } }, '', '/home/ann/.config/obs-studio', true],
  [
    'under another name, by its socket',
    { 12: { comm: 'studio', environ: home } },
    '0: 2 0 0 2 1 9 @/com/obsproject 12 32.2.2\n',
    '/home/ann/.config/obs-studio',
    true,
  ],
  ['another program', { 12: { comm: 'obsidian', environ: home } }, '', '/home/ann/.config/obs-studio', false],
  [
    'another user’s, whose environment is not ours to read',
    { 12: { comm: 'obs', environ: null, status: theirs } },
    '',
    '/home/ann/.config/obs-studio',
    false,
  ],
  ['ours, whose environment nobody may read', { 12: { comm: 'obs', environ: null } }, '', '/home/ann/any', true],
  ['ours, whose environment says no home', { 12: { comm: 'obs', environ: 'PATH=/bin\0' } }, '', '/home/ann/any', true],
  [
    'by its socket, whose environment nobody may read',
    { 12: { comm: 'studio', environ: null } },
    '0: 2 0 0 2 1 9 @/com/obsproject 12 32.2.2\n',
    '/home/ann/any',
    true,
  ],
  ['one that has ended', { 12: { comm: 'obs', environ: '', status: ended } }, '', '/home/ann/any', false],
  ['none', {}, '', '/home/ann/.config/obs-studio', false],
])('Linux: %s', async (_, processes, sockets, root, expected) => {
  const isRunning = obsRunning('linux', {}, nothing, await procOf(processes, sockets), uid);
  expect(await isRunning(root)).toBe(expected);
});

test('Windows: what the system’s own tasklist says of obs64.exe', async () => {
  const asked: unknown[] = [];
  const said = { now: 'INFO: No tasks are running which match the specified criteria.\r\n' };
  const run = async (file: string, args: readonly string[]) => {
    asked.push([file, ...args]);
    return { code: 0, stdout: said.now };
  };
  const isRunning = obsRunning('win32', { SystemRoot: 'C:\\Windows' }, run);
  expect(await isRunning('C:\\any')).toBe(false);
  said.now = '"obs64.exe","1234","Console","1","210,000 K"\r\n';
  expect(await isRunning('C:\\any')).toBe(true);
  expect(asked[0]).toEqual([
    'C:\\Windows\\System32\\tasklist.exe',
    '/FI',
    'IMAGENAME eq obs64.exe',
    '/FO',
    'CSV',
    '/NH',
  ]);
});

test.each<[string, ProgramEnd, boolean]>([
  ['finds it', { code: 0, stdout: '77\n' }, true],
  ['finds none', { code: 1, stdout: '' }, false],
  ['fails', { code: 3, stdout: '' }, true],
  ['is late, or is not there', { code: null, stdout: '' }, true],
])('macOS: pgrep %s', async (_, end, expected) => {
  expect(await obsRunning('darwin', {}, async () => end)('/any')).toBe(expected);
});

test.each<[string, ProgramEnd]>([
  ['fails', { code: 1, stdout: '' }],
  ['is late, or is not there', { code: null, stdout: '' }],
])('Windows: where tasklist %s, OBS counts as running', async (_, end) => {
  expect(await obsRunning('win32', {}, async () => end)('C:\\any')).toBe(true);
});

test('Linux: where nobody says which processes there are, OBS counts as running', async () => {
  const isRunning = obsRunning('linux', {}, nothing, path.join(await procOf({}), 'gone'));
  expect(await isRunning('/home/ann/any')).toBe(true);
});
