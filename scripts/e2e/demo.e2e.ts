/** `npm run demo` as a process: what its JSON says is true, and nothing is left of it. */
import { access, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { describePeer } from '../rig/describe-peer.ts';
import { peersOfObs } from '../rig/peers.ts';
import { sha256Of } from '../rig/sha256.ts';
import { Command } from './command-fixture.ts';

/** The last line, field by field as it was promised. */
const resultSchema = z.strictObject({
  obsVersion: z.string(),
  session: z.strictObject({ id: z.string().min(1), name: z.string().regex(/^Demo \d{4}-\d\d-\d\d \d\d-\d\d-\d\d$/) }),
  recording: z.strictObject({
    path: z.string(),
    bytes: z.int().positive(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    durationMs: z.number(),
    container: z.string(),
  }),
  upload: z.strictObject({
    destination: z.literal('processing'),
    bytes: z.int().positive(),
    sha256AtDestination: z.string(),
    taskId: z.uuid(),
    taskStatus: z.literal('completed_simple'),
  }),
  stopToUploadedMs: z.number().positive(),
});

let temporary: string;
let command: Command | undefined;
beforeEach(async () => {
  temporary = await mkdtemp(path.join(tmpdir(), 'streamai-demo-test-'));
});
afterEach(async () => {
  command?.dispose();
  await rm(temporary, { recursive: true, force: true, maxRetries: 5 });
});

/** In a temporary folder of its own, so that all that it leaves is seen; Vite's compiled code would be kept there too. */
function demo(...args: string[]): Command {
  command = new Command('demo', args, { TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE: '1' });
  return command;
}

async function expectProven(obs: string, version: RegExp): Promise<void> {
  const run = demo('--seconds', '2', '--json', '--obs', obs);
  const { code, stdout, stderr } = await run.ended();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const result = resultSchema.parse(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''));
  const { recording, upload } = result;
  expect(result.obsVersion).toMatch(version);
  expect(upload.bytes).toBe(recording.bytes);
  expect(upload.sha256AtDestination).toBe(recording.sha256);
  expect(recording.container).toBe('mkv');
  expect(path.basename(recording.path)).toBe(`${result.session.name}.mkv`);
  expect(recording.durationMs).toBeGreaterThan(1500);
  expect(recording.durationMs).toBeLessThan(10_000);
  // A bar for the recording and one for the upload, as lines without control characters.
  expect(stdout.match(/█{24} +100%/g)?.length).toBeGreaterThanOrEqual(2);
  expect(stdout).not.toContain('\x1b');
  expect(await readdir(temporary)).toEqual([]);
  expect(run.anyLeft).toBe(false);
}

await describePeer(peersOfObs.system, 'npm run demo, this machine’s OBS', () => {
  test('records, uploads, proves and cleans up', () => expectProven('system', /^\d+\.\d+\.\d+$/));

  test.skipIf(process.platform === 'win32')('interrupted while recording: cleans up', async () => {
    const run = demo('--seconds', '60');
    await run.says(/OBS records the session/, 60_000);
    run.kill('SIGINT');
    run.kill('SIGINT');
    const { code, stdout } = await run.ended();
    expect(code).toBe(130);
    expect(stdout).toContain('Interrupted.');
    expect(await readdir(temporary)).toEqual([]);
    expect(run.anyLeft).toBe(false);
  });
});

test('without OBS: the simulated one, which is said', async () => {
  await expectProven('simulated', /^32\.2\.2 \(simulated\)$/);
});

test('where the OBS that is wanted cannot be had: says why, goes on with the simulated one', async () => {
  // OBS 32 is kept in the cache, which cannot be made there.
  command = new Command('demo', ['--seconds', '1', '--obs', 'newest', '--json'], {
    TMPDIR: temporary,
    XDG_CACHE_HOME: '/dev/null',
  });
  const { code, stdout } = await command.ended();
  expect(code).toBe(0);
  expect(stdout).toMatch(/OBS cannot be had here, a simulated one takes its place: \S/);
  expect(stdout).toMatch(/"obsVersion":"[\d.]+ \(simulated\)"/);
});

test('--keep leaves the recording and what arrived, and says where', async () => {
  const { code, stdout } = await demo('--seconds', '1', '--obs', 'simulated', '--keep', '--json').ended();
  expect(code).toBe(0);
  const folder = /kept in (.+)/.exec(stdout)?.[1] ?? '';
  expect(path.dirname(folder)).toBe(temporary);
  const { recording } = resultSchema.parse(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''));
  expect(await sha256Of(recording.path)).toBe(recording.sha256);
  await access(path.join(folder, 'received', 'tasks'));
});

test.each([[['--loud']], [['--seconds', '0']], [['--obs', 'latest']]])(
  '%j is refused in one sentence',
  async (args) => {
    const { code, stdout, stderr } = await demo(...args).ended();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^[^\n]+\.\n$/);
    expect(await readdir(temporary)).toEqual([]);
  },
);
