import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepareDataDir } from '../config/data-dir.ts';
import { pageAddress, waitingPlace, writeWaitingPage } from './place.ts';

const windows = process.platform === 'win32';
const logFile = '/log';
let folder: string;
beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'streamai-waiting-')), 'données é');
  prepareDataDir(folder);
});
afterEach(() => rm(path.dirname(folder), { recursive: true, force: true }));
const mode = async (file: string): Promise<number> => (await stat(file)).mode & 0o777;

test('stays the same from start to start, and differs from folder to folder', async () => {
  const place = await writeWaitingPage(folder, { logFile });
  expect(await writeWaitingPage(folder, { logFile })).toEqual(place);
  expect(waitingPlace(folder)).toEqual(place);
  const other = path.join(path.dirname(folder), 'other');
  prepareDataDir(other);
  expect(path.basename(waitingPlace(other).page)).not.toBe(path.basename(place.page));
});

test('has a name of 32 random bytes, in a folder and files that only their user reads', async () => {
  const { page, alive } = await writeWaitingPage(folder, { logFile });
  expect(path.basename(page)).toMatch(/^[\w-]{43}\.html$/);
  expect(path.basename(alive)).toMatch(/^[\w-]{43}\.js$/);
  if (windows) return;
  expect(await mode(path.dirname(page))).toBe(0o700);
  expect(await mode(page)).toBe(0o600);
});

test('is written anew when it is another version’s, and left alone when it is not', async () => {
  const { page } = await writeWaitingPage(folder, { logFile });
  const { mtimeMs, ino } = await stat(page);
  const text = await readFile(page, 'utf8');
  await writeWaitingPage(folder, { logFile });
  expect(await stat(page)).toMatchObject({ mtimeMs, ino });
  await writeFile(page, 'an older one');
  await writeWaitingPage(folder, { logFile });
  expect(await readFile(page, 'utf8')).toBe(text);
  expect(await readdir(path.dirname(page))).toEqual([path.basename(page)]);
});

test.skipIf(windows)('a folder that leads elsewhere is refused; one that is open is closed to others', async () => {
  const { page } = await writeWaitingPage(folder, { logFile });
  await chmod(path.dirname(page), 0o777);
  prepareDataDir(folder);
  expect(await mode(path.dirname(page))).toBe(0o700);
  await rm(path.dirname(page), { recursive: true });
  await symlink(path.dirname(folder), path.dirname(page));
  expect(() => prepareDataDir(folder)).toThrow(/cannot be used: .*link/);
});

test('what stands in the way is said', async () => {
  await writeFile(path.join(folder, 'dock'), '');
  await expect(writeWaitingPage(folder, { logFile })).rejects.toMatchObject({ code: 'folder_unreadable' });
});

test('its address leads back to the file', async () => {
  const { page, address } = waitingPlace(folder);
  expect(address).toMatch(/^file:\/\/\/[\x21-\x7e]+$/);
  expect(fileURLToPath(address)).toBe(page);
});

test.each<[string, boolean, string]>([
  ['/home/ann/.local/share/streamai/dock/x.html', false, 'file:///home/ann/.local/share/streamai/dock/x.html'],
  ['/home/léa b/50% #1?/x.html', false, 'file:///home/l%C3%A9a%20b/50%25%20%231%3F/x.html'],
  [
    '/Users/ann/Library/Application Support/StreamAI/x.html',
    false,
    'file:///Users/ann/Library/Application%20Support/StreamAI/x.html',
  ],
  [
    'C:\\Users\\Léa B\\AppData\\Local\\StreamAI\\dock\\x.html',
    true,
    'file:///C:/Users/L%C3%A9a%20B/AppData/Local/StreamAI/dock/x.html',
  ],
  ['D:\\a#b\\x.html', true, 'file:///D:/a%23b/x.html'],
  ['\\\\server\\share\\x.html', true, 'file://server/share/x.html'],
])('%s as an address', (file, isWindows, address) => {
  expect(pageAddress(file, isWindows)).toBe(address);
});
