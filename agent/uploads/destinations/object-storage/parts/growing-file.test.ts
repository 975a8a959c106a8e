import { appendFile, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Hasher } from '../hashing/hasher.ts';
import { GrowingFile, GrowingParts } from './growing-file.ts';

const mebibyte = 1024 * 1024;
const never = new AbortController().signal;

async function world() {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-growing-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const ended = new AbortController();
  let at = 0;
  const file = path.join(folder, 'recording.mkv');
  const opened = async (): Promise<GrowingFile> => {
    const found = await GrowingFile.open(file, ended.signal, never, () => at);
    if (found === null) throw new Error('it ended');
    onTestFinished(() => found.handle.close());
    return found;
  };
  const pass = (ms: number): void => {
    at += ms;
  };
  return { file, ended, opened, pass };
}

test('a file that OBS has named but not created yet is waited for', async () => {
  const { file, opened } = await world();
  const opening = opened();
  await new Promise(setImmediate);
  await writeFile(file, 'x');
  expect((await opening).handle.fd).toBeGreaterThan(0);
});

test('one that never comes ends with the recording, one that is called off with the signal', async () => {
  const { file, ended } = await world();
  const off = new AbortController();
  const waiting = GrowingFile.open(file, ended.signal, off.signal);
  const calledOff = GrowingFile.open(file, never, off.signal);
  ended.abort();
  expect(await waiting).toBeNull();
  off.abort(new Error('off'));
  await expect(calledOff).rejects.toThrow('off');
});

test('bytes are waited for until they are there, or nobody writes any more', async () => {
  const { file, ended, opened } = await world();
  await writeFile(file, Buffer.alloc(10));
  const growingFile = await opened();
  expect(await growingFile.has(10, never)).toBe(true);
  const more = growingFile.has(15, never);
  await appendFile(file, Buffer.alloc(5));
  expect(await more).toBe(true);
  const never16 = growingFile.has(16, never);
  ended.abort();
  expect(await never16).toBe(false);
});

test('how old its bytes are, as far as anybody still asks', async () => {
  const { file, opened, pass } = await world();
  await writeFile(file, Buffer.alloc(10));
  const growingFile = await opened();
  await growingFile.look();
  pass(1000);
  await appendFile(file, Buffer.alloc(10));
  await growingFile.look();
  pass(500);
  expect([0, 9, 10, 19, 20].map((bytes) => growingFile.ageOf(bytes))).toEqual([1500, 1500, 500, 500, 0]);
  growingFile.forget(10);
  expect([10, 19, 20].map((bytes) => growingFile.ageOf(bytes))).toEqual([500, 500, 0]);
});

test('a file that becomes shorter is as long as it is', async () => {
  const { file, opened } = await world();
  await writeFile(file, Buffer.alloc(10));
  const growingFile = await opened();
  await growingFile.look();
  await truncate(file, 4);
  expect(await growingFile.look()).toBe(4);
  expect(growingFile.bytes).toBe(4);
});

test('parts come from the second one on, each once it is whole, with its bytes; the rest is for the end', async () => {
  const { file, ended, opened } = await world();
  await writeFile(file, Buffer.alloc(12 * mebibyte, 1));
  const growingFile = await opened();
  const hasher = new Hasher(growingFile.handle, 'recording.mkv');
  onTestFinished(() => hasher.close());
  const three = { number: 3, md5: 'm', bytes: 5 * mebibyte };
  const parts = new GrowingParts(growingFile, hasher, { done: [three], unproven: new Map() }, () => {}, never);
  expect(await parts.next()).toMatchObject({ number: 2, start: 5 * mebibyte, content: { byteLength: 5 * mebibyte } });
  const next = parts.next();
  await appendFile(file, Buffer.alloc(8 * mebibyte, 2));
  expect(await next).toMatchObject({ number: 4, start: 15 * mebibyte });
  const rest = [parts.next(), parts.next()];
  ended.abort();
  expect(await Promise.all(rest)).toEqual([null, null]);
});

test('a part that the store has already is compared, and sent only where it differs', async () => {
  const { file, opened } = await world();
  await writeFile(file, Buffer.alloc(15 * mebibyte, 1));
  const growingFile = await opened();
  const md5 = async ({ start }: { readonly start: number }) => ({ md5: `at ${start / mebibyte}` });
  const unproven = new Map([2, 3].map((number) => [number, { number, md5: 'at 5', bytes: 5 * mebibyte }]));
  const proven: number[] = [];
  const onProven = ({ number }: { readonly number: number }): void => void proven.push(number);
  const parts = new GrowingParts(growingFile, { md5, release() {} }, { done: [], unproven }, onProven, never);
  expect(await parts.next()).toMatchObject({ number: 3 });
  expect(proven).toEqual([2]);
});
