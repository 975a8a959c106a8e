import { mkdir, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { containerFor, RecordingFile } from '../../scripts/rig/simulated-obs/recording-file.ts';
import { type FoundSplits, findSplitFiles, type SplitSearch } from './split-files.ts';

let folder: string;
let from: number;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'streamai-splits-'));
  from = Date.now();
});
afterEach(() => rm(folder, { recursive: true }));

interface Written {
  readonly format?: string;
  readonly playMs?: number;
  readonly closed?: boolean;
}
/** A recording, written within some milliseconds. */
const write = async (name: string, { format = 'mkv', playMs = 100, closed = true }: Written = {}): Promise<string> => {
  const file = path.join(folder, name);
  const recording = new RecordingFile(file, containerFor(format), 8, 0);
  recording.create();
  await laterThan(file);
  // Ten frames a second.
  recording.encodeUpTo(playMs / 100);
  if (closed) recording.finish()();
  recording.abandon();
  return laterThan(file);
};
/** What is begun from now on is younger. */
const laterThan = async (file: string): Promise<string> => {
  // Birth times have a grain of milliseconds.
  const probe = path.join(folder, 'probe');
  for (;;) {
    await writeFile(probe, '');
    const [before, now] = [await stat(file), await stat(probe)];
    await rm(probe);
    if (now.birthtimeMs > before.mtimeMs) return file;
    await delay(1);
  }
};
/** It was written to until so many ms after now. */
const writtenFor = async (file: string, ms: number): Promise<void> => {
  const at = (Date.now() + ms) / 1000;
  await utimes(file, at, at);
};
const find = (first: string, change: Partial<SplitSearch> = {}): Promise<FoundSplits> =>
  findSplitFiles({
    known: [first],
    names: { directory: folder, format: 'part %hh', extension: 'mkv' },
    ...{ from, to: Date.now() + 1000, sureUntil: Number.POSITIVE_INFINITY, recordedMs: null, next: [] },
    isOther: () => false,
    ...change,
  });
const paths = ({ own, doubtful }: FoundSplits): object => ({
  own: own.map((file) => file.path),
  doubtful: doubtful.map((file) => file.path),
});

test('what OBS’s output named, one after the other, is the recording’s, in that order', async () => {
  const first = await write('part 10.mkv');
  const second = await write('part 10 (2).mkv');
  await write('part 10.mp4');
  await write('Replay 10.mkv');
  await write('part 10.remuxed.mkv');
  await mkdir(path.join(folder, 'part 10 (7).mkv'));
  const third = await write('part 11.mkv');
  expect(paths(await find(first))).toEqual({ own: [second, third], doubtful: [] });
});

test('what was not there to be looked at is said: a first file that is gone, a folder that is gone', async () => {
  const first = await write('part 10.mkv');
  await write('part 11.mkv');
  expect(await find(first)).toMatchObject({ unread: false });
  await rm(first);
  expect(await find(first)).toMatchObject({ unread: true, own: [] });
  const names = { directory: path.join(folder, 'gone'), format: 'part %hh', extension: 'mkv' };
  expect(await find(await write('part 12.mkv'), { names })).toMatchObject({ unread: true, own: [], doubtful: [] });
});

test('folders in the name: files lie in other folders than the first one', async () => {
  const names = { directory: folder, format: '%CCYY-%MM-%DD/%hh/part', extension: 'mkv' };
  const first = await write('2026-11-28/23/part.mkv');
  const second = await write('2026-11-29/00/part.mkv');
  await write('2026-11-29/part.mkv');
  await write('elsewhere/00/part.mkv');
  expect(paths(await find(first, { names }))).toEqual({ own: [second], doubtful: [] });
});

test('a file that was begun while OBS wrote another one is in doubt, and those that follow are not', async () => {
  const first = await write('part 10.mkv');
  const clip = await write('part 11.mkv');
  await writtenFor(first, 5000);
  const second = await write('part 12.mkv');
  await writtenFor(second, 9000);
  // Begun within 10 s of the first one's end, 5 s before it: neither is its successor.
  expect(paths(await find(first))).toEqual({ own: [], doubtful: [clip, second] });
});

test('a file of another container than the first one is in doubt', async () => {
  const first = await write('part 10.mkv');
  const other = await write('part 11.mkv', { format: 'mp4' });
  expect(paths(await find(first))).toEqual({ own: [], doubtful: [other] });
});

test('nothing is sure where nobody says how OBS names its files, and only files beside the first one are looked at', async () => {
  const first = await write('a.mkv');
  const beside = await write('z.MKV');
  await write('a.remuxed.mkv');
  await write('folder/b.mkv');
  await write('notes.txt');
  expect(paths(await find(first, { names: null }))).toEqual({ own: [], doubtful: [beside] });
});

test('what may have been begun by another run of OBS is in doubt', async () => {
  const first = await write('part 10.mkv');
  const second = await write('part 11.mkv');
  // Exactly: plain stat rounds it.
  const sureUntil = Number((await stat(second, { bigint: true })).birthtimeNs) / 1e6;
  const third = await write('part 12.mkv');
  expect(paths(await find(first, { sureUntil }))).toEqual({ own: [second], doubtful: [third] });
});

