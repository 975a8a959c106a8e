/** Archives as they are read by others' programs. */
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, inflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tarHeader, writeTarGz } from './tar.ts';
import { dosTime, writeZip } from './zip.ts';

const epoch = Date.UTC(2026, 10, 28, 23, 20, 25) / 1000;
const long = `${'dossier é/'.repeat(12)}file.txt`;
let folder: string;
let work: string;
beforeEach(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'streamai-archive-'));
  folder = path.join(work, 'in');
  await fill(folder);
});
afterEach(() => rm(work, { recursive: true, force: true }));

async function fill(into: string): Promise<void> {
  await mkdir(path.join(into, path.dirname(long)), { recursive: true });
  await writeFile(path.join(into, long), 'é'.repeat(700));
  await writeFile(path.join(into, 'program'), 'x'.repeat(512), { mode: 0o700 });
  await writeFile(path.join(into, 'empty'), '', { mode: 0o600 });
}

interface Read {
  readonly name: string;
  readonly mode: number;
  readonly mtime: number;
  readonly content: string;
}

/** As POSIX says that tar is read. */
function readTar(tar: Buffer): Read[] {
  const files: Read[] = [];
  for (let at = 0; tar[at] !== 0; ) {
    const header = tar.subarray(at, at + 512);
    const text = (from: number, to: number): string => header.toString('utf8', from, to).replace(/\0.*$/s, '');
    const number = (from: number, to: number): number => Number.parseInt(text(from, to), 8);
    const zeroed = Buffer.from(header).fill(' ', 148, 156);
    expect(number(148, 156)).toBe(zeroed.reduce((sum, byte) => sum + byte, 0));
    expect([text(265, 297), text(297, 329), number(108, 116), number(116, 124)]).toEqual(['root', 'root', 0, 0]);
    const bytes = number(124, 136);
    const name = [text(345, 500), text(0, 100)].filter(Boolean).join('/');
    const content = tar.toString('utf8', at + 512, at + 512 + bytes);
    files.push({ name, mode: number(100, 108), mtime: number(136, 148), content });
    at += 512 + Math.ceil(bytes / 512) * 512;
  }
  return files;
}

/** As APPNOTE says that a zip is read: from its directory. */
function readZip(zip: Buffer): Omit<Read, 'mtime'>[] {
  const files = [];
  const end = zip.length - 22;
  expect(zip.readUInt32LE(end)).toBe(0x06054b50);
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [packed, nameBytes] = [zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28)];
    const name = zip.toString('utf8', at + 46, at + 46 + nameBytes);
    const local = zip.readUInt32LE(at + 42);
    expect(zip.toString('utf8', local + 30, local + 30 + nameBytes)).toBe(name);
    const bytes = zip.subarray(local + 30 + nameBytes, local + 30 + nameBytes + packed);
    const content = zip.readUInt16LE(at + 10) === 8 ? inflateRawSync(bytes) : bytes;
    expect(content.length).toBe(zip.readUInt32LE(at + 24));
    files.push({ name, mode: (zip.readUInt32LE(at + 38) >>> 16) & 0o777, content: content.toString() });
    at += 46 + nameBytes;
  }
  return files;
}

const expected = [
  { name: 'top/empty', mode: 0o644, content: '' },
  { name: `top/${long}`, mode: 0o644, content: 'é'.repeat(700) },
  { name: 'top/program', mode: 0o755, content: 'x'.repeat(512) },
];
const filesOnly = <T extends { name: string }>(read: readonly T[]): T[] =>
  read.filter(({ name }) => !name.endsWith('/'));
const byName = <T extends { name: string }>(a: T, b: T): number => (a.name < b.name ? -1 : 1);

describe.each([
  ['tar.gz', writeTarGz, async (file: string) => readTar(gunzipSync(await readFile(file)))],
  ['zip', writeZip, async (file: string) => readZip(await readFile(file))],
] as const)('a %s', (_, write, read) => {
  test('holds every file with its content, below its root', async () => {
    const file = path.join(work, 'archive');
    await write(file, folder, 'top', epoch);
    expect(filesOnly(await read(file)).sort(byName)).toMatchObject([...expected].sort(byName));
  });

  test('is the same from another copy of the folder, made at another time with other rights', async () => {
    const copy = path.join(work, 'copy');
    await fill(copy);
    await chmod(path.join(copy, 'empty'), 0o666);
    await utimes(path.join(copy, 'program'), 1, 1);
    const files = [path.join(work, '1'), path.join(work, '2')];
    await write(files[0] ?? '', folder, 'top', epoch);
    await write(files[1] ?? '', copy, 'top', epoch);
    const [one, two] = await Promise.all(files.map((file) => readFile(file)));
    expect(one?.equals(two ?? Buffer.alloc(0))).toBe(true);
  });
});

test('a tar has the given time of every file', async () => {
  const file = path.join(work, 'archive');
  await writeTarGz(file, folder, 'top', epoch);
  for (const { mtime } of readTar(gunzipSync(await readFile(file)))) expect(mtime).toBe(epoch);
});

test('a link is refused: not every archive could hold it', async () => {
  await symlink('program', path.join(folder, 'link'));
  await expect(writeTarGz(path.join(work, 'archive'), folder, 'top', epoch)).rejects.toThrow('link is a link');
});

test('a name that has no room in a tar is refused', () => {
  const entry = { mode: 0o644, bytes: 0, isFolder: false };
  expect(() => tarHeader({ ...entry, name: `${'f'.repeat(156)}/file` }, epoch)).toThrow('too long');
  expect(() => tarHeader({ ...entry, name: 'f'.repeat(101) }, epoch)).toThrow('too long');
});

test.each([
  [epoch, { date: (46 << 9) | (11 << 5) | 28, time: (23 << 11) | (20 << 5) | 12 }],
  [Date.UTC(1980, 0, 1) / 1000, { date: (1 << 5) | 1, time: 0 }],
])('%d in a zip’s time is %j, whatever the machine’s zone', (seconds, time) => expect(dosTime(seconds)).toEqual(time));
