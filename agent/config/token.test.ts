import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readOrCreateToken, renewToken } from './token.ts';

const windows = process.platform === 'win32';
let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'streamai-token-'));
  file = path.join(folder, 'token');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const mode = async (): Promise<number> => (await stat(file)).mode & 0o777;

test('is made once: 32 random bytes that only their owner reads', async () => {
  const token = readOrCreateToken(folder);
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  expect(readOrCreateToken(folder)).toBe(token);
  expect(await readFile(file, 'utf8')).toBe(token);
  expect(await readdir(folder)).toEqual(['token']);
  if (!windows) expect(await mode()).toBe(0o600);
});

test('is another one once it is renewed, and again only its owner reads it', async () => {
  const old = readOrCreateToken(folder);
  const token = renewToken(folder);
  expect(token).not.toBe(old);
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  expect(readOrCreateToken(folder)).toBe(token);
  expect(await readdir(folder)).toEqual(['token']);
  if (!windows) expect(await mode()).toBe(0o600);
});

test('differs from folder to folder', async () => {
  const token = readOrCreateToken(folder);
  await rm(file);
  expect(readOrCreateToken(folder)).not.toBe(token);
});

test.skipIf(windows)('is taken from others who could read it', async () => {
  const token = readOrCreateToken(folder);
  await chmod(file, 0o644);
  expect(readOrCreateToken(folder)).toBe(token);
  expect(await mode()).toBe(0o600);
});

test('may end with the line end that an editor adds', async () => {
  const token = readOrCreateToken(folder);
  await writeFile(file, `${token}\r\n`);
  expect(readOrCreateToken(folder)).toBe(token);
});

test.each(['', 'short', `${'a'.repeat(42)}!`, 'a'.repeat(44), 'a'.repeat(5000), '\u0000'.repeat(43)])(
  'that is damaged is replaced: %j',
  async (damaged) => {
    await writeFile(file, damaged, { mode: 0o644 });
    const token = readOrCreateToken(folder);
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(await readFile(file, 'utf8')).toBe(token);
    expect(await readdir(folder)).toEqual(['token']);
    if (!windows) expect(await mode()).toBe(0o600);
  },
);

test.skipIf(windows)('is never read through a link, and what the link leads to stays', async () => {
  const elsewhere = path.join(folder, 'elsewhere');
  const planted = 'p'.repeat(43);
  await writeFile(elsewhere, planted);
  await symlink(elsewhere, file);
  const token = readOrCreateToken(folder);
  expect(token).not.toBe(planted);
  expect(readOrCreateToken(folder)).toBe(token);
  expect(await readFile(elsewhere, 'utf8')).toBe(planted);
});

test('that cannot be kept is said', async () => {
  await mkdir(file);
  expect(() => readOrCreateToken(folder)).toThrow(expect.objectContaining({ code: 'folder_unreadable' }));
  expect(await readdir(folder)).toEqual(['token']);
});
