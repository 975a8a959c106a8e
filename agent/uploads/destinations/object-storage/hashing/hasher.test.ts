import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canMountDrives, mountHangingDrive } from '../../../../../scripts/rig/hanging-drive.ts';
import { Hasher } from './hasher.ts';

const content = randomBytes(3_000_000);
let folder: string;
let handle: FileHandle;
let hasher: Hasher;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'streamai-hasher-'));
  const file = path.join(folder, 'a.mkv');
  await writeFile(file, content);
  handle = await open(file);
  hasher = new Hasher(handle, 'a.mkv');
});
afterAll(async () => {
  await hasher.close();
  await handle.close();
  await rm(folder, { recursive: true, force: true });
});

const range = (start: number, bytes: number) => ({ start, bytes });
const md5 = ({ start, bytes }: { start: number; bytes: number }): string =>
  createHash('md5')
    .update(content.subarray(start, start + bytes))
    .digest('hex');

test.each([1, 2, 3, 4, 5, 8, 9])('%i ranges that are asked for at once', async (count) => {
  const ranges = Array.from({ length: count }, (_, index) => range(index * 300_000, 300_000 - index * 777));
  const found = await Promise.all(ranges.map((each) => hasher.md5(each)));
  expect(found).toEqual(ranges.map((each) => ({ md5: md5(each) })));
});

test('with their bytes, where these are wanted, beside others', async () => {
  const ranges = [range(0, 1000), range(1000, 600_000), range(5, 5)];
  const [first, kept, last] = await Promise.all(ranges.map((each, index) => hasher.md5(each, index === 1)));
  expect([first, last]).toEqual([{ md5: md5(range(0, 1000)) }, { md5: md5(range(5, 5)) }]);
  expect(kept?.md5).toBe(md5(range(1000, 600_000)));
  expect(Buffer.from(kept?.content ?? []).equals(content.subarray(1000, 601_000))).toBe(true);
});

test('one that the file is too short for fails alone, among several and by itself', async () => {
  const ranges = [range(0, 100), range(2_999_999, 2), range(4_000_000, 100), range(200, 100)];
  const found = await Promise.allSettled(ranges.map((each) => hasher.md5(each)));
  expect(found).toMatchObject([
    { status: 'fulfilled', value: { md5: md5(range(0, 100)) } },
    { status: 'rejected', reason: { code: 'file_changing' } },
    { status: 'rejected', reason: { code: 'file_changing' } },
    { status: 'fulfilled', value: { md5: md5(range(200, 100)) } },
  ]);
  await expect(hasher.md5(range(2_999_999, 2))).rejects.toMatchObject({ code: 'file_changing' });
});

test('what cannot be read fails with the system’s own code', async () => {
  const unreadable = await open(folder);
  const broken = new Hasher(unreadable, 'a.mkv');
  const asked = await Promise.allSettled([1, 2, 3, 4].map(() => broken.md5(range(0, 10))));
  expect(asked.map((each) => each.status === 'rejected' && each.reason.code)).toEqual(Array(4).fill('EISDIR'));
  await broken.close();
  await expect(broken.md5(range(0, 10))).rejects.toThrow('has ended');
  await unreadable.close();
});

test.skipIf(!canMountDrives)('a drive that hangs: who waits hears of it, and the thread is left behind', async () => {
  const drive = await mountHangingDrive(folder);
  const onDrive = await open(path.join(drive.mountPoint, 'a.mkv'));
  const subject = new Hasher(onDrive, 'a.mkv', { silentMs: 300 });
  expect(await subject.md5(range(0, 1000))).toEqual({ md5: md5(range(0, 1000)) });
  await drive.hang();
  await expect(subject.md5(range(1000, 1000))).rejects.toMatchObject({ code: 'file_away' });
  await expect(subject.md5(range(0, 1000))).rejects.toMatchObject({ code: 'file_away' });
  await subject.close();
  await drive.answer();
  await onDrive.close();
  await drive.end();
});
