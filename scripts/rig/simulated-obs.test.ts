/** How the simulated OBS misbehaves when it is told to; scripts/e2e/obs-contract.e2e.ts holds it against real ones. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { OBSWebSocket, type OBSWebSocketError } from 'obs-websocket-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readBoxes, readMatroska } from './simulated-obs/read-container.ts';
import { type SimulatedObs, type SimulatedObsOptions, startSimulatedObs } from './simulated-obs.ts';
import { until } from './until.ts';

interface RecordEvent {
  readonly outputState: string;
  readonly outputPath?: string | null;
}

const silenceMs = 150;
let folder: string;
let rig: SimulatedObs;
let client: OBSWebSocket;
let events: string[];
let lastPath: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'streamai-simulated-'));
});

afterEach(async () => {
  await client.disconnect();
  await rig.dispose();
  await rm(folder, { recursive: true, force: true });
});

test('shows a dialog once instead of starting', async () => {
  await setUp({ misbehave: { nextStart: 'dialog' } });
  await client.call('StartRecord');
  await delay(silenceMs);
  expect(events).toEqual([]);
  await start();
});

test('shows a dialog after STARTING', async () => {
  await setUp({ misbehave: { nextStart: 'dialog-after-starting' } });
  await client.call('StartRecord');
  await delay(silenceMs);
  expect(events).toEqual(['STARTING']);
  expect(await client.call('GetRecordStatus')).toMatchObject({ outputActive: false });
});

test('rewrites the header late, with the size final at STOPPED', async () => {
  await setUp({ format: 'hybrid_mp4', misbehave: { finaliseDelayMs: 300 } });
  await start();
  await stop();
  const { size } = await stat(lastPath);
  expect(types(await readFile(lastPath))).toContain('free');
  await soon('the header is rewritten', async () => types(await readFile(lastPath))[1] === 'mdat');
  expect((await stat(lastPath)).size).toBe(size);
});

test.each(['mkv', 'mp4', 'hybrid_mp4', 'fragmented_mp4', 'hybrid_mov'])('records whole files as %s', async (format) => {
  await setUp({ format, kbps: 100 });
  await start();
  await stop();
  const file = await readFile(lastPath);
  const pieces = format === 'mkv' ? readMatroska(file) : readBoxes(file);
  const end = { mkv: 'Cues', fragmented_mp4: 'mfra' }[format] ?? 'moov';
  const last = pieces.at(-1);
  expect(last?.type).toBe(end);
  expect((last?.at ?? 0) + (last?.size ?? 0)).toBe(file.length);
});

test('grows files at the bitrate that was asked for', async () => {
  await setUp({ kbps: 80_000 });
  await start();
  await soon('10 MB are written', async () => existsSync(lastPath) && (await stat(lastPath)).size >= 10_000_000);
  expect((await client.call('GetRecordStatus')).outputDuration).toBeGreaterThanOrEqual(1000);
});

test('is late with its answers', async () => {
  await setUp();
  rig.misbehave({ answerDelayMs: 200 });
  const before = performance.now();
  await client.call('GetVersion');
  expect(performance.now() - before).toBeGreaterThanOrEqual(190);
});

test('is not ready while it still starts', async () => {
  await setUp({ misbehave: { starting: true } });
  await expect(client.call('StartRecord')).rejects.toMatchObject({ code: 207 });
  rig.misbehave({ starting: false });
  await start();
});

test('carries out what it never answers', async () => {
  await setUp({ misbehave: { unanswered: ['StartRecord'] } });
  const answered = client.call('StartRecord').then(() => 'answered');
  await soon('STARTED', () => events.includes('STARTED'));
  expect(await Promise.race([answered, delay(silenceMs, 'silent')])).toBe('silent');
});

test('refuses to pause without saying so', async () => {
  await setUp({ misbehave: { refusesPause: true } });
  await start();
  await client.call('PauseRecord');
  await delay(silenceMs);
  expect(events).toEqual(['STARTING', 'STARTED']);
  expect(await client.call('GetRecordStatus')).toMatchObject({ outputPaused: false });
});

test.each([
  ['duplicated', ['STARTING', 'STARTING', 'STARTED', 'STARTED', 'STOPPING', 'STOPPING', 'STOPPED', 'STOPPED']],
  ['out-of-order', ['STARTED', 'STARTING', 'STOPPED', 'STOPPING']],
] as const)('sends its events %s', async (recordEvents, expected) => {
  await setUp({ misbehave: { recordEvents } });
  await start();
  await stop();
  await soon('all events have come', () => events.length === expected.length);
  expect(events).toEqual(expected);
});

test('stops by itself when the disk is full', async () => {
  await setUp({ format: 'hybrid_mp4' });
  await start();
  rig.fillDisk();
  await soon('STOPPED', () => events.includes('STOPPED'));
  expect(events).toEqual(['STARTING', 'STARTED', 'STOPPED']);
  expect(types(await readFile(lastPath))).not.toContain('moov');
});

test('goes on in a new file by itself', async () => {
  await setUp({ split: true });
  const changed: string[] = [];
  client.on('RecordFileChanged', ({ newOutputPath }) => changed.push(newOutputPath));
  await start();
  rig.splitFile();
  await soon('the file has changed', () => changed.length === 1);
  expect(existsSync(changed[0] ?? '')).toBe(true);
});

test('drops connections and records on', async () => {
  await setUp();
  await start();
  const closed = whenClosed();
  rig.dropConnections();
  expect(await closed).toBe(1006);
  await client.connect(`ws://127.0.0.1:${rig.port}`, rig.password);
  expect(await client.call('GetRecordStatus')).toMatchObject({ outputActive: true });
});

test.each([
  ['keeps an FFmpeg file whole when OBS alone is killed', false, true],
  ['leaves an FFmpeg file unfinished when its muxer is killed too', true, false],
])('%s', async (_what, killsMuxer, whole) => {
  await setUp({ format: 'mkv', kbps: 4000, misbehave: { killsMuxer } });
  await start();
  await soon('bytes are on disk', async () => existsSync(lastPath) && (await stat(lastPath)).size > 0);
  await rig.kill();
  const pieces = readMatroska(await readFile(lastPath));
  expect(pieces.find(({ type }) => type === 'Segment')?.size !== undefined).toBe(whole);
});

test('says goodbye and finalises when it is stopped, and keeps settings over a restart', async () => {
  await setUp();
  const parameter = { parameterCategory: 'a', parameterName: 'b' };
  await client.call('SetProfileParameter', { ...parameter, parameterValue: 'c' });
  const goodbye: string[] = [];
  client.on('ExitStarted', () => goodbye.push('ExitStarted'));
  await start();
  const closed = whenClosed();
  const { port } = rig;
  await rig.stop();
  expect(await closed).toBe(1001);
  expect(goodbye).toEqual(['ExitStarted']);
  expect(events).toEqual(['STARTING', 'STARTED', 'STOPPING', 'STOPPED']);
  await rig.restart();
  await client.connect(`ws://127.0.0.1:${port}`, rig.password);
  expect(await client.call('GetProfileParameter', parameter)).toMatchObject({ parameterValue: 'c' });
});

test('announces another profile', async () => {
  await setUp();
  const names: string[] = [];
  client.on('CurrentProfileChanged', ({ profileName }) => names.push(profileName));
  rig.switchProfile('Other');
  await soon('the profile is announced', () => names.length > 0);
  expect(names).toEqual(['Other']);
  expect(await client.call('GetProfileList')).toMatchObject({ currentProfileName: 'Other' });
});

test('answers a batch in order and stops at the first failure when asked to', async () => {
  await setUp();
  const requests = [{ requestType: 'GetVersion' }, { requestType: 'StopRecord' }, { requestType: 'GetStats' }] as const;
  const codes = async (haltOnFailure: boolean) =>
    (await client.callBatch([...requests], { haltOnFailure })).map(({ requestStatus }) => requestStatus.code);
  expect(await codes(false)).toEqual([100, 501, 100]);
  expect(await codes(true)).toEqual([100, 501]);
});

async function setUp(options: Partial<SimulatedObsOptions> = {}): Promise<void> {
  rig = await startSimulatedObs({ recordingsDir: folder, ...options });
  client = new OBSWebSocket();
  await client.connect(`ws://127.0.0.1:${rig.port}`, rig.password);
  events = [];
  client.on('RecordStateChanged', ({ outputState, outputPath }: RecordEvent) => {
    events.push(outputState.replace('OBS_WEBSOCKET_OUTPUT_', ''));
    lastPath = outputPath ?? lastPath;
  });
}

async function start(): Promise<void> {
  await client.call('StartRecord');
  await soon('STARTED', () => events.includes('STARTED'));
}

async function stop(): Promise<void> {
  await client.call('StopRecord');
  await soon('STOPPED', () => events.includes('STOPPED'));
}

function whenClosed(): Promise<number> {
  return new Promise((resolve) => client.once('ConnectionClosed', ({ code }: OBSWebSocketError) => resolve(code)));
}

function types(file: Buffer): string[] {
  return readBoxes(file).map(({ type }) => type);
}

/** Looks often: each step takes milliseconds. */
async function soon(what: string, ask: () => boolean | Promise<boolean>): Promise<void> {
  await until(what, ask, { ms: 5000, everyMs: 10, detail: () => rig.log() });
}
