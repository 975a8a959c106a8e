import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addressFile, readAddress, removeAddress, urlHost, writeAddress } from './agent-address.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'streamai-address-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const address = { url: 'http://127.0.0.1:5002', pid: 7, version: '0.1.0' };

test('what an agent says of itself is read again, in the place of what was there, and is its user’s alone', async () => {
  writeAddress(folder, { ...address, pid: 3 });
  writeAddress(folder, address);
  expect(readAddress(folder)).toEqual(address);
  expect(await readdir(folder)).toEqual([addressFile]);
  if (process.platform !== 'win32') expect((await stat(path.join(folder, addressFile))).mode & 0o077).toBe(0);
  removeAddress(folder);
  removeAddress(folder);
  expect(readAddress(folder)).toBeNull();
});

test.each([
  '',
  '{',
  'null',
  '[]',
  JSON.stringify({ ...address, url: 'https://evil.example' }),
  JSON.stringify({ ...address, url: 'http://127.0.0.1:5002/path' }),
  JSON.stringify({ ...address, url: 'file:///etc' }),
  JSON.stringify({ ...address, pid: 0 }),
  JSON.stringify({ ...address, pid: -1 }),
  JSON.stringify({ url: address.url }),
])('%s says nothing', async (text) => {
  await writeFile(path.join(folder, addressFile), text);
  expect(readAddress(folder)).toBeNull();
});

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['0.0.0.0', '127.0.0.1'],
  ['::', '127.0.0.1'],
  ['::1', '[::1]'],
  ['studio.local', 'studio.local'],
])('who listens at %s is found at %s', (host, found) => expect(urlHost(host)).toBe(found));
