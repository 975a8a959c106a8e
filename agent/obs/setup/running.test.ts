import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { obsRunning } from './running.ts';

interface Process {
  readonly comm: string;
  readonly environ: string;
}

async function procOf(processes: Readonly<Record<number, Process>>, sockets = ''): Promise<string> {
  const proc = await mkdtemp(path.join(tmpdir(), 'streamai-proc-'));
  onTestFinished(() => rm(proc, { recursive: true, force: true }));
  await mkdir(path.join(proc, 'net'));
  await writeFile(path.join(proc, 'net', 'unix'), sockets);
  for (const [pid, { comm, environ }] of Object.entries(processes)) {
    await mkdir(path.join(proc, pid));
    await writeFile(path.join(proc, pid, 'comm'), `${comm}\n`);
    await writeFile(path.join(proc, pid, 'environ'), environ);
  }
  return proc;
}

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
    { 12: { comm: 'obs', environ: '' } },
    '',
    '/home/ann/.config/obs-studio',
    false,
  ],
  ['none', {}, '', '/home/ann/.config/obs-studio', false],
])('Linux: %s', async (_, processes, sockets, root, expected) => {
  const isRunning = obsRunning('linux', {}, async () => null, await procOf(processes, sockets));
  expect(await isRunning(root)).toBe(expected);
});

test('Windows: what the system’s own tasklist says of obs64.exe', async () => {
  const asked: unknown[] = [];
  const said = { now: 'INFO: No tasks are running which match the specified criteria.\r\n' };
  const run = async (file: string, args: readonly string[]) => {
    asked.push([file, ...args]);
    return said.now;
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

test('macOS: pgrep finds OBS or fails', async () => {
  expect(await obsRunning('darwin', {}, async () => '77\n')('/any')).toBe(true);
  expect(await obsRunning('darwin', {}, async () => null)('/any')).toBe(false);
});