test('another recording, with all that is younger, and what is known to be something else are left alone', async () => {
  const first = await write('part 10.mkv');
  const replay = await write('part 11.mkv');
  const second = await write('part 12.mkv');
  const next = await write('part 13.mkv');
  await write('part 14.mkv');
  const gone = path.join(folder, 'not there yet.mkv');
  const isOther = (file: string): boolean => file === replay;
  expect(paths(await find(first, { next: [next, gone], isOther }))).toEqual({ own: [second], doubtful: [] });
});

test('files from before the session, and a folder that cannot be read, have none', async () => {
  const old = await write('part 09.mkv');
  await utimes(old, 1000, 1000);
  const first = await write('part 10.mkv');
  expect(paths(await find(first))).toEqual({ own: [], doubtful: [] });
  await rm(folder, { recursive: true });
  expect(paths(await find(first))).toEqual({ own: [], doubtful: [] });
  await mkdir(folder);
});

test('a clip that was saved just before a split, or just after the end, is none of its files, and hides none', async () => {
  const first = await write('part 10.mkv');
  await write('part 11.mkv', { playMs: 7000 });
  await writtenFor(first, 1000);
  const second = await write('part 12.mkv', { playMs: 1500 });
  await writtenFor(second, 1500);
  await writtenFor(await write('part 13.mkv', { playMs: 9000 }), 1700);
  expect(paths(await find(first))).toEqual({ own: [second], doubtful: [] });
});

test('a clip that is too short to tell is in doubt', async () => {
  const first = await write('part 10.mkv');
  const clip = await write('part 11.mkv', { playMs: 3000 });
  expect(paths(await find(first))).toEqual({ own: [], doubtful: [clip] });
});

test('two files that could both follow are in doubt', async () => {
  const first = await write('part 10.mkv');
  const second = await write('part 11.mkv');
  const plugins = await write('part 12.mkv');
  await writtenFor(second, 60_000);
  await writtenFor(plugins, 60_000);
  expect(paths(await find(first))).toEqual({ own: [], doubtful: [second, plugins] });
});

test('nothing follows a file that is not closed; one that OBS writes follows one that is', async () => {
  const first = await write('part 10.mkv', { playMs: 2000, closed: false });
  const second = await write('part 11.mkv', { playMs: 2000, closed: false });
  expect(paths(await find(first))).toEqual({ own: [], doubtful: [second] });
  const closed = await write('part 12.mkv');
  const empty = await write('part 13.mkv', { playMs: 0, closed: false });
  expect(paths(await find(closed, { known: [first, second, closed] }))).toEqual({ own: [empty], doubtful: [] });
});

test('what is longer than OBS has counted beside the known files is another output’s; as long as it is not known, it is in doubt', async () => {
  const first = await write('part 10.mkv', { playMs: 60_000 });
  const plugins = await write('part 11.mkv', { playMs: 60_000 });
  for (const file of [first, plugins]) await writtenFor(file, 60_000);
  expect(paths(await find(first, { recordedMs: 60_000 }))).toEqual({ own: [], doubtful: [] });
  expect(paths(await find(first, { recordedMs: 120_000 }))).toEqual({ own: [], doubtful: [plugins] });
  expect(paths(await find(first))).toEqual({ own: [], doubtful: [plugins] });
});

test('what follows is taken as far as OBS has counted', async () => {
  const first = await write('part 10.mkv', { playMs: 1000 });
  const second = await write('part 11.mkv', { playMs: 8000 });
  await writtenFor(second, 8000);
  expect(paths(await find(first, { recordedMs: 9000 }))).toEqual({ own: [second], doubtful: [] });
  expect(paths(await find(first, { recordedMs: 6000 }))).toEqual({ own: [], doubtful: [second] });
});

test('where a container does not say how long it plays, how fast it grew does', async () => {
  const packets = (count: number): Buffer => Buffer.alloc(188 * count, 0x47);
  const transport = async (name: string, count: number): Promise<string> => {
    await writeFile(path.join(folder, name), packets(count));
    return laterThan(path.join(folder, name));
  };
  const names = { directory: folder, format: 'part %hh', extension: 'ts' };
  const first = await transport('part 10.ts', 1000);
  await writtenFor(first, 1000);
  const second = await transport('part 11.ts', 2000);
  await writtenFor(second, 1500);
  const clip = await transport('part 12.ts', 20_000);
  await writtenFor(clip, 1600);
  expect(paths(await find(first, { names }))).toEqual({ own: [second], doubtful: [clip] });
});

test('a remux is none, whatever words a name may have', async () => {
  const names = { directory: folder, format: 'part %A', extension: 'mkv' };
  const first = await write('part Saturday.mkv');
  await write('part Saturday.remuxed.mkv');
  await write('part Sunday.remuxed.mkv');
  expect(paths(await find(first, { names }))).toEqual({ own: [], doubtful: [] });
});
